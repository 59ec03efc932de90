-- What Zoho charges for a run is on its record, and processes that start at the same moment mint one access token.

alter table leadsync.attempts add column if not exists cost jsonb;
comment on column leadsync.attempts.cost is 'What the source charged: calls, credits, tokens, and the credits left.';
alter table public.sync_metadata add column if not exists cost jsonb;

create or replace function leadsync.project(p_attempt uuid) returns void
language sql
set search_path = ''
as $$
    insert into public.sync_metadata as m (
        attempt_id, sync_type, last_sync_at, records_pushed, records_pulled, errors, created_at, status, trigger,
        started_at, finished_at, counts, flow_run_id, cost
    )
    select
        a.attempt_id, a.source, coalesce(w.watermark, a.started_at), 0,
        coalesce((a.counts ->> 'inserted')::integer, 0) + coalesce((a.counts ->> 'updated')::integer, 0),
        case
            when a.status = 'completed' then '[]'
            when a.errors <> '[]' then a.errors
            else jsonb_build_array(jsonb_build_object('status', a.status))
        end,
        a.started_at, a.status, a.trigger, a.started_at, a.finished_at, a.counts, a.flow_run_id,
        a.cost
    from leadsync.attempts as a
    left join leadsync.watermarks as w on w.source = a.source
    where a.attempt_id = p_attempt
    on conflict (attempt_id) do update set
        last_sync_at = excluded.last_sync_at,
        records_pulled = excluded.records_pulled,
        errors = excluded.errors,
        status = excluded.status,
        finished_at = excluded.finished_at,
        counts = excluded.counts,
        cost = excluded.cost
$$;
comment on function leadsync.project is
    'Writes the attempt''s row of sync_metadata. Its errors are empty only when it completed, because a reader of the '
    'newest row without errors must find a time up to which all is done.';

create or replace function public.leadsync_close(p_attempt uuid, p_result jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
    v_result jsonb := leadsync.verdict(p_result);
    v_attempt leadsync.attempts;
begin
    update leadsync.attempts
    set status = v_result ->> 'status',
        finished_at = clock_timestamp(),
        beat_at = clock_timestamp(),
        window_from = (v_result #>> '{window,from}')::timestamptz,
        window_to = (v_result #>> '{window,to}')::timestamptz,
        watermark = (v_result ->> 'watermark')::timestamptz,
        counts = coalesce(v_result -> 'counts', '{}'),
        errors = coalesce(v_result -> 'errors', '[]'),
        cost = v_result -> 'cost'
    where attempt_id = p_attempt and status = 'running'
    returning * into v_attempt;
    if found then
        perform leadsync.move_watermark(v_attempt.source, v_attempt.watermark, p_attempt);
        perform leadsync.project(p_attempt);
        delete from leadsync.batches where attempt_id = p_attempt;
    end if;
    return (
        select jsonb_build_object(
            'status', a.status, 'watermark', w.watermark, 'waiting', leadsync.waiting_summary()
        )
        from (select p_attempt as attempt_id) as asked
        left join leadsync.attempts as a on a.attempt_id = asked.attempt_id
        left join leadsync.watermarks as w on w.source = a.source
    );
end
$$;
comment on function public.leadsync_close is
    'leadsync: ends a running attempt. For one that has ended it only tells how, the watermark of its source, '
    'and what waits for a person.';
revoke all on function public.leadsync_close from public, anon, authenticated;
grant execute on function public.leadsync_close to service_role;

create or replace function public.leadsync_cache_put(p_key text, p_value jsonb, p_expires_at timestamptz) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
    delete from leadsync.cache where expires_at <= clock_timestamp() or key = p_key || ':making';
    insert into leadsync.cache (key, value, expires_at)
    values (p_key, p_value, p_expires_at)
    on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at;
end
$$;
comment on function public.leadsync_cache_put is
    'leadsync: keeps a value until a time, says that nobody is making it any more, and drops what has expired.';
revoke all on function public.leadsync_cache_put from public, anon, authenticated;
grant execute on function public.leadsync_cache_put to service_role;

create or replace function public.leadsync_cache_take(p_key text, p_except jsonb, p_by uuid, p_seconds integer)
returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
    v_entry jsonb;
    v_mine boolean;
begin
    select jsonb_build_object('value', value, 'expires_at', expires_at) into v_entry
    from leadsync.cache
    where key = p_key and expires_at > clock_timestamp() and value is distinct from p_except;
    if found then
        return jsonb_build_object('entry', v_entry, 'mine', false);
    end if;
    insert into leadsync.cache as c (key, value, expires_at)
    values (p_key || ':making', to_jsonb(p_by), clock_timestamp() + make_interval(secs => p_seconds))
    on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at
    where c.value = excluded.value or c.expires_at <= clock_timestamp()
    returning true into v_mine;
    return jsonb_build_object('entry', null, 'mine', coalesce(v_mine, false));
end
$$;
comment on function public.leadsync_cache_take is
    'leadsync: a kept value, unless it is the one that the caller knows to be useless; else whether the caller is to '
    'make a new one, which nobody else is told for so many seconds.';
revoke all on function public.leadsync_cache_take from public, anon, authenticated;
grant execute on function public.leadsync_cache_take to service_role;

create or replace function leadsync.schema_version() returns integer
language sql immutable
set search_path = ''
as $$
    select 3
$$;
comment on function leadsync.schema_version is 'Rises with each contract, so that no client writes through older functions.';

create or replace function public.leadsync_context() returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    select jsonb_build_object(
        'installation_id', (select id from leadsync.installation),
        'schema_version', leadsync.schema_version(),
        'now', clock_timestamp(),
        'watermarks', (select coalesce(jsonb_object_agg(source, watermark), '{}') from leadsync.watermarks),
        'recalled', (
            select coalesce(jsonb_object_agg(r.source, r.records), '{}')
            from (select source, count(*) as records from leadsync.recalled group by source) as r
        ),
        'waiting', leadsync.waiting_summary(),
        'columns', (
            select jsonb_object_agg(
                name, jsonb_build_object(
                    'type', type, 'length', length, 'nullable', nullable, 'default', default_value is not null
                )
            )
            from leadsync.lead_columns
        ),
        'cache', (
            select coalesce(
                jsonb_object_agg(key, jsonb_build_object('value', value, 'expires_at', expires_at)), '{}'
            )
            from leadsync.cache
            where expires_at > clock_timestamp()
        )
    )
$$;
comment on function public.leadsync_context is 'leadsync: what a run needs to know at its start.';
revoke all on function public.leadsync_context from public, anon, authenticated;
grant execute on function public.leadsync_context to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
