-- One batch of a plan into the database, in one transaction: what still holds is written, what raced is told.

do $$
begin
    if to_regtype('leadsync.item') is null then
        create type leadsync.item as (
            n integer,
            source_id text,
            seen text,
            action text,
            lead_id uuid,
            "values" jsonb,
            why jsonb,
            base jsonb,
            digest text,
            snapshot jsonb,
            email text,
            claim text,
            reason text,
            content jsonb,
            candidates uuid[],
            conflicts jsonb,
            notes jsonb,
            restored boolean
        );
    end if;
    if to_regtype('leadsync.done') is null then
        create type leadsync.done as (n integer, lead_id uuid, outcome text, remark text);
    end if;
end
$$;
comment on type leadsync.item is 'An item of a plan.';
comment on type leadsync.done is 'What became of an item.';

create or replace function leadsync.lock_leads(p_items leadsync.item[]) returns void
language sql
set search_path = ''
as $$
    select from public.leads
    where id = any(array(
        select jsonb_array_elements_text(seen::jsonb -> 'leads')::uuid from unnest(p_items)
        union
        select lead_id from unnest(p_items) where action <> 'insert'
    ))
    order by id
    for no key update
$$;
comment on function leadsync.lock_leads is
    'Holds every lead that the items rest on. Rows that only refer to a lead can still be written by others.';

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
    left join (select s.n, s.seen from keys cross join lateral leadsync.look(p_source, keys.keys) as s) as s using (n)
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

create or replace function leadsync.written_columns(p_items leadsync.item[]) returns text[]
language sql stable
set search_path = ''
as $$
    select coalesce(array_agg(name order by name), '{}')
    from leadsync.lead_columns
    where name <> 'id'
        and name in (select jsonb_object_keys(i."values") from unnest(p_items) as i)
$$;

create or replace function leadsync.insertion(p_columns text[]) returns text
language sql stable
set search_path = ''
as $$
    select format(
        $statement$
        with written as (
            insert into public.leads as l (id%1$s)
            select i.lead_id%2$s
            from unnest($1) as i
            cross join lateral jsonb_populate_record(null::public.leads, i."values") as p
            order by i.n
            returning l.id, (select to_jsonb(c) from (select %3$s) as c) as after
        ),
        journalled as (
            insert into leadsync.journal (attempt_id, source, source_id, lead_id, after, why)
            select $2, $3, i.source_id, i.lead_id, w.after, i.why
            from unnest($1) as i
            join written as w on w.id = i.lead_id
        )
        select array_agg(row(
            i.n, i.lead_id,
            case when w.id is null then 'rejected' else 'inserted' end,
            case when w.id is null then 'refused by the backoffice (a trigger)' end
        )::leadsync.done)
        from unnest($1) as i
        left join written as w on w.id = i.lead_id
        $statement$,
        string_agg(format(', %I', name), '' order by name),
        string_agg(
            case
                when default_value is null then format(', p.%I', name)
                else format(', coalesce(p.%I, %s)', name, default_value)
            end,
            '' order by name
        ),
        string_agg(format('l.%I', name), ', ' order by name)
    )
    from leadsync.lead_columns
    where name = any(p_columns)
$$;
comment on function leadsync.insertion is
    'The statement that inserts all its items or none: $1 items, $2 attempt, $3 source. Null takes the default.';

create or replace function leadsync.updating(p_columns text[]) returns text
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
            where l.id = i.lead_id
                and (select to_jsonb(c) from (select %2$s) as c)
                    is distinct from (select to_jsonb(c) from (select %3$s) as c)
            returning
                i.n, i.source_id, i.lead_id, i.why,
                (select to_jsonb(c) from (select %2$s) as c) as before,
                (select to_jsonb(c) from (select %4$s) as c) as after
        ),
        journalled as (
            insert into leadsync.journal (attempt_id, source, source_id, lead_id, before, after, why)
            select $2, $3, source_id, lead_id, before, after, why from written
        )
        select array_agg(row(
            i.n, i.lead_id, case when w.n is null then 'unchanged' else 'updated' end, null
        )::leadsync.done)
        from unnest($1) as i
        left join written as w on w.n = i.n
        $statement$,
        string_agg(format('%1$I = p.%1$I', name), ', ' order by name),
        string_agg(format('o.%I', name), ', ' order by name),
        string_agg(format('p.%I', name), ', ' order by name),
        string_agg(format('l.%I', name), ', ' order by name)
    )
    from leadsync.lead_columns
    where name = any(p_columns)
    having count(*) > 0
$$;
comment on function leadsync.updating is
    'The statement that sets the same columns of all its items or none, parameters as in leadsync.insertion. A row '
    'that has the values already is not touched. Null when there is no column to set.';

create or replace function leadsync.culprit(p_values jsonb) returns text
language plpgsql stable
set search_path = ''
as $$
declare
    v_column text;
begin
    for v_column in
        select k from jsonb_object_keys(p_values) as k order by k
    loop
        begin
            perform jsonb_populate_record(null::public.leads, jsonb_build_object(v_column, p_values -> v_column));
        exception when data_exception then
            return v_column;
        end;
    end loop;
    return null;
end
$$;
comment on function leadsync.culprit is
    'The column whose value has the wrong type or length: PostgreSQL names none for these errors.';

create or replace function leadsync.refusal(p_item leadsync.item, p_state text, p_name text) returns text
language sql stable
set search_path = ''
as $$
    select format(
        'refused by the backoffice (%s)',
        concat_ws(' ', p_state, coalesce(nullif(p_name, ''), leadsync.culprit(p_item."values")))
    )
$$;
comment on function leadsync.refusal is
    'The reason of a dead letter. PostgreSQL''s own message is left out: it quotes the value.';

create or replace function leadsync.statement(p_items leadsync.item[]) returns text
language sql stable
set search_path = ''
as $$
    select case p_items[1].action
        when 'insert' then leadsync.insertion(leadsync.written_columns(p_items))
        else leadsync.updating(leadsync.written_columns(p_items))
    end
$$;
comment on function leadsync.statement is
    'The statement that writes items of one kind; null when there is nothing to set.';

create or replace function leadsync.checks_status_only(p_constraint text) returns boolean
language sql stable
set search_path = ''
as $$
    select exists (
        select
        from pg_catalog.pg_constraint as c
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
        where c.conrelid = 'public.leads'::regclass and c.conname = p_constraint and a.attname = 'status'
    )
$$;
comment on function leadsync.checks_status_only is 'Whether a constraint refuses by nothing but the status.';

create or replace function leadsync.write(
    p_items leadsync.item[], p_attempt uuid, p_source text, p_statement text default null
) returns leadsync.done[]
language plpgsql
set search_path = ''
as $$
declare
    v_statement text := coalesce(p_statement, leadsync.statement(p_items));
    v_half integer := cardinality(p_items) / 2;
    v_item leadsync.item := p_items[1];
    v_done leadsync.done[];
    v_state text;
    v_constraint text;
    v_column text;
begin
    if v_statement is null then
        return (select array_agg(row(n, lead_id, 'unchanged', null)::leadsync.done) from unnest(p_items));
    end if;
    begin
        execute v_statement into v_done using p_items, p_attempt, p_source;
        return v_done;
    exception when
        data_exception or integrity_constraint_violation or with_check_option_violation or raise_exception
    then
        get stacked diagnostics
            v_state = returned_sqlstate, v_constraint = constraint_name, v_column = column_name;
    end;
    if v_state = '23514' and (v_half = 0 or leadsync.checks_status_only(v_constraint))
        and exists (select from unnest(p_items) as i where i."values" ->> 'status' is not null)
    then
        return leadsync.write_by_status(p_items, p_attempt, p_source);
    end if;
    if v_half > 0 then
        return leadsync.write(p_items[:v_half], p_attempt, p_source, v_statement)
            || leadsync.write(p_items[v_half + 1:], p_attempt, p_source, v_statement);
    end if;
    return array[row(
        v_item.n, v_item.lead_id, 'rejected',
        leadsync.refusal(v_item, v_state, coalesce(nullif(v_constraint, ''), v_column))
    )::leadsync.done];
end
$$;
comment on function leadsync.write is
    'Writes items of one kind: all inserts, or updates of the same columns. If the database refuses, each half is '
    'tried alone with the same statement, down to the row that is to blame. The list of statuses is the company''s: '
    'an item that breaks a check is tried once more without its status.';

create or replace function leadsync.write_by_status(p_items leadsync.item[], p_attempt uuid, p_source text)
returns leadsync.done[]
language plpgsql
set search_path = ''
as $$
declare
    v_group leadsync.item[];
    v_item leadsync.item;
    v_bare leadsync.item[] := '{}';
    v_done leadsync.done[] := '{}';
begin
    for v_group in
        select array_agg(i order by i.n) from unnest(p_items) as i group by i."values" ->> 'status'
    loop
        if cardinality(v_group) < cardinality(p_items) then
            v_done := v_done || leadsync.write(v_group, p_attempt, p_source);
        end if;
    end loop;
    if v_done <> '{}' then
        return v_done;
    end if;
    foreach v_item in array p_items loop
        v_item."values" := v_item."values" - 'status';
        v_bare := v_bare || v_item;
    end loop;
    return (
        select array_agg(row(
            d.n, d.lead_id, d.outcome, case when d.outcome = 'rejected' then d.remark else 'status refused' end
        )::leadsync.done)
        from unnest(leadsync.write(v_bare, p_attempt, p_source)) as d
    );
end
$$;
comment on function leadsync.write_by_status is
    'Items of several statuses status by status; items of one status, which a check refuses, without it.';

create or replace function leadsync.write_all(p_items leadsync.item[], p_attempt uuid, p_source text)
returns leadsync.done[]
language plpgsql
set search_path = ''
as $$
declare
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
        end if;
    end loop;
    return v_done;
end
$$;
comment on function leadsync.write_all is
    'Inserts first, then updates; of several updates of a lead each takes its turn. An update whose lead is gone, or '
    'whose predecessor was refused, is left out: it rests on what did not come about.';

create or replace function leadsync.outcomes(
    p_items leadsync.item[], p_held leadsync.item[], p_done leadsync.done[]
) returns leadsync.done[]
language plpgsql stable
set search_path = ''
as $$
begin
    return (
        select array_agg(row(
            i.n, i.lead_id,
            case
                when h.n is null then 'raced'
                when i.action in ('insert', 'update') then coalesce(d.outcome, 'raced')
                when i.action = 'unchanged' and i.seen is not null and l.id is null then 'raced'
                else i.action
            end,
            coalesce(d.remark, i.reason)
        )::leadsync.done order by i.n)
        from unnest(p_items) as i
        left join unnest(p_held) as h using (n)
        left join unnest(p_done) as d using (n)
        left join public.leads as l on l.id = i.lead_id
    );
end
$$;
comment on function leadsync.outcomes is 'What becomes of every item of the plan, in order.';

create or replace function leadsync.place_records(
    p_items leadsync.item[], p_done leadsync.done[], p_attempt uuid, p_source text
) returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into leadsync.records as r (
        source, source_id, place, lead_id, reason, digest, snapshot, content, email, claim, candidates, notes,
        seen_by
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
        i.notes, p_attempt
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
        placed_at = excluded.placed_at
    -- Nothing is kept of a forgotten person's record that says nothing usable.
    where r.place <> 'forgotten' or excluded.place in ('linked', 'review');
end
$$;
comment on function leadsync.place_records is
    'Puts each record in its place. One that was linked and is not any more keeps its lead, and with it the snapshot '
    'and the keys that it was linked by.';

create or replace function leadsync.touch_records(
    p_items leadsync.item[], p_done leadsync.done[], p_attempt uuid, p_source text
) returns void
language plpgsql
set search_path = ''
as $$
begin
    update leadsync.records as r
    set seen_at = clock_timestamp(),
        seen_by = p_attempt,
        deleted_at_source = case when coalesce(i.restored, false) then null else r.deleted_at_source end
    from unnest(p_items) as i
    join unnest(p_done) as d using (n)
    where r.source = p_source
        and r.source_id = i.source_id
        and d.outcome <> 'raced'
        and (i.restored or (i.action = 'unchanged' and i.seen is null));
end
$$;
comment on function leadsync.touch_records is 'Notes records seen again, and those that are back at their source.';

create or replace function leadsync.keep_bases(p_items leadsync.item[], p_done leadsync.done[]) returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into leadsync.bases as b (lead_id, columns)
    select o.lead_id, c.columns
    from (
        select i.lead_id, array_agg(i.base order by i.n) as origins
        from unnest(p_items) as i
        join unnest(p_done) as d using (n)
        where d.outcome in ('inserted', 'updated', 'unchanged') and i.base <> '{}'
        group by i.lead_id
    ) as o
    cross join lateral (
        select to_jsonb(r) as content from public.leads as r where r.id = o.lead_id offset 0
    ) as l
    cross join lateral (
        select jsonb_object_agg(
            e.key, jsonb_build_object('value', l.content -> e.key, 'origin', e.value) order by u.turn
        ) as columns
        from unnest(o.origins) with ordinality as u (origin, turn)
        cross join lateral jsonb_each_text(u.origin) as e
        where l.content ? e.key
    ) as c
    where c.columns is not null
    on conflict (lead_id) do update set columns = b.columns || excluded.columns;
end
$$;
comment on function leadsync.keep_bases is 'The base becomes what the rows hold now.';

create or replace function leadsync.keep_conflicts(
    p_items leadsync.item[], p_done leadsync.done[], p_attempt uuid, p_source text
) returns void
language plpgsql
set search_path = ''
as $$
begin
    update leadsync.conflicts as c
    set closed_at = clock_timestamp()
    from unnest(p_items) as i
    join unnest(p_done) as d using (n)
    where d.outcome in ('inserted', 'updated', 'unchanged')
        and c.lead_id = i.lead_id
        and c.closed_at is null
        and i.base ? c.field;

    insert into leadsync.conflicts as c (lead_id, field, source, source_id, base, ours, theirs, attempt_id)
    select distinct on (i.lead_id, x.field)
        i.lead_id, x.field, p_source, i.source_id, x.base, x.ours, x.theirs, p_attempt
    from unnest(p_items) as i
    join unnest(p_done) as d using (n)
    cross join lateral jsonb_to_recordset(i.conflicts) as x (field text, base jsonb, ours jsonb, theirs jsonb)
    where d.outcome in ('inserted', 'updated', 'unchanged')
    order by i.lead_id, x.field, i.n desc
    on conflict (lead_id, field, source) where closed_at is null do update set
        source_id = excluded.source_id,
        base = excluded.base,
        ours = excluded.ours,
        theirs = excluded.theirs,
        attempt_id = excluded.attempt_id,
        seen_at = excluded.seen_at;
end
$$;
comment on function leadsync.keep_conflicts is 'A disagreement ends when the field''s base moves, and may begin anew.';

create or replace function public.leadsync_apply(p_attempt uuid, p_batch integer, p_plan jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
set lock_timeout = '3s'
set jit = off
set plan_cache_mode = force_custom_plan
as $$
declare
    v_source text := p_plan ->> 'source';
    v_items leadsync.item[];
    v_held leadsync.item[];
    v_done leadsync.done[];
    v_answer jsonb;
begin
    perform leadsync.take_turn();
    select answer into v_answer from leadsync.batches where attempt_id = p_attempt and batch = p_batch;
    if found then
        return v_answer;
    end if;
    perform leadsync.require_running(p_attempt);

    select coalesce(array_agg(i order by i.n), '{}') into v_items
    from jsonb_populate_recordset(null::leadsync.item, p_plan -> 'items') as i;
    perform leadsync.lock_leads(v_items);
    v_held := leadsync.holding(v_source, v_items);
    v_done := leadsync.write_all(v_held, p_attempt, v_source);
    -- A statement of its own, because it must see what was written.
    v_done := leadsync.outcomes(v_items, v_held, v_done);

    perform leadsync.place_records(v_items, v_done, p_attempt, v_source);
    perform leadsync.touch_records(v_items, v_done, p_attempt, v_source);
    perform leadsync.keep_bases(v_items, v_done);
    perform leadsync.keep_conflicts(v_items, v_done, p_attempt, v_source);

    select jsonb_build_object('outcomes', coalesce(
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object('n', n, 'outcome', outcome, 'reason', remark)) order by n),
        '[]'
    )) into v_answer
    from unnest(v_done);
    insert into leadsync.batches (attempt_id, batch, answer) values (p_attempt, p_batch, v_answer);
    return v_answer;
end
$$;
comment on function public.leadsync_apply is
    'leadsync: writes one batch of a plan. Items whose ground has moved come back as raced, with nothing written.';
revoke all on function public.leadsync_apply from public, anon, authenticated;
grant execute on function public.leadsync_apply to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
