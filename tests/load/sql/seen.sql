-- When each lead of Zoho was first seen.
select source_id, first_seen_at
from leadsync.records
where source = 'zoho'
