select id
from zoho.leads
where not converted and id <> %(but)s and email = lower(%(value)s)
order by id
limit 1;
