select id::text as source_id from zoho.deleted
