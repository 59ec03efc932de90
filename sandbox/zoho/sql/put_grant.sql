insert into zoho.grants (refresh_token, client_id, client_secret, user_name, scopes)
values (%(refresh_token)s, %(client_id)s, %(client_secret)s, %(user_name)s, %(scopes)s)
on conflict (refresh_token) do update
set client_id = excluded.client_id, client_secret = excluded.client_secret, user_name = excluded.user_name,
    scopes = excluded.scopes, revoked = false;
