-- Their access tokens go with them.
delete from zoho.grants
where refresh_token in (
    select refresh_token
    from zoho.grants
    where client_id = %(client_id)s and user_name = %(user_name)s
    order by n desc
    offset %(most)s
);
