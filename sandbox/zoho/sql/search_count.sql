-- How many a search finds. The placeholder in braces is its condition.
select count(*)
from zoho.leads as l
where l.modified_time <= %(indexed)s and l.converted = any(%(converted)s) and {condition};
