select source, source_id, count(*) as leads
from leadsync.journal
where before is null
group by source, source_id
having count(distinct lead_id) > 1
