-- One page and one row more. Placeholders in braces: sort column, direction, and the condition "beyond the last row".
select l.id, l.fields::text, l.created_time, l.modified_time, l.converted, v.version
from (
    select id
    from zoho.leads
    where modified_time >= %(since)s and converted = any(%(converted)s) and {beyond}
    order by {column} {direction}, id {direction}
    offset %(skip)s
    limit %(take)s
) as page
join zoho.leads as l on l.id = page.id
cross join zoho.leads_version as v
order by l.{column} {direction}, l.id {direction};
