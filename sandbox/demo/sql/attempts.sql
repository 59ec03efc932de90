select sync_type, status, trigger, started_at, finished_at, records_pulled, last_sync_at, jsonb_array_length(errors) as remarks, counts
from public.sync_metadata
order by started_at, created_at;
