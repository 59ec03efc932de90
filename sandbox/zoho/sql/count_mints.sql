select count(*)
from zoho.access_tokens
where refresh_token = %(refresh_token)s and minted_at > %(since)s;
