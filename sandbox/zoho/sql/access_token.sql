select t.scopes, t.expires_at, g.user_name, g.client_id
from zoho.access_tokens as t
join zoho.grants as g on g.refresh_token = t.refresh_token
where t.token = %(token)s and not t.killed and not g.revoked and t.expires_at > %(now)s;
