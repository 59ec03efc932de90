-- Taking back what an attempt, or one record, wrote: the journal read backwards, under the rule that nobody has
-- written since.

alter table leadsync.journal add column if not exists records jsonb;
comment on column leadsync.journal.records is
    'Of a write that deleted a lead because its insert was taken back: the records that went to review with it, '
    '[{source, source_id, digest, notes, placed_at}], as they were. Undoing that links them again.';

-- Pages of an attempt's leads; it serves what journal_attempt served.
create index if not exists journal_attempt_lead on leadsync.journal (attempt_id, lead_id);
drop index if exists leadsync.journal_attempt;

create or replace function leadsync.setting(p_columns text[], p_exact boolean) returns text
language sql stable
set search_path = ''
as $$
    select format(
        $statement$
        with written as (
            update public.leads as l
            set %1$s
            from unnest($1) as i
            cross join lateral jsonb_populate_record(null::public.leads, i."values") as p
            join public.leads as o on o.id = i.lead_id
            left join leadsync.bases as b on b.lead_id = i.lead_id
            where l.id = i.lead_id
                and (select to_jsonb(c) from (select %2$s) as c)
                    is distinct from (select to_jsonb(c) from (select %3$s) as c)
            returning
                i.n, i.source_id, i.lead_id, i.why,
                (select to_jsonb(c) from (select %2$s) as c) as before,
                (select to_jsonb(c) from (select %4$s) as c) as after,
                leadsync.bases_of(b.columns, i."values") as bases
        ),
        journalled as (
            insert into leadsync.journal (attempt_id, source, source_id, lead_id, before, after, bases, why)
            select $2, $3, source_id, lead_id, before, after, bases, why from written
        )
        select array_agg(row(
            i.n, i.lead_id, case when w.n is null then 'unchanged' else 'updated' end, null
        )::leadsync.done)
        from unnest($1) as i
        left join written as w on w.n = i.n
        $statement$,
        string_agg(format('%I = %s', name, value), ', ' order by name),
        string_agg(format('o.%I', name), ', ' order by name),
        string_agg(format('%s as %I', value, name), ', ' order by name),
        string_agg(format('l.%I', name), ', ' order by name)
    )
    from (
        select
            name,
            case
                when p_exact or default_value is null then format('p.%I', name)
                else format('coalesce(p.%I, %s)', name, default_value)
            end as value
        from leadsync.lead_columns
        where name = any(p_columns)
    ) as c
    having count(*) > 0
$$;
comment on function leadsync.setting is
    'The statement that sets the same columns of all its items or none, parameters as in leadsync.insertion. Null '
    'takes the default, unless it is to be exact. A row that has the values already is not touched. Null when there '
    'is no column to set.';

create or replace function leadsync.bases_of(p_bases jsonb, p_values jsonb) returns jsonb
language sql immutable
set search_path = ''
as $$
    select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(p_bases) where p_values ? key
$$;
comment on function leadsync.bases_of is 'Of a lead''s bases those of the columns that are about to be written.';

create or replace function leadsync.updating(p_columns text[]) returns text
language sql stable
set search_path = ''
as $$
    select leadsync.setting(p_columns, false)
$$;
comment on function leadsync.updating is 'The statement of an update; see leadsync.setting.';

create or replace function leadsync.statement(p_items leadsync.item[]) returns text
language sql stable
set search_path = ''
as $$
    select case p_items[1].action
        when 'insert' then leadsync.insertion(leadsync.written_columns(p_items))
        else leadsync.setting(leadsync.written_columns(p_items), p_items[1].action = 'restore')
    end
$$;
comment on function leadsync.statement is
    'The statement that writes items of one kind (insert, update, restore); null when there is nothing to set.';

create or replace function leadsync.write_all(p_items leadsync.item[], p_attempt uuid, p_source text)
returns leadsync.done[]
language plpgsql
set search_path = ''
as $$
declare
    v_shared uuid[] := array(
        select lead_id from unnest(p_items) where action in ('insert', 'update') group by lead_id having count(*) > 1
    );
    v_done leadsync.done[] := '{}';
    v_refused uuid[] := '{}';
    v_group leadsync.item[];
    v_new leadsync.done[];
begin
    for v_group in
        select array_agg(row(i.*)::leadsync.item order by i.n)
        from unnest(p_items) as i
        cross join lateral (
            select
                case when i.action = 'update' then array(select jsonb_object_keys(i."values")) end as columns
        ) as c
        join (
            select n, row_number() over (partition by action, lead_id order by n) as turn from unnest(p_items)
        ) as t using (n)
        where i.action in ('insert', 'update')
        group by i.action, t.turn, c.columns
        order by i.action, t.turn
    loop
        if v_group[1].action = 'update' then
            select array_agg(i order by i.n) into v_group
            from unnest(v_group) as i
            where i.lead_id <> all(v_refused)
                and exists (select from public.leads as l where l.id = i.lead_id);
        end if;
        if v_group is not null then
            v_new := leadsync.write(v_group, p_attempt, p_source);
            v_done := v_done || v_new;
            v_refused := v_refused || array(select lead_id from unnest(v_new) where outcome = 'rejected');
            -- The next write of the same lead journals the base that this one leaves.
            if v_shared <> '{}' then
                perform leadsync.keep_bases(
                    array(select i from unnest(v_group) as i where i.lead_id = any(v_shared)), v_new
                );
            end if;
        end if;
    end loop;
    return v_done;
end
$$;
comment on function leadsync.write_all is
    'Inserts first, then updates; of several updates of a lead each takes its turn. An update whose lead is gone, or '
    'whose predecessor was refused, is left out: it rests on what did not come about.';

do $$
begin
    if to_regtype('leadsync.taking') is null then
        create type leadsync.taking as (
            lead_id uuid, field text, source text, source_id text, left_there jsonb, value jsonb, base jsonb, why text
        );
    end if;
end
$$;
comment on type leadsync.taking is
    'One column of one lead that is to be taken back: what was left there, the value and the base that return (a null '
    'base: there was none), and the record whose write it was. With a why it is left as it is.';

create or replace function leadsync.is_of(
    p_entry leadsync.journal, p_undone uuid, p_source text, p_source_id text
) returns boolean
language sql immutable
set search_path = ''
as $$
    select case
        when p_undone is not null then p_entry.attempt_id = p_undone
        else p_entry.source = p_source and p_entry.source_id = p_source_id
    end
$$;
comment on function leadsync.is_of is 'Whether the attempt wrote it; without an attempt, whether the record did.';

create or replace function leadsync.births(p_leads uuid[], p_undone uuid, p_source text, p_source_id text)
returns setof leadsync.journal
language sql stable
set search_path = ''
as $$
    select j.*
    from leadsync.journal as j
    where j.lead_id = any(p_leads) and j.before is null and leadsync.is_of(j, p_undone, p_source, p_source_id)
$$;
comment on function leadsync.births is 'The inserts of these leads by the attempt, or the record.';

create or replace function leadsync.last_words(p_leads uuid[], p_undone uuid, p_source text, p_source_id text)
returns table (
    lead_id uuid, field text, source text, source_id text, before jsonb, base jsonb, after jsonb, last_attempt uuid
)
language sql stable
set search_path = ''
as $$
    with word as (
        select
            j.lead_id, a.key as field, j.id, j.attempt_id, j.source, j.source_id,
            j.before -> a.key as before, a.value as after,
            case
                when j.bases is not null then j.bases -> a.key
                else jsonb_build_object('value', j.before -> a.key, 'origin', 'backoffice')
            end as base,
            leadsync.is_of(j, p_undone, p_source, p_source_id) as ours,
            lag(a.value) over (partition by j.lead_id, a.key order by j.id) as earlier
        from leadsync.journal as j
        cross join lateral jsonb_each(j.after) as a
        where j.lead_id = any(p_leads)
    ),
    lane as (
        select
            w.*,
            max(w.id) filter (where not w.ours) over column_of_lead as others,
            max(w.id) filter (where w.before <> w.earlier) over column_of_lead as seam
        from word as w
        window column_of_lead as (partition by w.lead_id, w.field)
    ),
    run as (
        select l.*, l.ours and l.id > coalesce(l.others, 0) and l.id >= coalesce(l.seam, 0) as stands from lane as l
    )
    select
        r.lead_id, r.field,
        (array_agg(r.source order by r.id) filter (where r.stands))[1],
        (array_agg(r.source_id order by r.id) filter (where r.stands))[1],
        (array_agg(r.before order by r.id) filter (where r.stands))[1],
        (array_agg(r.base order by r.id) filter (where r.stands))[1],
        (array_agg(r.after order by r.id desc) filter (where r.stands))[1],
        (array_agg(r.attempt_id order by r.id desc))[1]
    from run as r
    group by r.lead_id, r.field
    having bool_or(r.ours)
$$;
comment on function leadsync.last_words is
    'Per column that the attempt, or the record, wrote on these leads: the last run of its writes that nobody broke, '
    'as value and base before it and value after it; all null where another wrote last. A base that was not '
    'journalled yet is taken to have been the value.';

create or replace function leadsync.insert_takings(p_leads uuid[], p_undone uuid, p_source text, p_source_id text)
returns setof leadsync.taking
language sql stable
set search_path = ''
as $$
    with birth as materialized (
        select * from leadsync.births(p_leads, p_undone, p_source, p_source_id)
    ),
    word as materialized (
        select w.*
        from leadsync.last_words(
            array(select lead_id from birth), p_undone, p_source, p_source_id
        ) as w
    )
    select
        b.lead_id, case when y.why is null then 'deleted_at' end, b.source, b.source_id,
        'null'::jsonb, to_jsonb(clock_timestamp()), null::jsonb, y.why
    from birth as b
    left join lateral (
        select to_jsonb(l) as content from public.leads as l where l.id = b.lead_id offset 0
    ) as l on true
    left join lateral (
        select j.attempt_id
        from leadsync.journal as j
        where j.lead_id = b.lead_id and j.attempt_id <> p_undone
        order by j.id desc
        limit 1
    ) as o on true
    cross join lateral (
        select case
            when l.content is null then 'the lead is gone'
            when p_undone is null then 'this record made the lead'
            when l.content ->> 'deleted_at' is not null then 'it is deleted already'
            when o.attempt_id is not null then format('attempt %s wrote to it since', o.attempt_id)
            when exists (
                select from word as w
                where w.lead_id = b.lead_id and l.content -> w.field is distinct from w.after
            ) then 'it was changed in the backoffice since'
        end as why
    ) as y
$$;
comment on function leadsync.insert_takings is
    'The leads among these that the attempt inserted: each is to be deleted, or is left. What a lead owes to the '
    'record that made it cannot be taken from it by record.';

create or replace function leadsync.column_takings(p_leads uuid[], p_undone uuid, p_source text, p_source_id text)
returns setof leadsync.taking
language sql stable
set search_path = ''
as $$
    select w.lead_id, w.field, w.source, w.source_id, w.after, w.before, w.base, y.why
    from leadsync.last_words(
        array(
            select unnest(p_leads)
            except
            select lead_id from leadsync.births(p_leads, p_undone, p_source, p_source_id)
        ),
        p_undone, p_source, p_source_id
    ) as w
    left join lateral (
        select to_jsonb(l) as content from public.leads as l where l.id = w.lead_id offset 0
    ) as l on true
    left join leadsync.bases as b on b.lead_id = w.lead_id
    cross join lateral (
        select case
            when l.content is null then 'the lead is gone'
            when w.after is null then format('attempt %s wrote it since', w.last_attempt)
            when w.field not in (select name from leadsync.lead_columns) then 'the column is gone'
            when l.content -> w.field is distinct from w.after then 'it was changed in the backoffice since'
        end as why
    ) as y
    where y.why is not null or w.before <> w.after or w.base is distinct from b.columns -> w.field
$$;
comment on function leadsync.column_takings is
    'The columns that the attempt, or the record, changed on leads that it found: each is to be restored, or is left. '
    'What holds value and base of before is neither.';

create or replace function leadsync.restore_columns(
    p_takings leadsync.taking[], p_attempt uuid, p_why text
) returns leadsync.done[]
language plpgsql
set search_path = ''
as $$
declare
    v_source text;
    v_items leadsync.item[];
    v_done leadsync.done[] := '{}';
begin
    for v_source, v_items in
        select g.source, array_agg(jsonb_populate_record(null::leadsync.item, jsonb_build_object(
            'n', g.n, 'source_id', g.source_id, 'action', 'restore', 'lead_id', g.lead_id, 'values', g.content,
            'why', g.why
        )) order by g.n)
        from (
            select
                t.lead_id, t.source, t.source_id, row_number() over (order by t.lead_id, t.source, t.source_id) as n,
                jsonb_object_agg(t.field, t.value) as content, jsonb_object_agg(t.field, p_why) as why,
                array_agg(t.field order by t.field) as fields
            from unnest(p_takings) as t
            group by t.lead_id, t.source, t.source_id
        ) as g
        group by g.source, g.fields
    loop
        v_done := v_done || leadsync.write(v_items, p_attempt, v_source);
    end loop;
    return v_done;
end
$$;
comment on function leadsync.restore_columns is 'Writes the values, and journals them where that changes the row.';

create or replace function leadsync.judge_restored(p_takings leadsync.taking[], p_done leadsync.done[])
returns leadsync.taking[]
language plpgsql stable
set search_path = ''
as $$
begin
    return (
        select coalesce(array_agg(row(
            t.lead_id, t.field, t.source, t.source_id, t.left_there, t.value, t.base,
            case
                when t.value <> t.left_there and l.content -> t.field = t.left_there then coalesce(
                    (select d.remark from unnest(p_done) as d where d.lead_id = t.lead_id and d.remark <> '' limit 1),
                    'refused by the backoffice (a trigger)'
                )
            end
        )::leadsync.taking), '{}')
        from unnest(p_takings) as t
        left join lateral (
            select to_jsonb(r) as content from public.leads as r where r.id = t.lead_id offset 0
        ) as l on true
    );
end
$$;
comment on function leadsync.judge_restored is
    'The takings after they were written: what the database refused stands as it was, and gets a why.';

create or replace function leadsync.journal_bases(p_takings leadsync.taking[], p_attempt uuid, p_why text) returns void
language sql
set search_path = ''
as $$
    insert into leadsync.journal (attempt_id, source, source_id, lead_id, before, after, bases, why)
    select
        p_attempt, g.source, g.source_id, g.lead_id, g.content, g.content, leadsync.bases_of(b.columns, g.content),
        g.why
    from (
        select
            t.lead_id, t.source, t.source_id, jsonb_object_agg(t.field, t.value) as content,
            jsonb_object_agg(t.field, p_why) as why
        from unnest(p_takings) as t
        group by t.lead_id, t.source, t.source_id
        having bool_and(t.value = t.left_there)
    ) as g
    left join leadsync.bases as b using (lead_id)
    order by g.lead_id
$$;
comment on function leadsync.journal_bases is 'Journals what changes a base only; the row stays untouched.';

create or replace function leadsync.restore_bases(p_takings leadsync.taking[]) returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into leadsync.bases as b (lead_id, columns)
    select p.lead_id, (coalesce(o.columns, '{}') - p.fields) || coalesce(p.bases, '{}')
    from (
        select
            t.lead_id, array_agg(t.field) as fields,
            jsonb_object_agg(t.field, t.base) filter (where t.base is not null) as bases
        from unnest(p_takings) as t
        where t.field <> 'deleted_at'
        group by t.lead_id
    ) as p
    left join leadsync.bases as o using (lead_id)
    on conflict (lead_id) do update set columns = excluded.columns;

    delete from leadsync.bases
    where columns = '{}' and lead_id in (select lead_id from unnest(p_takings));

    update leadsync.conflicts as c
    set closed_at = clock_timestamp()
    from unnest(p_takings) as t
    where c.lead_id = t.lead_id and c.field = t.field and c.closed_at is null;
end
$$;
comment on function leadsync.restore_bases is 'Brings the bases back, which ends the conflicts of their columns.';

create or replace function leadsync.send_to_review(p_leads uuid[], p_attempt uuid) returns void
language sql
set search_path = ''
as $$
    with sent as (
        update leadsync.records as r
        set place = 'review',
            reason = 'its insert was taken back',
            candidates = array[r.lead_id],
            content = r.snapshot,
            -- What a person asked for stays to be done.
            placed_at = case
                when r.decided_at > r.placed_at or r.recalled_at > r.placed_at then r.placed_at
                else clock_timestamp()
            end
        from leadsync.records as o
        where r.lead_id = any(p_leads)
            and r.place = 'linked'
            and o.source = r.source
            and o.source_id = r.source_id
        returning r.lead_id, r.source, r.source_id, r.digest, r.notes, o.placed_at
    )
    update leadsync.journal as j
    set records = s.records
    from (
        select
            lead_id,
            jsonb_agg(jsonb_build_object(
                'source', source, 'source_id', source_id, 'digest', digest, 'notes', notes, 'placed_at', placed_at
            ) order by source, source_id) as records
        from sent
        group by lead_id
    ) as s
    where j.attempt_id = p_attempt and j.lead_id = s.lead_id and j.after ? 'deleted_at'
$$;
comment on function leadsync.send_to_review is
    'The records of leads whose insert was taken back wait for a person, and the journal remembers them. What is not '
    'linked waits already.';

create or replace function leadsync.link_again(p_leads uuid[], p_undone uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    update leadsync.records as r
    set place = 'linked', reason = null, candidates = null, content = null, notes = x.notes, placed_at = x.placed_at
    from leadsync.journal as j
    cross join lateral jsonb_to_recordset(j.records) as x (
        source text, source_id text, digest text, notes jsonb, placed_at timestamptz
    )
    where j.attempt_id = p_undone
        and j.lead_id = any(p_leads)
        and r.source = x.source
        and r.source_id = x.source_id
        and r.lead_id = j.lead_id
        and r.place = 'review'
        and r.digest is not distinct from x.digest
        and (r.decision is null or r.decided_at <= r.placed_at);

    update leadsync.records as r
    set recalled_at = clock_timestamp()
    from leadsync.journal as j
    cross join lateral jsonb_to_recordset(j.records) as x (source text, source_id text)
    where j.attempt_id = p_undone
        and j.lead_id = any(p_leads)
        and r.source = x.source
        and r.source_id = x.source_id
        and r.lead_id = j.lead_id
        and r.place = 'review';
end
$$;
comment on function leadsync.link_again is
    'Links the records that waited because the attempt had taken their lead''s insert back. One that says something '
    'new since, or that a person decided on, is looked at by the next run.';

create or replace function leadsync.carry_out(
    p_takings leadsync.taking[], p_attempt uuid, p_undone uuid, p_why text
) returns leadsync.taking[]
language plpgsql
set search_path = ''
as $$
declare
    v_open leadsync.taking[] := array(select t from unnest(p_takings) as t where t.why is null);
    v_done leadsync.done[] := leadsync.restore_columns(v_open, p_attempt, p_why);
    v_judged leadsync.taking[] := leadsync.judge_restored(v_open, v_done);
    v_taken leadsync.taking[] := array(select t from unnest(v_judged) as t where t.why is null);
begin
    perform leadsync.journal_bases(v_taken, p_attempt, p_why);
    perform leadsync.restore_bases(v_taken);
    perform leadsync.send_to_review(
        array(select lead_id from unnest(v_taken) where field = 'deleted_at' and value <> 'null'), p_attempt
    );
    perform leadsync.link_again(
        array(select lead_id from unnest(v_taken) where field = 'deleted_at' and value = 'null'), p_undone
    );
    return v_judged || array(select t from unnest(p_takings) as t where t.why is not null);
end
$$;
comment on function leadsync.carry_out is
    'Takes back what can be, as the attempt, and tells what was refused. The leads are locked.';

create or replace function leadsync.told(p_takings leadsync.taking[]) returns jsonb
language sql immutable
set search_path = ''
as $$
    select jsonb_build_object(
        'restored', coalesce(
            jsonb_agg(jsonb_build_object('lead_id', lead_id, 'field', field) order by lead_id, field)
                filter (where why is null and field <> 'deleted_at'),
            '[]'
        ),
        'deleted', coalesce(
            jsonb_agg(lead_id order by lead_id) filter (where why is null and field = 'deleted_at' and value <> 'null'),
            '[]'
        ),
        'revived', coalesce(
            jsonb_agg(lead_id order by lead_id) filter (where why is null and field = 'deleted_at' and value = 'null'),
            '[]'
        ),
        'left', coalesce(
            jsonb_agg(jsonb_build_object('lead_id', lead_id, 'field', field, 'why', why) order by lead_id, field)
                filter (where why is not null),
            '[]'
        )
    )
    from unnest(p_takings)
$$;
comment on function leadsync.told is 'Takings as leadsync_undo answers them.';

create or replace function leadsync.lock_for_taking(p_leads uuid[]) returns void
language sql
set search_path = ''
as $$
    select from public.leads where id = any(p_leads) order by id for no key update
$$;
comment on function leadsync.lock_for_taking is 'Holds the leads against every other writer, in order.';

create or replace function leadsync.take_back(p_attempt uuid, p_lead uuid, p_source text, p_source_id text)
returns jsonb
language plpgsql
set search_path = ''
set timezone = 'UTC'
as $$
declare
    v_takings leadsync.taking[];
begin
    perform leadsync.lock_for_taking(array[p_lead]);
    v_takings := array(
        select t from leadsync.insert_takings(array[p_lead], null, p_source, p_source_id) as t
        union all
        select t from leadsync.column_takings(array[p_lead], null, p_source, p_source_id) as t
    );
    v_takings := leadsync.carry_out(
        v_takings, p_attempt, null, format('what %s:%s wrote was taken back', p_source, p_source_id)
    );
    return jsonb_build_object(
        'restored', leadsync.told(v_takings) -> 'restored', 'left', leadsync.told(v_takings) -> 'left'
    );
end
$$;
comment on function leadsync.take_back is
    'Takes back what one record wrote on a lead, in all attempts, as leadsync_undo takes back an attempt. The caller '
    'has the turn; p_attempt is the one that it is journalled under.';

create or replace function leadsync.subject_of_undo(p_undone uuid, p_dry boolean) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'attempt_id', attempt_id, 'flow', flow, 'source', source, 'started_at', started_at,
        'status', case
            when p_dry and status = 'running' and beat_at < clock_timestamp() - interval '2 minutes' then 'crashed'
            else status
        end
    )
    from leadsync.attempts
    where attempt_id = p_undone
$$;
comment on function leadsync.subject_of_undo is 'The attempt that is to be undone. A silent one is closed as crashed first, which a dry call foresees.';

create or replace function public.leadsync_undo(
    p_attempt uuid, p_undone uuid, p_page integer, p_after uuid, p_dry boolean
) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
set lock_timeout = '3s'
set jit = off
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dry boolean := coalesce(p_dry, false);
    v_undone jsonb;
    v_leads uuid[];
    v_takings leadsync.taking[] := '{}';
    v_answer jsonb;
begin
    if not v_dry then
        perform leadsync.take_turn();
        select answer into v_answer from leadsync.batches where attempt_id = p_attempt and batch = p_page;
        if found then
            return v_answer;
        end if;
        perform leadsync.require_running(p_attempt);
        perform leadsync.crash_silent(flow, p_attempt)
        from leadsync.attempts
        where attempt_id = p_undone and status = 'running';
    end if;

    v_undone := leadsync.subject_of_undo(p_undone, v_dry);
    if v_undone ->> 'status' <> 'running' then
        v_leads := array(
            select distinct lead_id
            from leadsync.journal
            where attempt_id = p_undone and lead_id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
            order by lead_id
            limit 501
        );
        if not v_dry then
            perform leadsync.lock_for_taking(v_leads[:500]);
        end if;
        v_takings := array(
            select t from leadsync.insert_takings(v_leads[:500], p_undone, null, null) as t
            union all
            select t from leadsync.column_takings(v_leads[:500], p_undone, null, null) as t
        );
        if not v_dry then
            v_takings := leadsync.carry_out(
                v_takings, p_attempt, p_undone, format('attempt %s was taken back', p_undone)
            );
        end if;
    end if;

    v_answer := leadsync.told(v_takings)
        || jsonb_build_object('undone', v_undone, 'next', case when cardinality(v_leads) > 500 then v_leads[500] end);
    if not v_dry then
        insert into leadsync.batches (attempt_id, batch, answer) values (p_attempt, p_page, v_answer);
    end if;
    return v_answer;
end
$$;
comment on function public.leadsync_undo is
    'leadsync: takes back what an attempt wrote on its next 500 leads, where nobody wrote since. Dry, it only looks.';
revoke all on function public.leadsync_undo from public, anon, authenticated;
grant execute on function public.leadsync_undo to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
