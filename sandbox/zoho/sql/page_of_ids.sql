-- As page.sql, of the leads that the caller names.
select l.id, l.fields::text, l.created_time, l.modified_time, l.converted, v.version
from zoho.leads as l
cross join zoho.leads_version as v
where l.id = any(%(ids)s) and l.modified_time >= %(since)s and l.converted = any(%(converted)s) and {beyond}
order by l.{column} {direction}, l.id {direction}
offset %(skip)s
limit %(take)s;
