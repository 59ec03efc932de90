-- One page of an export, and one row more. The placeholder in braces is the criteria's condition.
select l.id, l.fields::text, l.created_time, l.modified_time, l.converted
from zoho.leads as l
where l.id < %(before)s and {condition}
order by l.id desc
offset %(skip)s
limit %(take)s;
