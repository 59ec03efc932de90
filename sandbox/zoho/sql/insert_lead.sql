insert into zoho.leads (id, fields, email, created_time, modified_time)
values (nextval('zoho.record_id'), %(fields)s, %(email)s, %(now)s, %(now)s)
returning id, fields::text, created_time, modified_time, converted;
