select client_id, client_secret, user_name, scopes, revoked
from zoho.grants
where refresh_token = %(refresh_token)s
for update;
