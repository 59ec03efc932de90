select source, source_id, place, lead_id::text, reason
from leadsync.records;
