update zoho.leads
set fields = %(fields)s, converted = true, modified_time = coalesce(%(now)s, modified_time)
where id = %(id)s;
