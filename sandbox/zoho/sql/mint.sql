insert into zoho.access_tokens (token, refresh_token, scopes, minted_at, expires_at)
values (%(token)s, %(refresh_token)s, %(scopes)s, %(now)s, %(expires_at)s);
