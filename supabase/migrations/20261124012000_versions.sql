-- When a source changed the version of a record that is known, so that an older one, which a slower run read before and
-- brings later, does not overwrite it.

alter table leadsync.records add column if not exists modified_at timestamptz;
comment on column leadsync.records.modified_at is
    'When its source changed it to what it said last; null where the source does not tell, or not reliably.';

do $$
begin
    if not exists (
        select from pg_catalog.pg_attribute
        where attrelid = 'leadsync.item'::regclass and attname = 'modified_at' and not attisdropped
    ) then
        alter type leadsync.item add attribute modified_at timestamptz;
    end if;
end
$$;

create or replace function leadsync.place_records(
    p_items leadsync.item[], p_done leadsync.done[], p_attempt uuid, p_source text
) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_forgotten integer[] := array(
        select n from unnest(p_done) where outcome = 'ignored' and remark = 'its person is forgotten'
    );
begin
    delete from leadsync.records as r
    using unnest(p_items) as i
    where i.n = any(v_forgotten) and r.source = p_source and r.source_id = i.source_id;

    insert into leadsync.records as r (
        source, source_id, place, lead_id, reason, digest, snapshot, content, email, claim, candidates, notes,
        session, modified_at, seen_by
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
        i.notes, i.session, i.modified_at, p_attempt
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
    where d.outcome <> 'raced' and (i.seen is not null or i.action <> 'unchanged') and i.n <> all(v_forgotten)
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
        modified_at = coalesce(excluded.modified_at, r.modified_at),
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
    'and the keys that it was linked by. Of a forgotten person''s record no row is left.';

create or replace function public.leadsync_match(p_source text, p_columns text[], p_records jsonb) returns jsonb
language plpgsql stable security definer
set search_path = ''
set timezone = 'UTC'
set jit = off
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
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
                'deleted_at_source', r.deleted_at_source, 'modified_at', r.modified_at,
                'seen_at', r.seen_at
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

create or replace function leadsync.schema_version() returns integer
language sql immutable
set search_path = ''
as $$
    select 4
$$;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
