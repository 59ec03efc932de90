update zoho.access_tokens
set killed = true
where token in (
    select token
    from zoho.access_tokens
    where refresh_token = %(refresh_token)s and not killed and expires_at > %(now)s
    order by n desc
    offset %(live)s
);
