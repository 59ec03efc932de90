update zoho.access_tokens as t
set scopes = %(scopes)s
from zoho.grants as g
where g.refresh_token = t.refresh_token and g.client_id = %(client_id)s;
