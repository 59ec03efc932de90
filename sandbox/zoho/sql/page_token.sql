select t.user_name, t.binding, t.position, t.expires_at, t.after_time, t.after_id, t.version = v.version as fresh
from zoho.page_tokens as t
cross join zoho.leads_version as v
where t.token = %(token)s;
