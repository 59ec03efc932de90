update zoho.leads
set fields = %(fields)s, email = %(email)s, modified_time = %(now)s
where id = %(id)s
returning id, fields::text, created_time, modified_time, converted;
