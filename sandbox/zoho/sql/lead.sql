select id, fields::text, created_time, modified_time, converted
from zoho.leads
where id = %(id)s;
