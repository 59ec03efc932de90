-- Forgetting a person, and keeping nothing longer than it is needed.

alter table leadsync.erasures add column if not exists answer jsonb not null default '{}';
comment on column leadsync.erasures.answer is 'What the caller was told: counts, names of columns and tables.';

alter table leadsync.attempts add column if not exists tidied_at timestamptz;
comment on column leadsync.attempts.tidied_at is
    'When what it wrote began to be dropped from the journal; it cannot be taken back any more.';

create index if not exists journal_record on leadsync.journal (source, source_id);

create or replace view leadsync.recalled as
select source, source_id, content, snapshot, claim
from leadsync.records
where (decided_at > placed_at or recalled_at > placed_at)
    and (content is not null or snapshot is not null);
comment on view leadsync.recalled is
    'Records that the next run of their source takes up without being sent them: a person decided, or asked for it. '
    'One whose content retention has dropped waits until its source sends it.';
revoke all on leadsync.recalled from public, anon, authenticated, service_role;

create or replace function leadsync.stay_dropped() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.content := null;
    return new;
end
$$;
create or replace trigger records_stay_dropped before update on leadsync.records for each row
    when (
        old.place = 'dead_letter' and new.place = 'dead_letter'
        and old.content is null and new.content is not null
        and old.digest = new.digest and old.reason = new.reason
    )
    execute function leadsync.stay_dropped();
comment on function leadsync.stay_dropped is
    'The content of a dead letter that retention has dropped does not come back with a source that goes on sending it.';

-- Forgetting

create or replace function leadsync.turned_into_another(p_record leadsync.records) returns boolean
language sql immutable
set search_path = ''
as $$
    select p_record.place = 'review'
        and p_record.reason = 'identity changed'
        and not coalesce(p_record.decision = 'same' and p_record.decided_at > p_record.placed_at, false)
$$;
comment on function leadsync.turned_into_another is
    'Whether the source''s record now speaks of somebody else than the lead it is linked to; a person has yet to say.';

create or replace function leadsync.of_person(p_lead uuid, p_source text, p_source_id text, p_emails text[])
returns setof leadsync.records
language sql stable
set search_path = ''
as $$
    select r.*
    from leadsync.records as r
    where (r.source = p_source and r.source_id = p_source_id)
        or (
            (r.lead_id = p_lead or (r.decision = 'same' and r.decision_lead = p_lead))
            and not leadsync.turned_into_another(r)
        )
        or (r.place = 'ignored' and r.lead_id is null and r.email = any(p_emails))
$$;
comment on function leadsync.of_person is
    'The record itself, those of the lead, and those that were left alone and have one of the addresses: of these '
    'nothing is kept but that, and forgotten they are left alone as before.';

create or replace function leadsync.waiting_with(p_lead uuid, p_emails text[]) returns setof leadsync.records
language sql stable
set search_path = ''
as $$
    select r.*
    from leadsync.records as r
    where r.place in ('review', 'dead_letter')
        and (
            r.lead_id = p_lead
            or r.candidates @> array[p_lead]
            or exists (select from unnest(p_emails) as e where position(e in lower(r.content::text)) > 0)
        )
$$;
comment on function leadsync.waiting_with is
    'Records in review and dead letters that may be the person''s: they name the lead or one of the addresses.';

create or replace function leadsync.bury(
    p_erasure uuid, p_lead uuid, p_subject jsonb, p_keys jsonb, p_mine leadsync.records[]
) returns void
language sql
set search_path = ''
as $$
    with mine as (
        select m.source || ':' || m.source_id as id, k.email, k.claim
        from unnest(p_mine) as m
        -- The keys of a record that now speaks of another are those of whom it spoke before.
        left join lateral (select m.email, m.claim where not leadsync.turned_into_another(m)) as k on true
    ),
    -- Ids that others gave: where the record is known and is not this person's, it is another's.
    given as (
        select 'zoho' as source, btrim(zoho_lead_id::text) as source_id from public.leads where id = p_lead
        union
        select 'portal', lower(btrim(portal_lead_id::text)) from public.leads where id = p_lead
        union
        select 'zoho', claim from mine
    ),
    key (kind, value) as (
        select 'record', id from mine
        union
        select 'record', (p_subject ->> 'source') || ':' || (p_subject ->> 'source_id')
        union
        select 'record', g.source || ':' || g.source_id
        from given as g
        where g.source_id <> ''
            and not exists (
                select from leadsync.records as r
                where r.source = g.source
                    and r.source_id = g.source_id
                    and (r.source || ':' || r.source_id) not in (select id from mine)
            )
        union
        select 'email', email from mine
        union
        select 'email', e from jsonb_array_elements_text(p_keys -> 'emails') as e
        union
        select 'person', p from jsonb_array_elements_text(p_keys -> 'persons') as p
    )
    insert into leadsync.tombstones (hash, kind, erasure)
    select leadsync.tomb(kind, value), kind, p_erasure from key where value <> ''
    on conflict do nothing
$$;
comment on function leadsync.bury is 'Leaves a tombstone for every key of the person.';

create or replace function leadsync.wipe_elsewhere(p_lead uuid, p_mine leadsync.records[]) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_traces jsonb;
begin
    select jsonb_agg(t) into v_traces
    from (
        select j.lead_id, min(j.id) as since, array_agg(distinct k.field) as fields
        from unnest(p_mine) as m
        join leadsync.journal as j using (source, source_id)
        cross join lateral jsonb_object_keys(j.after) as k (field)
        where j.lead_id is distinct from p_lead
        group by j.lead_id
    ) as t;

    delete from leadsync.journal as j
    where (j.source, j.source_id) in (select source, source_id from unnest(p_mine));

    update leadsync.journal as j
    set before = j.before - t.fields, after = j.after - t.fields, why = j.why - t.fields, bases = j.bases - t.fields
    from jsonb_to_recordset(v_traces) as t (lead_id uuid, since bigint, fields text[])
    where j.lead_id = t.lead_id and j.id >= t.since;

    update leadsync.bases as b
    set columns = b.columns || o.emptied
    from jsonb_to_recordset(v_traces) as t (lead_id uuid)
    cross join lateral (
        select jsonb_object_agg(e.key, '{"value": null, "origin": "backoffice"}'::jsonb) as emptied
        from leadsync.bases as s
        cross join lateral jsonb_each(s.columns) as e
        join unnest(p_mine) as m on e.value ->> 'origin' = m.source || ':' || m.source_id
        where s.lead_id = t.lead_id
    ) as o
    where b.lead_id = t.lead_id and o.emptied is not null;
end
$$;
comment on function leadsync.wipe_elsewhere is
    'What the person''s records wrote on other leads, which they were linked to by mistake: their rows leave the '
    'journal and those columns later ones, and a base that is theirs becomes empty, so that the value counts as a '
    'colleague''s.';

create or replace function leadsync.detach(p_lead uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    update leadsync.records as r
    set lead_id = null, snapshot = null, email = null, claim = null, session = null, decision = null,
        decision_lead = null, decided_at = null, decided_by = null
    where r.lead_id = p_lead and leadsync.turned_into_another(r);

    update leadsync.records
    set candidates = array_remove(candidates, p_lead)
    where place <> 'linked' and candidates @> array[p_lead];

    update leadsync.records as r
    set notes = (
        select coalesce(jsonb_agg(n), '[]')
        from jsonb_array_elements(r.notes) as n
        where n ->> 'lead_id' is distinct from p_lead::text
    )
    where r.notes @> jsonb_build_array(jsonb_build_object('lead_id', p_lead));
end
$$;
comment on function leadsync.detach is 'Other people''s records stop naming the lead; what waits goes on waiting.';

create or replace function leadsync.wipe(p_lead uuid, p_mine leadsync.records[]) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform leadsync.wipe_elsewhere(p_lead, p_mine);
    delete from leadsync.journal where lead_id = p_lead;
    delete from leadsync.bases where lead_id = p_lead;
    delete from leadsync.conflicts as c
    where c.lead_id = p_lead or (c.source, c.source_id) in (select source, source_id from unnest(p_mine));
    delete from leadsync.records as r
    where (r.source, r.source_id) in (select source, source_id from unnest(p_mine));
    perform leadsync.detach(p_lead);
end
$$;
comment on function leadsync.wipe is 'Removes what our schema holds of the person.';

create or replace function leadsync.anonymise(p_lead uuid, p_values jsonb) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_columns text;
    v_rows integer;
begin
    select string_agg(format('%1$I = p.%1$I, ', name), '' order by name) into v_columns
    from leadsync.lead_columns
    where name not in ('id', 'deleted_at') and p_values ? name;
    execute format(
        $statement$
        update public.leads as l
        set %s deleted_at = coalesce(l.deleted_at, now())
        from jsonb_populate_record(null::public.leads, $1) as p
        where l.id = $2
        $statement$,
        v_columns
    )
    using p_values, p_lead;
    get diagnostics v_rows = row_count;
    return v_rows > 0;
end
$$;
comment on function leadsync.anonymise is
    'Overwrites the columns of a lead and deletes it softly: rows of others hang on it. Says whether there is one.';

create or replace function leadsync.untouched(p_lead uuid, p_values jsonb) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(c.name order by c.name), '[]')
    from public.leads as l
    cross join lateral jsonb_each(to_jsonb(l)) as e
    join leadsync.lead_columns as c on c.name = e.key
    where l.id = p_lead
        and not p_values ? e.key
        and jsonb_typeof(e.value) in ('string', 'object', 'array')
        and e.value not in ('""', '{}', '[]')
        and c.type !~ '^(uuid|date|time|interval)'
$$;
comment on function leadsync.untouched is 'The columns of the lead that hold text and were not overwritten.';

create or replace function leadsync.children(p_lead uuid) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
    v_found boolean;
    v_children jsonb := '[]';
    v_reference record;
begin
    for v_reference in
        select c.conrelid::regclass as child, a.attname as reference
        from pg_catalog.pg_constraint as c
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
        where c.confrelid = 'public.leads'::regclass
            and c.contype = 'f'
            and has_table_privilege(c.conrelid, 'select')
        order by c.conrelid::regclass::text
    loop
        execute format('select exists (select from %s where %I = $1)', v_reference.child, v_reference.reference)
        into v_found
        using p_lead;
        if v_found then
            v_children := v_children || to_jsonb(v_reference.child::text);
        end if;
    end loop;
    return v_children;
end
$$;
comment on function leadsync.children is 'The tables with rows that refer to the lead.';

create or replace function public.leadsync_forget(
    p_erasure uuid, p_subject jsonb, p_keys jsonb, p_anonymise jsonb, p_by text
) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
set lock_timeout = '3s'
set jit = off
as $$
declare
    v_emails text[] := array(select jsonb_array_elements_text(p_keys -> 'emails'));
    v_anonymise jsonb := nullif(p_anonymise, 'null');
    v_source text := p_subject ->> 'source';
    v_source_id text := p_subject ->> 'source_id';
    v_lead uuid;
    v_mine leadsync.records[];
    v_waiting jsonb;
    v_answer jsonb;
begin
    perform leadsync.take_turn();
    select answer into v_answer from leadsync.erasures where id = p_erasure;
    if found then
        return v_answer;
    end if;
    v_lead := coalesce((p_subject ->> 'lead_id')::uuid, (
        select r.lead_id
        from leadsync.records as r
        where r.source = v_source and r.source_id = v_source_id and not leadsync.turned_into_another(r)
    ));
    perform from public.leads where id = v_lead for no key update;
    v_mine := array(select r from leadsync.of_person(v_lead, v_source, v_source_id, v_emails) as r);
    select coalesce(jsonb_agg(jsonb_build_object('source', w.source, 'source_id', w.source_id)), '[]') into v_waiting
    from leadsync.waiting_with(v_lead, v_emails) as w
    where (w.source, w.source_id) not in (select source, source_id from unnest(v_mine));

    insert into leadsync.erasures (id, erased_by, lead_anonymised, records)
    values (p_erasure, p_by, false, cardinality(v_mine));
    perform leadsync.bury(p_erasure, v_lead, p_subject, p_keys, v_mine);
    perform leadsync.wipe(v_lead, v_mine);
    v_answer := jsonb_build_object(
        'records', cardinality(v_mine),
        'lead_anonymised', v_anonymise is not null and leadsync.anonymise(v_lead, v_anonymise),
        'waiting', jsonb_array_length(v_waiting),
        'untouched', case when v_anonymise is null then '[]' else leadsync.untouched(v_lead, v_anonymise) end,
        'children', leadsync.children(v_lead)
    );
    update leadsync.erasures
    set answer = v_answer, lead_anonymised = (v_answer ->> 'lead_anonymised')::boolean
    where id = p_erasure;
    return v_answer || jsonb_build_object('look_at', v_waiting);
end
$$;
comment on function public.leadsync_forget is
    'leadsync: removes a person from our schema and, if asked, from their lead, and leaves tombstones.';
revoke all on function public.leadsync_forget from public, anon, authenticated;
grant execute on function public.leadsync_forget to service_role;

-- Retention

create or replace function leadsync.bound(p_days jsonb, p_kind text) returns timestamptz
language sql stable
set search_path = ''
as $$
    select clock_timestamp() - make_interval(days => (p_days ->> p_kind)::integer)
    where (p_days ->> p_kind)::integer > 0
$$;
comment on function leadsync.bound is 'What is older goes; null, which nothing is older than, for 0 days or none.';

create or replace function leadsync.is_recalled(p_record leadsync.records) returns boolean
language sql immutable
set search_path = ''
as $$
    select coalesce(p_record.decided_at > p_record.placed_at, false)
        or coalesce(p_record.recalled_at > p_record.placed_at, false)
$$;
comment on function leadsync.is_recalled is 'Whether a person''s word on it has yet to be carried out.';

create or replace function leadsync.tidy_journal(p_before timestamptz, p_most integer) returns bigint
language sql
set search_path = ''
as $$
    with old as (
        select j.id, a.attempt_id
        from (
            select attempt_id
            from leadsync.attempts
            where status <> 'running' and finished_at < p_before
            order by finished_at
        ) as a
        cross join lateral (
            select id from leadsync.journal where attempt_id = a.attempt_id order by lead_id, id limit p_most
        ) as j
        limit p_most
    ),
    marked as (
        update leadsync.attempts
        set tidied_at = clock_timestamp()
        where tidied_at is null and attempt_id in (select attempt_id from old)
    ),
    gone as (
        delete from leadsync.journal where id in (select id from old) returning id
    )
    select count(*) from gone
$$;
comment on function leadsync.tidy_journal is
    'Drops what attempts that ended before the bound wrote, attempt by attempt, so that no half of one is left to be '
    'taken back.';

create or replace function leadsync.tidy_contents(p_before timestamptz, p_most integer) returns bigint
language sql
set search_path = ''
as $$
    with emptied as (
        update leadsync.records as r
        set content = null
        where (r.source, r.source_id) in (
            select o.source, o.source_id
            from leadsync.records as o
            where o.place = 'dead_letter'
                and o.content is not null
                and o.placed_at < p_before
                and not leadsync.is_recalled(o)
            limit p_most
        )
        returning 1
    )
    select count(*) from emptied
$$;
comment on function leadsync.tidy_contents is 'Empties old dead letters; their reason and digest stay.';

create or replace function leadsync.tidy_snapshots(p_before timestamptz, p_most integer) returns bigint
language sql
set search_path = ''
as $$
    with old as (
        select o.source, o.source_id, l.id is null as lead_is_gone
        from leadsync.records as o
        left join public.leads as l on l.id = o.lead_id
        where o.lead_id is not null
            and o.snapshot is not null
            and o.place <> 'review'
            and not leadsync.is_recalled(o)
            and case
                when l.id is null then greatest(o.placed_at, o.seen_at)
                when l.deleted_at is not null or o.deleted_at_source is not null
                then greatest(o.placed_at, least(l.deleted_at, o.deleted_at_source))
            end < p_before
        limit p_most
    ),
    emptied as (
        update leadsync.records as r
        set snapshot = null,
            email = case when o.lead_is_gone then null else r.email end,
            claim = case when o.lead_is_gone then null else r.claim end,
            session = case when o.lead_is_gone then null else r.session end
        from old as o
        where r.source = o.source and r.source_id = o.source_id
        returning 1
    )
    select count(*) from emptied
$$;
comment on function leadsync.tidy_snapshots is
    'Empties what records said whose lead is deleted or gone, or that are deleted at their source, since before the '
    'bound. The keys stay as long as there is a lead that they keep from being made anew.';

create or replace function leadsync.tidy_bases(p_before timestamptz, p_most integer) returns bigint
language sql
set search_path = ''
as $$
    with gone as (
        delete from leadsync.bases
        where lead_id in (
            select b.lead_id
            from leadsync.bases as b
            where p_before is not null
                and not exists (select from public.leads as l where l.id = b.lead_id)
                and not exists (
                    select from leadsync.records as r where r.lead_id = b.lead_id and r.snapshot is not null
                )
            limit p_most
        )
        returning 1
    )
    select count(*) from gone
$$;
comment on function leadsync.tidy_bases is 'Drops the bases of leads that are gone, once their records say nothing.';

create or replace function leadsync.tidy_conflicts(p_before timestamptz, p_most integer) returns bigint
language sql
set search_path = ''
as $$
    with gone as (
        delete from leadsync.conflicts
        where id in (select id from leadsync.conflicts where closed_at < p_before limit p_most)
        returning 1
    )
    select count(*) from gone
$$;
comment on function leadsync.tidy_conflicts is 'Drops conflicts that ended before the bound.';

create or replace function leadsync.subject_of_undo(p_undone uuid, p_dry boolean) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'attempt_id', attempt_id, 'flow', flow, 'source', source, 'started_at', started_at, 'tidied_at', tidied_at,
        'status', case
            when p_dry and status = 'running' and beat_at < clock_timestamp() - interval '2 minutes' then 'crashed'
            else status
        end
    )
    from leadsync.attempts
    where attempt_id = p_undone
$$;
comment on function leadsync.subject_of_undo is
    'The attempt that is to be undone, and whether retention has dropped what it wrote. A silent one is closed as '
    'crashed first, which a dry call foresees.';

create or replace function public.leadsync_tidy(p_days jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
set lock_timeout = '3s'
set jit = off
as $$
declare
    v_most constant integer := 5000;
    v_counts jsonb;
begin
    perform leadsync.take_turn();
    v_counts := jsonb_build_object(
        'journal', leadsync.tidy_journal(leadsync.bound(p_days, 'journal'), v_most),
        'contents', leadsync.tidy_contents(leadsync.bound(p_days, 'contents'), v_most),
        'snapshots', leadsync.tidy_snapshots(leadsync.bound(p_days, 'snapshots'), v_most),
        'bases', leadsync.tidy_bases(leadsync.bound(p_days, 'snapshots'), v_most),
        'conflicts', leadsync.tidy_conflicts(leadsync.bound(p_days, 'conflicts'), v_most)
    );
    return v_counts || jsonb_build_object('more', exists (
        select from jsonb_each(v_counts) where value >= to_jsonb(v_most)
    ));
end
$$;
comment on function public.leadsync_tidy is
    'leadsync: drops what has been kept long enough, at most 5,000 rows of each kind; more says that there are others.';
revoke all on function public.leadsync_tidy from public, anon, authenticated;
grant execute on function public.leadsync_tidy to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
