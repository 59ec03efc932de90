-- Each attempt's cost: calls to Zoho and when it began.
select flow, status, trigger, started_at, coalesce((cost ->> 'calls')::integer, 0) as calls, flow_run_id::text
from leadsync.attempts
where flow in ('primary-zoho-sync', 'backup-portal-sync')
