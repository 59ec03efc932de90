select
    coalesce(a.attempt_id, m.attempt_id)::text as attempt_id, a.flow, a.status, m.status as told,
    balance.n as unaccounted
from leadsync.attempts as a
full join (select attempt_id, status from public.sync_metadata where attempt_id is not null) as m using (attempt_id)
cross join lateral (
    select (a.counts ->> 'fetched')::bigint - (
        select sum(coalesce((a.counts ->> place)::bigint, 0))
        from unnest(array['inserted', 'updated', 'unchanged', 'review', 'rejected', 'ignored']) as place
    ) as n
) as balance
