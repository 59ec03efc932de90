truncate zoho.leads, zoho.deleted, zoho.grants, zoho.access_tokens, zoho.page_tokens;
