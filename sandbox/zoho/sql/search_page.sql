-- One page of what a search finds, and one row more. The placeholder in braces is its condition.
select l.id, l.fields::text, l.created_time, l.modified_time, l.converted
from zoho.leads as l
where l.modified_time <= %(indexed)s and l.converted = any(%(converted)s) and {condition}
order by l.id desc
offset %(skip)s
limit %(take)s;
