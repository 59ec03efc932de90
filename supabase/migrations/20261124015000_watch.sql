-- What the watch asks every few minutes, in one call.

create or replace function public.leadsync_watch(p_since timestamptz) returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    with news as (
        select source, source_id, lead_id, reason, placed_at
        from leadsync.records
        where place = 'review' and placed_at > coalesce(p_since, '-infinity')
            and not coalesce(decided_at > placed_at, false) and not coalesce(recalled_at > placed_at, false)
    )
    select public.leadsync_freshness() || jsonb_build_object(
        'waiting', leadsync.waiting_summary(),
        'news', jsonb_build_object(
            'count', (select count(*) from news),
            'newest', (select max(placed_at) from news),
            'first', (
                select coalesce(jsonb_agg(to_jsonb(f) - 'placed_at' order by f.placed_at, f.source, f.source_id), '[]')
                from (select * from news order by placed_at, source, source_id limit 10) as f
            )
        ),
        'day', (
            select coalesce(jsonb_object_agg(flow, facts), '{}')
            from (
                select flow, jsonb_build_object(
                    'runs', count(*),
                    'failed', count(*) filter (where status in ('failed', 'crashed')),
                    'inserted', coalesce(sum((counts ->> 'inserted')::bigint), 0),
                    'updated', coalesce(sum((counts ->> 'updated')::bigint), 0),
                    'review', coalesce(sum((counts ->> 'review')::bigint), 0),
                    'rejected', coalesce(sum((counts ->> 'rejected')::bigint), 0)
                ) as facts
                from leadsync.attempts
                where started_at > clock_timestamp() - interval '24 hours' and status <> 'running'
                group by flow
            ) as flows
        )
    )
$$;
comment on function public.leadsync_watch is
    'leadsync: freshness, what waits, which records came into review since a time and are undecided (the first ten), and '
    'what the attempts of the last 24 hours did. Whoever places a record has the turn, so that what is committed later '
    'was placed later: a newest time once told leaves nothing out.';
revoke all on function public.leadsync_watch from public, anon, authenticated;
grant execute on function public.leadsync_watch to service_role;
