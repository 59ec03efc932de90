-- Opening, beating and closing an attempt, and what a run is told at its start.

create or replace function leadsync.take_turn() returns void
language sql
set search_path = ''
as $$
    select pg_advisory_xact_lock(hashtextextended('leadsync.records', 0))
$$;
comment on function leadsync.take_turn is
    'Waits until no other transaction writes leadsync.records; kept until the end of the transaction.';

create or replace function leadsync.require_running(p_attempt uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    update leadsync.attempts
    set beat_at = clock_timestamp()
    where attempt_id = p_attempt and status = 'running';
    if not found then
        raise exception using
            errcode = 'LS001',
            message = 'the attempt is not running',
            hint = 'It was closed, most likely as crashed; what it has not written yet is left to the next attempt.';
    end if;
end
$$;
comment on function leadsync.require_running is 'Beats for a running attempt; SQLSTATE LS001 for any other.';

create or replace function leadsync.project(p_attempt uuid) returns void
language sql
set search_path = ''
as $$
    insert into public.sync_metadata as m (
        attempt_id, sync_type, last_sync_at, records_pushed, records_pulled, errors, created_at, status, trigger,
        started_at, finished_at, counts, flow_run_id
    )
    select
        a.attempt_id, a.source, coalesce(w.watermark, a.started_at), 0,
        coalesce((a.counts ->> 'inserted')::integer, 0) + coalesce((a.counts ->> 'updated')::integer, 0),
        case
            when a.status = 'completed' then '[]'
            when a.errors <> '[]' then a.errors
            else jsonb_build_array(jsonb_build_object('status', a.status))
        end,
        a.started_at, a.status, a.trigger, a.started_at, a.finished_at, a.counts, a.flow_run_id
    from leadsync.attempts as a
    left join leadsync.watermarks as w on w.source = a.source
    where a.attempt_id = p_attempt
    on conflict (attempt_id) do update set
        last_sync_at = excluded.last_sync_at,
        records_pulled = excluded.records_pulled,
        errors = excluded.errors,
        status = excluded.status,
        finished_at = excluded.finished_at,
        counts = excluded.counts
$$;
comment on function leadsync.project is
    'Writes the attempt''s row of sync_metadata. Its errors are empty only when it completed, because a reader of the '
    'newest row without errors must find a time up to which all is done.';

create or replace function leadsync.crash_silent(p_flow text, p_by uuid) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_attempt uuid;
begin
    -- A row that another call holds is beating or being closed right now.
    for v_attempt in
        select attempt_id
        from leadsync.attempts
        where flow = p_flow
            and status = 'running'
            and attempt_id <> p_by
            and beat_at < clock_timestamp() - interval '2 minutes'
        for update skip locked
    loop
        update leadsync.attempts
        set status = 'crashed', finished_at = clock_timestamp(), closed_by = p_by
        where attempt_id = v_attempt;
        delete from leadsync.batches where attempt_id = v_attempt;
        perform leadsync.project(v_attempt);
    end loop;
end
$$;
comment on function leadsync.crash_silent is 'Closes the flow''s attempts without a sign of life for 2 minutes.';

create or replace function public.leadsync_context() returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    select jsonb_build_object(
        'installation_id', (select id from leadsync.installation),
        'schema_version', 1,
        'now', clock_timestamp(),
        'watermarks', (select coalesce(jsonb_object_agg(source, watermark), '{}') from leadsync.watermarks),
        'columns', (
            select jsonb_object_agg(
                name, jsonb_build_object('type', type, 'length', length, 'nullable', nullable)
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

create or replace function public.leadsync_open(p_attempt jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
    v_attempt uuid := (p_attempt ->> 'attempt_id')::uuid;
begin
    insert into leadsync.attempts (attempt_id, flow, source, mode, trigger, flow_run_id, since)
    values (
        v_attempt, p_attempt ->> 'flow', p_attempt ->> 'source', p_attempt ->> 'mode', p_attempt ->> 'trigger',
        (p_attempt ->> 'flow_run_id')::uuid, (p_attempt ->> 'since')::timestamptz
    )
    on conflict (attempt_id) do nothing;
    if found then
        perform leadsync.project(v_attempt);
        perform leadsync.crash_silent(p_attempt ->> 'flow', v_attempt);
    end if;
    return public.leadsync_context() || jsonb_build_object(
        'attempt_id', v_attempt,
        'crashed', (
            select coalesce(jsonb_agg(attempt_id order by started_at), '[]')
            from leadsync.attempts
            where closed_by = v_attempt
        )
    );
end
$$;
comment on function public.leadsync_open is
    'leadsync: begins an attempt and closes the dead ones of its flow. A repeated call changes nothing.';
revoke all on function public.leadsync_open from public, anon, authenticated;
grant execute on function public.leadsync_open to service_role;

create or replace function public.leadsync_beat(p_attempt uuid) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
begin
    update leadsync.attempts
    set beat_at = clock_timestamp()
    where attempt_id = p_attempt and status = 'running';
    return jsonb_build_object('running', found);
end
$$;
comment on function public.leadsync_beat is 'leadsync: a sign of life.';
revoke all on function public.leadsync_beat from public, anon, authenticated;
grant execute on function public.leadsync_beat to service_role;

create or replace function leadsync.move_watermark(p_source text, p_to timestamptz, p_attempt uuid) returns void
language sql
set search_path = ''
as $$
    insert into leadsync.watermarks as w (source, watermark, attempt_id)
    select p_source, p_to, p_attempt
    where p_to is not null
    on conflict (source) do update
        set watermark = excluded.watermark, attempt_id = excluded.attempt_id, moved_at = clock_timestamp()
        where w.watermark < excluded.watermark
$$;
comment on function leadsync.move_watermark is 'Forward only.';

create or replace function leadsync.verdict(p_result jsonb) returns jsonb
language sql immutable
set search_path = ''
as $$
    select case
        when p_result ->> 'status' in ('completed', 'findings')
            and leadsync.unaccounted(p_result -> 'counts') <> 0
        then p_result || jsonb_build_object(
            'status', 'failed',
            'watermark', null,
            'errors', coalesce(p_result -> 'errors', '[]') || jsonb_build_object(
                'system', 'leadsync',
                'cause', format(
                    'the counts do not balance: %s of %s records fetched are not accounted for',
                    leadsync.unaccounted(p_result -> 'counts'), p_result #>> '{counts,fetched}'
                ),
                'cure', 'The watermark has not moved: the next run reads the same records again.'
            )
        )
        when p_result ->> 'status' in ('completed', 'findings') then p_result
        else p_result || '{"watermark": null}'
    end
    from (select jsonb_strip_nulls(p_result) as p_result) as r
$$;
comment on function leadsync.verdict is
    'The result that counts: unbalanced counts fail, and only a good end moves the watermark.';

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
        errors = coalesce(v_result -> 'errors', '[]')
    where attempt_id = p_attempt and status = 'running'
    returning * into v_attempt;
    if found then
        perform leadsync.move_watermark(v_attempt.source, v_attempt.watermark, p_attempt);
        perform leadsync.project(p_attempt);
        delete from leadsync.batches where attempt_id = p_attempt;
    end if;
    return (
        select jsonb_build_object('status', a.status, 'watermark', w.watermark)
        from (select p_attempt as attempt_id) as asked
        left join leadsync.attempts as a on a.attempt_id = asked.attempt_id
        left join leadsync.watermarks as w on w.source = a.source
    );
end
$$;
comment on function public.leadsync_close is
    'leadsync: ends a running attempt. For one that has ended it only tells how, and the watermark of its source.';
revoke all on function public.leadsync_close from public, anon, authenticated;
grant execute on function public.leadsync_close to service_role;

create or replace function public.leadsync_mark_deleted(p_attempt uuid, p_source text, p_rows jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
set lock_timeout = '3s'
as $$
declare
    v_marked integer;
begin
    perform leadsync.take_turn();
    perform leadsync.require_running(p_attempt);
    update leadsync.records as r
    set deleted_at_source = coalesce(d.deleted_time, clock_timestamp())
    from jsonb_to_recordset(p_rows) as d (source_id text, deleted_time timestamptz)
    where r.source = p_source and r.source_id = d.source_id and r.deleted_at_source is null;
    get diagnostics v_marked = row_count;
    return jsonb_build_object('deleted_at_source', v_marked);
end
$$;
comment on function public.leadsync_mark_deleted is
    'leadsync: notes that records are gone at their source. Their leads are not touched.';
revoke all on function public.leadsync_mark_deleted from public, anon, authenticated;
grant execute on function public.leadsync_mark_deleted to service_role;

create or replace function public.leadsync_cache_put(p_key text, p_value jsonb, p_expires_at timestamptz) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
    delete from leadsync.cache where expires_at <= clock_timestamp();
    insert into leadsync.cache (key, value, expires_at)
    values (p_key, p_value, p_expires_at)
    on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at;
end
$$;
comment on function public.leadsync_cache_put is 'leadsync: keeps a value until a time, and drops what has expired.';
revoke all on function public.leadsync_cache_put from public, anon, authenticated;
grant execute on function public.leadsync_cache_put to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
