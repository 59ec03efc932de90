-- The oldest unconverted lead with the same value in a field, another than the one that is being written.
select id
from zoho.leads
where not converted and id <> %(but)s and lower(btrim(fields ->> %(name)s)) = lower(%(value)s)
order by id
limit 1;
