-- Attempts can be taken back one after the other, the last one first, and again after an undo was undone: a write and
-- the undo that took it back count as none. For that the journal knows which writes an undo took back.

alter table leadsync.journal add column if not exists undoes jsonb;
comment on column leadsync.journal.undoes is
    'Of an undo''s write: {column: id of the first write that it took back}. All writes of that column from there up to '
    'this one cancel out.';

create or replace function leadsync.lanes(
    p_leads uuid[], p_undone uuid, p_source text, p_source_id text, p_except uuid, p_fields text[]
)
returns table (
    lead_id uuid, field text, turn bigint, earlier bigint, last boolean, ours boolean, stands boolean, id bigint,
    attempt_id uuid, source text, source_id text, before jsonb, after jsonb, base jsonb
)
language sql stable
set search_path = ''
as $$
    with word as materialized (
        select
            j.lead_id, a.key as field, row_number() over lane as turn, count(*) over whole as turns,
            (j.undoes ->> a.key)::bigint as undoes, leadsync.is_of(j, p_undone, p_source, p_source_id) as ours,
            j.id, j.attempt_id, j.source, j.source_id, j.before -> a.key as before, a.value as after,
            case
                when j.bases is not null then j.bases -> a.key
                else jsonb_build_object('value', j.before -> a.key, 'origin', 'backoffice')
            end as base
        from leadsync.journal as j
        cross join lateral jsonb_each(j.after) as a
        where j.lead_id = any(p_leads)
            and j.attempt_id is distinct from p_except
            and (p_fields is null or a.key = any(p_fields))
        window lane as (partition by j.lead_id, a.key order by j.id), whole as (partition by j.lead_id, a.key)
    ),
    jump as materialized (
        select u.id, u.field, coalesce(max(w.turn), 0) as earlier
        from word as u
        left join word as w on w.lead_id = u.lead_id and w.field = u.field and w.id < u.undoes
        where u.undoes is not null and not u.ours
        group by u.id, u.field
    )
    select
        w.lead_id, w.field, w.turn, coalesce(j.earlier, w.turn - 1), w.turn = w.turns, w.ours, w.ours or j.id is null,
        w.id, w.attempt_id, w.source, w.source_id, w.before, w.after, w.base
    from word as w
    left join jump as j on j.id = w.id and j.field = w.field
$$;
comment on function leadsync.lanes is
    'The journal of these leads, one row a column and write, without the attempt p_except, of these or of all columns. '
    'turn counts the writes of a column. ours are those of the attempt, or of the record. Another''s undo does not stand: earlier leads from it to '
    'the last write before what it took back, and else to the write before.';

create or replace function leadsync.standing_writes(
    p_leads uuid[], p_undone uuid, p_source text, p_source_id text, p_except uuid, p_fields text[]
)
returns table (
    lead_id uuid, field text, ours boolean, others uuid, first_id bigint, source text, source_id text, before jsonb,
    base jsonb, after jsonb
)
language sql stable
set search_path = ''
as $$
    with recursive lane as materialized (
        select * from leadsync.lanes(p_leads, p_undone, p_source, p_source_id, p_except, p_fields)
    ),
    walk as (
        select l.*, case when l.ours then l.before end as found
        from lane as l
        where l.last
        union all
        select l.*, case when l.ours then l.before else w.found end
        from walk as w
        join lane as l on l.lead_id = w.lead_id and l.field = w.field and l.turn = w.earlier
        where (w.ours or not w.stands) and (not l.ours or w.found is null or w.found = l.after)
    ),
    run as (
        select
            w.lead_id, w.field,
            (array_agg(w.attempt_id order by w.turn) filter (where w.stands and not w.ours))[1] as others,
            min(w.turn) filter (where w.stands and not w.ours) as others_turn,
            min(w.id) filter (where w.ours) as first_id,
            (array_agg(w.after order by w.turn desc) filter (where w.ours))[1] as after
        from walk as w
        group by w.lead_id, w.field
    )
    select
        r.lead_id, r.field, o.turn is not null,
        case when r.first_id is null and r.others_turn > coalesce(o.turn, 0) then r.others end,
        r.first_id, l.source, l.source_id, l.before, l.base, r.after
    from run as r
    left join lane as l on l.lead_id = r.lead_id and l.field = r.field and l.id = r.first_id
    left join (
        select s.lead_id, s.field, max(s.turn) as turn from lane as s where s.ours group by s.lead_id, s.field
    ) as o on o.lead_id = r.lead_id and o.field = r.field
$$;
comment on function leadsync.standing_writes is
    'Per column that anybody wrote on these leads, read from the end: the last run of writes of the attempt (or the '
    'record) that nobody broke, as its first write with value and base before it, and the value that it left; or else '
    'others, the attempt whose later write stands, null if none does. ours tells whether the attempt wrote it at all.';

create or replace function leadsync.insert_takings(p_leads uuid[], p_undone uuid, p_source text, p_source_id text)
returns setof leadsync.taking
language sql stable
set search_path = ''
as $$
    with birth as materialized (
        select * from leadsync.births(p_leads, p_undone, p_source, p_source_id)
    ),
    lead as materialized (
        select * from leadsync.rows_of(p_leads)
    ),
    since as materialized (
        select
            s.lead_id, (array_agg(s.others) filter (where s.others is not null))[1] as others,
            bool_or(l.content -> s.field is distinct from s.after) filter (where s.first_id is not null) as changed
        from leadsync.standing_writes(
            array(select lead_id from birth), p_undone, p_source, p_source_id, null, null
        ) as s
        join lead as l using (lead_id)
        group by s.lead_id
    )
    select
        b.lead_id, case when y.why is null then 'deleted_at' end, b.source, b.source_id,
        'null'::jsonb, to_jsonb(clock_timestamp()), null::jsonb, y.why
    from birth as b
    left join lead as l using (lead_id)
    left join since as s using (lead_id)
    cross join lateral (
        select case
            when l.content is null then 'the lead is gone'
            when p_undone is null then 'this record made the lead'
            when l.content ->> 'deleted_at' is not null then 'it is deleted already'
            when s.others is not null then format('attempt %s wrote to it since', s.others)
            when s.changed then 'it was changed in the backoffice since'
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
    with lead as materialized (
        select * from leadsync.rows_of(p_leads)
    ),
    found as materialized (
        select unnest(p_leads) as lead_id
        except
        select lead_id from leadsync.births(p_leads, p_undone, p_source, p_source_id)
    ),
    word as materialized (
        select s.*
        from leadsync.standing_writes(
            array(select lead_id from found), p_undone, p_source, p_source_id, null,
            array(
                select distinct k.field
                from leadsync.journal as j
                cross join lateral jsonb_object_keys(j.after) as k (field)
                where j.lead_id in (select lead_id from found)
                    and leadsync.is_of(j, p_undone, p_source, p_source_id)
            )
        ) as s
        where s.ours
    )
    select w.lead_id, w.field, w.source, w.source_id, w.after, w.before, w.base, y.why
    from word as w
    left join lead as l using (lead_id)
    left join leadsync.bases as b using (lead_id)
    cross join lateral (
        select case
            when l.content is null then 'the lead is gone'
            when w.others is not null then format('attempt %s wrote it since', w.others)
            when w.first_id is null then 'it was taken back already'
            when w.field not in (select name from leadsync.lead_columns) then 'the column is gone'
            when l.content -> w.field is distinct from w.after then 'it was changed in the backoffice since'
            when w.before = w.after and w.base is not distinct from b.columns -> w.field then ''
        end as why
    ) as y
$$;
comment on function leadsync.column_takings is
    'The columns that the attempt, or the record, changed on leads that it found: each is to be restored, or is left. '
    'What holds value and base of before has an empty why: nothing is to be done, but it is noted.';

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
                filter (where why <> ''),
            '[]'
        )
    )
    from unnest(p_takings)
$$;
comment on function leadsync.told is 'Takings as leadsync_undo answers them.';

create or replace function leadsync.note_undone(
    p_takings leadsync.taking[], p_attempt uuid, p_undone uuid
) returns void
language sql
set search_path = ''
as $$
    update leadsync.journal as j
    set undoes = u.undoes
    from (
        select j.id, jsonb_object_agg(s.field, s.first_id) as undoes
        from leadsync.standing_writes(
            array(select distinct lead_id from unnest(p_takings)), p_undone, p_takings[1].source,
            p_takings[1].source_id, p_attempt, array(select distinct field from unnest(p_takings))
        ) as s
        join leadsync.journal as j on j.lead_id = s.lead_id and j.attempt_id = p_attempt and j.after ? s.field
        where s.first_id is not null
        group by j.id
    ) as u
    where j.id = u.id
$$;
comment on function leadsync.note_undone is 'Journals which writes the attempt took back.';

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
    v_idle leadsync.taking[] := array(select t from unnest(p_takings) as t where t.why = '');
begin
    perform leadsync.journal_bases(v_taken, p_attempt, p_why);
    perform leadsync.journal_bases(v_idle, p_attempt, p_why);
    perform leadsync.note_undone(v_taken || v_idle, p_attempt, p_undone);
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

drop function if exists leadsync.last_words(uuid[], uuid, text, text);

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
