select id::text as source_id, fields::text as content, modified_time from zoho.leads
