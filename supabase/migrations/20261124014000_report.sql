-- What the report shows: the last days in numbers, in one call. Counts, times and reasons only, nothing of a person.
-- The indexes let it read only what the days brought, however many leads there are, and count leads without reading them.

create index if not exists records_met on leadsync.records (first_seen_at, lead_id, source) where place = 'linked';
create index if not exists records_gone on leadsync.records (source) where deleted_at_source is not null;
create index if not exists leadsync_leads_deleted on public.leads (deleted_at) where deleted_at is not null;

create or replace function leadsync.report_attempts(p_since timestamptz) returns setof leadsync.attempts
language sql stable
set search_path = ''
as $$
    select * from leadsync.attempts where source in ('zoho', 'portal') and started_at >= p_since
$$;
comment on function leadsync.report_attempts is 'The attempts since a time; both sources, because the index begins so.';

create or replace function leadsync.report_status(p_attempt leadsync.attempts) returns text
language sql stable
set search_path = ''
as $$
    select case
        when p_attempt.status = 'running' and p_attempt.beat_at < clock_timestamp() - interval '2 minutes' then 'crashed'
        else p_attempt.status
    end
$$;
comment on function leadsync.report_status is
    'How an attempt stands: one without a sign of life for 2 minutes has crashed, even if nobody has closed it yet.';

create or replace function leadsync.report_runs(p_since timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(
        jsonb_agg(jsonb_build_object('flow', flow, 'hour', hour, 'status', status, 'runs', runs) order by flow, hour, status),
        '[]'
    )
    from (
        select a.flow, date_trunc('hour', a.started_at) as hour, leadsync.report_status(a) as status, count(*) as runs
        from leadsync.report_attempts(p_since) as a
        group by 1, 2, 3
    ) as r
$$;
comment on function leadsync.report_runs is 'How many runs of each flow began in each hour, by how they ended.';

create or replace function leadsync.report_failures(p_since timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(
        jsonb_agg(jsonb_build_object(
            'attempt_id', attempt_id, 'flow', flow, 'status', status, 'started_at', started_at,
            'system', errors #>> '{0,system}', 'cause', errors #>> '{0,cause}', 'cure', errors #>> '{0,cure}'
        ) order by started_at desc, attempt_id),
        '[]'
    )
    from (
        select a.attempt_id, a.flow, leadsync.report_status(a) as status, a.started_at, a.errors
        from leadsync.report_attempts(p_since) as a
        where a.status in ('failed', 'crashed', 'running') and leadsync.report_status(a) <> 'running'
        order by a.started_at desc, a.attempt_id
        limit 5
    ) as f
$$;
comment on function leadsync.report_failures is 'The last five runs that failed or crashed, and why.';

create or replace function leadsync.report_days(p_since timestamptz, p_zone text) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(to_jsonb(d) order by day), '[]')
    from (
        select
            (a.started_at at time zone p_zone)::date as day,
            sum(coalesce((a.counts ->> 'inserted')::bigint, w.inserted, 0)) as inserted,
            sum(coalesce((a.counts ->> 'updated')::bigint, w.updated, 0)) as updated,
            coalesce(sum((a.cost ->> 'calls')::bigint), 0) as calls,
            coalesce(sum((a.cost ->> 'credits')::bigint), 0) as credits
        from leadsync.report_attempts(p_since) as a
        left join lateral (
            select count(*) filter (where j.before is null) as inserted, count(*) filter (where j.before is not null) as updated
            from leadsync.journal as j
            where j.attempt_id = a.attempt_id
        ) as w on a.counts = '{}'
        group by 1
    ) as d
$$;
comment on function leadsync.report_days is
    'What was written and what it cost, by the day on which the run began. What a crashed run wrote, and one that is going '
    'on, the journal tells.';

create or replace function leadsync.report_met(p_since timestamptz, p_zone text) returns jsonb
language plpgsql stable
set search_path = ''
-- Whether the time names a few records or all of them decides how they are best read.
set plan_cache_mode = force_custom_plan
as $$
begin
    return (
        with met as (
            select min(r.first_seen_at) as at, bool_or(r.source = 'zoho') as zoho, bool_or(r.source = 'portal') as portal
            from leadsync.records as r
            where r.place = 'linked'
                and r.first_seen_at >= p_since
                and not exists (
                    select
                    from leadsync.records as e
                    where e.lead_id = r.lead_id and e.place = 'linked' and e.first_seen_at < p_since
                )
            group by r.lead_id
        ),
        days as (
            select
                (m.at at time zone p_zone)::date as day,
                count(*) filter (where m.zoho and not m.portal) as zoho,
                count(*) filter (where m.portal and not m.zoho) as portal,
                count(*) filter (where m.zoho and m.portal) as both
            from met as m
            group by 1
        )
        select coalesce(jsonb_agg(to_jsonb(d) order by d.day), '[]') from days as d
    );
end
$$;
comment on function leadsync.report_met is
    'Leads by the day on which their first record was seen, and by the sources that have them now.';

create or replace function leadsync.report_waiting() returns jsonb
language sql stable
set search_path = ''
as $$
    with waiting as (
        select case place when 'review' then 'review' else 'dead_letters' end as queue, reason, placed_at as since
        from leadsync.records
        where place in ('review', 'dead_letter')
        union all
        select 'conflicts', case when theirs is null then 'cleared at source' else 'changed here' end, first_seen_at
        from leadsync.conflicts
        where closed_at is null
    ),
    reasons as (
        select queue, jsonb_agg(jsonb_build_object('reason', reason, 'count', items) order by items desc, reason) as reasons
        from (
            select queue, reason, count(*) as items, row_number() over (partition by queue order by count(*) desc, reason) as place
            from waiting
            group by queue, reason
        ) as r
        where place <= 5
        group by queue
    ),
    queues as (
        select
            queue, count(*) as items, min(since) as oldest,
            count(*) filter (where since > now() - interval '1 day') as day,
            count(*) filter (where since <= now() - interval '1 day' and since > now() - interval '7 days') as week,
            count(*) filter (where since <= now() - interval '7 days' and since > now() - interval '30 days') as month,
            count(*) filter (where since <= now() - interval '30 days') as older
        from waiting
        group by queue
    )
    select coalesce(jsonb_object_agg(queue, jsonb_build_object(
        'count', items, 'oldest', oldest, 'ages', jsonb_build_array(day, week, month, older), 'reasons', reasons
    )), '{}')
    from queues
    join reasons using (queue)
$$;
comment on function leadsync.report_waiting is
    'What waits for a person: how many, since when, how many up to a day, a week, a month and longer, and the five most '
    'frequent reasons.';

create or replace function leadsync.report_known() returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_object_agg(source, jsonb_build_object('records', records, 'gone', gone)), '{}')
    from (
        select
            r.source, count(*) as records,
            (select count(*) from leadsync.records as g where g.source = r.source and g.deleted_at_source is not null) as gone
        from leadsync.records as r
        group by r.source
    ) as k
$$;
comment on function leadsync.report_known is
    'Records that are known of each source, and how many of them are known to be deleted there.';

create or replace function public.leadsync_report(p_zone text, p_days integer) returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    select public.leadsync_freshness() || jsonb_build_object(
        'since', since,
        'began', (select min(started_at) from leadsync.attempts),
        'runs', leadsync.report_runs(since),
        'failures', leadsync.report_failures(since),
        'days', leadsync.report_days(since, p_zone),
        'met', leadsync.report_met(since, p_zone),
        'waiting', leadsync.report_waiting(),
        'known', leadsync.report_known(),
        'leads', (select count(*) from public.leads) - (select count(*) from public.leads where deleted_at is not null),
        'credits_left', (
            select jsonb_build_object('credits', cost -> 'credits_left', 'at', finished_at)
            from leadsync.report_attempts(since)
            where cost ->> 'credits_left' is not null and finished_at is not null
            order by finished_at desc
            limit 1
        )
    )
    from (
        select (
            date_trunc('day', clock_timestamp() at time zone p_zone)
            - make_interval(days => least(greatest(p_days, 1), 31) - 1)
        ) at time zone p_zone as since
    ) as asked
$$;
comment on function public.leadsync_report is
    'leadsync: the last days (31 at most, today is one of them) in numbers, by the days of a time zone. It begins with what '
    'leadsync_freshness tells.';
revoke all on function public.leadsync_report from public, anon, authenticated;
grant execute on function public.leadsync_report to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
