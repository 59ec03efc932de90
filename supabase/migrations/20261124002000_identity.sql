-- Identity, complete: chat sessions are keys, tombstones are met, and how long something waits is remembered.

do $$
begin
    if not exists (
        select from pg_catalog.pg_attribute
        where attrelid = 'leadsync.item'::regclass and attname = 'session' and not attisdropped
    ) then
        alter type leadsync.item add attribute session text;
    end if;
end
$$;

create or replace function leadsync.look_2(p_source text, p_keys jsonb)
returns table (
    n integer, source_id text, hits jsonb, erased jsonb, capped boolean, lead_ids uuid[], seen text
)
language sql stable
set search_path = ''
set timezone = 'UTC'
set jit = off
as $$
    with asked as materialized (
        select
            k.n, k.source_id, k.zoho_id, k.portal_id, k.session, k.emails, k.phones, k.persons, r.lead_id,
            r.decision_lead,
            row(r.place, r.lead_id, r.digest, r.decision, r.decision_lead, r.deleted_at_source)::text as state
        from jsonb_to_recordset(p_keys) as k (
            n integer, source_id text, zoho_id text, portal_id text, session text, emails text[], phones text[],
            persons text[]
        )
        left join leadsync.records as r on r.source = p_source and r.source_id = k.source_id
    ),
    wanted as materialized (
        select n, 'zoho_id' as rung, zoho_id as key from asked where zoho_id <> ''
        union
        select n, 'portal_id', portal_id from asked where portal_id <> ''
        union
        select n, 'session', session from asked where session <> ''
        union
        select n, 'email', e from asked cross join lateral unnest(emails) as e where e <> ''
        union
        select n, 'phone', p from asked cross join lateral unnest(phones) as p where p <> ''
    ),
    -- One more than the cap of 25 is looked for, so that a cut is noticed.
    found as materialized (
        select 'zoho_id' as rung, k.key, h.id, h.created_at
        from (select distinct key from wanted where rung = 'zoho_id') as k
        cross join lateral (
            (
                select l.id, l.created_at from public.leads as l
                where l.zoho_lead_id::text = k.key
                order by l.created_at, l.id limit 26
            )
            union all
            (
                select l.id, l.created_at
                from leadsync.records as r
                join public.leads as l on l.id = r.lead_id
                where r.source = 'zoho' and r.source_id = k.key
            )
            union all
            (
                select l.id, l.created_at
                from leadsync.records as r
                join public.leads as l on l.id = r.lead_id
                where r.source = 'portal' and r.claim = k.key
                order by l.created_at, l.id limit 26
            )
        ) as h
        union
        select 'portal_id', k.key, h.id, h.created_at
        from (select distinct key from wanted where rung = 'portal_id') as k
        cross join lateral (
            (
                select l.id, l.created_at from public.leads as l
                where l.portal_lead_id::text = k.key
                order by l.created_at, l.id limit 26
            )
            union all
            (
                select l.id, l.created_at
                from leadsync.records as r
                join public.leads as l on l.id = r.lead_id
                where r.source = 'portal' and r.source_id = k.key
            )
        ) as h
        union
        select 'session', k.key, h.id, h.created_at
        from (select distinct key from wanted where rung = 'session') as k
        cross join lateral (
            select l.id, l.created_at
            from leadsync.records as r
            join public.leads as l on l.id = r.lead_id
            where r.session = k.key
            order by l.created_at, l.id limit 26
        ) as h
        union
        select 'email', k.key, h.id, h.created_at
        from (select distinct key from wanted where rung = 'email') as k
        cross join lateral (
            (
                select l.id, l.created_at from public.leads as l
                where lower(btrim(l.email::text)) = k.key
                order by l.created_at, l.id limit 26
            )
            union all
            (
                select l.id, l.created_at
                from leadsync.records as r
                join public.leads as l on l.id = r.lead_id
                where r.email = k.key
                order by l.created_at, l.id limit 26
            )
        ) as h
        union
        select 'phone', k.key, h.id, h.created_at
        from (select distinct key from wanted where rung = 'phone') as k
        cross join lateral (
            select l.id, l.created_at from public.leads as l
            where right(regexp_replace(l.phone::text, '[^0-9]', '', 'g'), 8) = k.key
            order by l.created_at, l.id limit 26
        ) as h
    ),
    hit as materialized (
        select d.n, d.rung, d.id, row_number() over (partition by d.n, d.rung order by d.created_at, d.id) as place
        from (
            select distinct w.n, w.rung, f.id, f.created_at from wanted as w join found as f using (rung, key)
        ) as d
    ),
    involved as materialized (
        select n, id from hit where place <= 25
        union
        select n, lead_id from asked where lead_id is not null
        union
        select n, decision_lead from asked where decision_lead is not null
    ),
    lead as materialized (
        select
            l.id,
            row(
                l.id, l.xmin, l.deleted_at,
                (
                    select string_agg(row(r.source, r.source_id, r.digest)::text, ',' order by r.source, r.source_id)
                    from leadsync.records as r
                    where r.lead_id = l.id
                )
            )::text as state
        from (select distinct id from involved) as i
        join public.leads as l on l.id = i.id
    ),
    rungs as materialized (
        select
            h.n,
            jsonb_agg(h.id order by h.place) filter (where h.rung = 'zoho_id' and h.place <= 25) as zoho_id,
            jsonb_agg(h.id order by h.place) filter (where h.rung = 'portal_id' and h.place <= 25) as portal_id,
            jsonb_agg(h.id order by h.place) filter (where h.rung = 'session' and h.place <= 25) as session,
            jsonb_agg(h.id order by h.place) filter (where h.rung = 'email' and h.place <= 25) as email,
            jsonb_agg(h.id order by h.place) filter (where h.rung = 'phone' and h.place <= 25) as phone,
            bool_or(h.place > 25) as capped
        from hit as h
        group by h.n
    ),
    erased as materialized (
        select
            k.n,
            jsonb_agg(jsonb_build_object('kind', t.kind, 'at', e.erased_at) order by t.kind, e.erased_at, e.id)
                as erased
        from (
            select n, 'record' as kind, p_source || ':' || a.source_id as key from asked as a
            union
            select n, 'email', e from asked cross join lateral unnest(emails) as e
            union
            select n, 'person', p from asked cross join lateral unnest(persons) as p
        ) as k
        join leadsync.tombstones as t on t.hash = leadsync.tomb(k.kind, k.key)
        join leadsync.erasures as e on e.id = t.erasure
        where exists (select from leadsync.tombstones)
        group by k.n
    ),
    versions as materialized (
        select i.n, array_agg(l.id order by l.id) as lead_ids, string_agg(l.state, ',' order by l.id) as state
        from involved as i
        join lead as l using (id)
        group by i.n
    ),
    answer as (
        select
            a.n, a.source_id, a.state, v.state as lead_states, coalesce(g.capped, false) as capped,
            coalesce(v.lead_ids, '{}') as lead_ids,
            jsonb_strip_nulls(jsonb_build_object(
                'zoho_id', a.zoho_id, 'portal_id', a.portal_id, 'session', a.session, 'emails', a.emails,
                'phones', a.phones, 'persons', a.persons
            )) as keys,
            e.erased,
            jsonb_build_object(
                'link', case when a.lead_id = any(v.lead_ids) then jsonb_build_array(a.lead_id) else '[]' end,
                'zoho_id', coalesce(g.zoho_id, '[]'),
                'portal_id', coalesce(g.portal_id, '[]'),
                'session', coalesce(g.session, '[]'),
                'email', coalesce(g.email, '[]'),
                'phone', coalesce(g.phone, '[]')
            ) as hits
        from asked as a
        left join rungs as g using (n)
        left join versions as v using (n)
        left join erased as e using (n)
    )
    select
        n, source_id, hits, erased, capped, lead_ids,
        jsonb_build_object(
            'keys', keys,
            'leads', lead_ids,
            'hash', encode(sha256(convert_to(row(state, hits, erased, capped, lead_states)::text, 'UTF8')), 'hex')
        )::text
    from answer
$$;
comment on function leadsync.look_2 is
    'Per record: the leads that each key hits (at most 25 a key kind, the oldest, for mailboxes that thousands share; '
    'capped tells), the tombstones that it meets, all leads its plan rests on, those of a person''s decision included, '
    'and seen: the keys asked for, those leads, and a hash over the record''s row, the hits, the tombstones, the leads'' '
    'versions and who is linked to them. '
    'Asking with the keys and locking the leads of a seen gives an equal seen, unless something changed. The keys are '
    'looked up one by one through the indexes, whatever the planner thinks of the batch.';

create or replace function public.leadsync_match(p_source text, p_columns text[], p_records jsonb) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
set jit = off
set plan_cache_mode = force_custom_plan
as $$
declare
    v_same integer[] := leadsync.same(p_source, p_records);
    v_asked jsonb;
    v_records jsonb;
    v_leads uuid[];
begin
    select coalesce(jsonb_agg(k), '[]') into v_asked
    from jsonb_array_elements(p_records) as k
    where (k ->> 'n')::integer <> all(v_same);

    with seen as materialized (
        select * from leadsync.look_2(p_source, v_asked)
    )
    select
        coalesce(jsonb_agg(jsonb_build_object(
            'n', s.n,
            'seen', s.seen,
            'record', case when r.source is not null then jsonb_build_object(
                'place', r.place, 'lead_id', r.lead_id, 'reason', r.reason, 'digest', r.digest,
                'snapshot', r.snapshot, 'decision', r.decision, 'decision_lead', r.decision_lead,
                'decision_open', r.decision is not null and r.decided_at > r.placed_at,
                'deleted_at_source', r.deleted_at_source
            ) end,
            'hits', s.hits
        )
            || case when s.capped then '{"capped": true}' else '{}' end::jsonb
            || case when s.erased is null then '{}' else jsonb_build_object('erased', s.erased) end
            order by s.n), '[]'),
        (select array_agg(distinct id) from seen cross join lateral unnest(lead_ids) as id)
    into v_records, v_leads
    from seen as s
    left join leadsync.records as r on r.source = p_source and r.source_id = s.source_id;

    return jsonb_build_object(
        'records',
        (
            select coalesce(jsonb_agg(jsonb_build_object('n', n, 'same', true)), '[]') from unnest(v_same) as n
        ) || v_records,
        'leads',
        leadsync.describe_leads(v_leads, p_columns)
    );
end
$$;
comment on function public.leadsync_match is 'leadsync: what the backoffice knows of a batch of records. Only reads.';
revoke all on function public.leadsync_match from public, anon, authenticated;
grant execute on function public.leadsync_match to service_role;

create or replace function leadsync.holding(p_source text, p_items leadsync.item[]) returns leadsync.item[]
language sql stable
set search_path = ''
as $$
    with keys as (
        select coalesce(
            jsonb_agg((seen::jsonb -> 'keys') || jsonb_build_object('n', n, 'source_id', source_id)), '[]'
        ) as keys
        from unnest(p_items)
        where seen is not null
    )
    select coalesce(array_agg(i.item order by i.n), '{}')
    from (
        select
            u as item, u.n, u.source_id, u.seen, u.action, u.digest,
            row_number() over (partition by u.source_id order by u.n) as turn
        from unnest(p_items) as u
    ) as i
    left join (select s.n, s.seen from keys cross join lateral leadsync.look_2(p_source, keys.keys) as s) as s using (n)
    left join leadsync.settled as t on t.source = p_source and t.source_id = i.source_id
    where i.turn = 1
        and case
            when i.seen is not null then s.seen = i.seen
            when i.action = 'unchanged' then t.digest = coalesce(i.digest, t.digest)
            else i.action in ('rejected', 'ignored')
        end
$$;
comment on function leadsync.holding is
    'The items whose ground has not moved. Without seen nothing is known of a record but what leadsync.settled says. '
    'Of two items of one record the later one has no ground either: the first moves it.';

drop function if exists leadsync.look(text, jsonb);

create or replace function leadsync.place_records(
    p_items leadsync.item[], p_done leadsync.done[], p_attempt uuid, p_source text
) returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into leadsync.records as r (
        source, source_id, place, lead_id, reason, digest, snapshot, content, email, claim, candidates, notes,
        session, seen_by
    )
    select
        p_source, i.source_id, p.place,
        case when p.place = 'linked' then i.lead_id end,
        case when p.place <> 'linked' then d.remark end,
        i.digest,
        case when p.place = 'linked' then i.snapshot end,
        case when p.place in ('review', 'dead_letter') then coalesce(i.content, i.snapshot) end,
        i.email, i.claim,
        case when p.place = 'review' then i.candidates end,
        i.notes, i.session, p_attempt
    from unnest(p_items) as i
    join unnest(p_done) as d using (n)
    cross join lateral (
        select case d.outcome
            when 'review' then 'review'
            when 'rejected' then 'dead_letter'
            when 'ignored' then 'ignored'
            else 'linked'
        end as place
    ) as p
    where d.outcome <> 'raced' and (i.seen is not null or i.action <> 'unchanged')
    on conflict (source, source_id) do update set
        place = excluded.place,
        lead_id = coalesce(excluded.lead_id, r.lead_id),
        reason = excluded.reason,
        digest = excluded.digest,
        snapshot = coalesce(excluded.snapshot, r.snapshot),
        content = excluded.content,
        email = case when excluded.place = 'linked' or r.lead_id is null then excluded.email else r.email end,
        claim = case when excluded.place = 'linked' or r.lead_id is null then excluded.claim else r.claim end,
        candidates = excluded.candidates,
        notes = excluded.notes,
        seen_at = excluded.seen_at,
        seen_by = excluded.seen_by,
        session = case when excluded.place = 'linked' or r.lead_id is null then excluded.session else r.session end,
        placed_at = case
            when r.place = excluded.place
                and r.reason is not distinct from excluded.reason
                and r.placed_at >= greatest(r.decided_at, r.recalled_at, r.placed_at)
            then r.placed_at
            else excluded.placed_at
        end;
end
$$;
comment on function leadsync.place_records is
    'Puts each record in its place. One that was linked and is not any more keeps its lead, and with it the snapshot '
    'and the keys that it was linked by.';

create or replace function leadsync.waiting_summary() returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'review', jsonb_build_object(
            'count', count(*) filter (where place = 'review'), 'oldest', min(since) filter (where place = 'review')
        ),
        'dead_letters', jsonb_build_object(
            'count', count(*) filter (where place = 'dead_letter'),
            'oldest', min(since) filter (where place = 'dead_letter')
        ),
        'conflicts', jsonb_build_object(
            'count', count(*) filter (where place = 'conflict'), 'oldest', min(since) filter (where place = 'conflict')
        )
    )
    from (
        select place, placed_at as since from leadsync.records where place in ('review', 'dead_letter')
        union all
        select 'conflict', first_seen_at from leadsync.conflicts where closed_at is null
    ) as w
$$;
comment on function leadsync.waiting_summary is 'How much waits for a person, and since when.';

create or replace function public.leadsync_context() returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    select jsonb_build_object(
        'installation_id', (select id from leadsync.installation),
        'schema_version', 2,
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

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
