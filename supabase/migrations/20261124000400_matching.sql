-- What the backoffice knows of a batch of source records. leadsync.look finds it for leadsync_match and again for
-- leadsync_apply, so that the two cannot differ.

create or replace view leadsync.settled as
select r.source, r.source_id, r.digest
from leadsync.records as r
join public.leads as l on l.id = r.lead_id
where r.place = 'linked'
    and r.deleted_at_source is null
    and (r.decision is null or r.decided_at <= r.placed_at)
    and l.deleted_at is null;
comment on view leadsync.settled is 'Records that need no second look while their digest stays the same.';
revoke all on leadsync.settled from public, anon, authenticated, service_role;

create or replace function leadsync.look(p_source text, p_keys jsonb)
returns table (n integer, source_id text, hits jsonb, capped boolean, lead_ids uuid[], seen text)
language sql stable
set search_path = ''
set timezone = 'UTC'
set jit = off
as $$
    with asked as materialized (
        select
            k.n, k.source_id, k.zoho_id, k.portal_id, k.emails, k.phones, r.lead_id, r.decision_lead,
            row(r.place, r.lead_id, r.digest, r.decision, r.decision_lead, r.deleted_at_source)::text as state
        from jsonb_to_recordset(p_keys) as k (
            n integer, source_id text, zoho_id text, portal_id text, emails text[], phones text[]
        )
        left join leadsync.records as r on r.source = p_source and r.source_id = k.source_id
    ),
    wanted as materialized (
        select n, 'zoho_id' as rung, zoho_id as key from asked where zoho_id <> ''
        union
        select n, 'portal_id', portal_id from asked where portal_id <> ''
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
            jsonb_agg(h.id order by h.place) filter (where h.rung = 'email' and h.place <= 25) as email,
            jsonb_agg(h.id order by h.place) filter (where h.rung = 'phone' and h.place <= 25) as phone,
            bool_or(h.place > 25) as capped
        from hit as h
        group by h.n
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
            jsonb_build_object('zoho_id', a.zoho_id, 'portal_id', a.portal_id, 'emails', a.emails, 'phones', a.phones)
                as keys,
            jsonb_build_object(
                'link', case when a.lead_id = any(v.lead_ids) then jsonb_build_array(a.lead_id) else '[]' end,
                'zoho_id', coalesce(g.zoho_id, '[]'),
                'portal_id', coalesce(g.portal_id, '[]'),
                'email', coalesce(g.email, '[]'),
                'phone', coalesce(g.phone, '[]')
            ) as hits
        from asked as a
        left join rungs as g using (n)
        left join versions as v using (n)
    )
    select
        n, source_id, hits, capped, lead_ids,
        jsonb_build_object(
            'keys', keys,
            'leads', lead_ids,
            'hash', encode(sha256(convert_to(row(state, hits, capped, lead_states)::text, 'UTF8')), 'hex')
        )::text
    from answer
$$;
comment on function leadsync.look is
    'Per record: the leads that each key hits (at most 25 a key kind, the oldest, for mailboxes that thousands share; '
    'capped tells), all leads its plan rests on, those of a person''s decision included, and seen: the keys asked '
    'for, those leads, and a hash over the record''s row, the hits, the leads'' versions and who is linked to them. '
    'Asking with the keys and locking the leads of a seen gives an equal seen, unless something changed. The keys are '
    'looked up one by one through the indexes, whatever the planner thinks of the batch.';

create or replace function leadsync.describe_leads(p_ids uuid[], p_columns text[]) returns jsonb
language plpgsql stable
set search_path = ''
set timezone = 'UTC'
set jit = off
as $$
declare
    v_columns text;
    v_answer jsonb;
begin
    select string_agg(format('l.%I', name), ', ') into v_columns
    from leadsync.lead_columns
    where name = any(p_columns || 'deleted_at'::text);
    execute format(
        $query$
        select coalesce(jsonb_object_agg(l.id, jsonb_build_object(
            'row', (select to_jsonb(c) from (select %s) as c),
            'version', l.xmin::text,
            'base', coalesce(b.columns, '{}'),
            'records', coalesce(r.list, '[]')
        )), '{}')
        from unnest($1) as u (id)
        join public.leads as l on l.id = u.id
        left join leadsync.bases as b on b.lead_id = l.id
        left join lateral (
            select jsonb_agg(
                jsonb_build_object('source', source, 'source_id', source_id, 'snapshot', snapshot, 'claim', claim)
                order by source, source_id
            ) as list
            from leadsync.records
            where lead_id = l.id
        ) as r on true
        $query$,
        v_columns
    )
    into v_answer
    using p_ids;
    return v_answer;
end
$$;
comment on function leadsync.describe_leads is 'The leads that a plan is made from, by id.';

create or replace function leadsync.same(p_source text, p_records jsonb) returns integer[]
language sql stable
set search_path = ''
as $$
    select coalesce(array_agg(k.n order by k.n), '{}')
    from jsonb_to_recordset(p_records) as k (n integer, source_id text, digest text)
    join leadsync.settled as s on s.source = p_source and s.source_id = k.source_id and s.digest = k.digest
$$;
comment on function leadsync.same is 'The numbers of the records that say what they said last time.';

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
        select * from leadsync.look(p_source, v_asked)
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
        ) || case when s.capped then '{"capped": true}' else '{}' end::jsonb order by s.n), '[]'),
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

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
