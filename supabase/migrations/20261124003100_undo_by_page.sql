-- What is to be taken back, found for a whole page at once: each lead is read once, however many columns were written.

create or replace function leadsync.rows_of(p_leads uuid[]) returns table (lead_id uuid, content jsonb)
language sql stable
set search_path = ''
as $$
    select l.id, to_jsonb(l) from public.leads as l where l.id = any(p_leads)
$$;
comment on function leadsync.rows_of is 'The leads as they stand.';

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
    touched as materialized (
        select distinct w.lead_id
        from leadsync.last_words(array(select lead_id from birth), p_undone, p_source, p_source_id) as w
        join lead as l using (lead_id)
        where l.content -> w.field is distinct from w.after
    ),
    followed as materialized (
        select distinct on (j.lead_id) j.lead_id, j.attempt_id
        from leadsync.journal as j
        where j.lead_id in (select lead_id from birth) and j.attempt_id <> p_undone
        order by j.lead_id, j.id desc
    )
    select
        b.lead_id, case when y.why is null then 'deleted_at' end, b.source, b.source_id,
        'null'::jsonb, to_jsonb(clock_timestamp()), null::jsonb, y.why
    from birth as b
    left join lead as l using (lead_id)
    left join followed as f using (lead_id)
    cross join lateral (
        select case
            when l.content is null then 'the lead is gone'
            when p_undone is null then 'this record made the lead'
            when l.content ->> 'deleted_at' is not null then 'it is deleted already'
            when f.attempt_id is not null then format('attempt %s wrote to it since', f.attempt_id)
            when b.lead_id in (select lead_id from touched) then 'it was changed in the backoffice since'
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
    word as materialized (
        select *
        from leadsync.last_words(
            array(
                select unnest(p_leads)
                except
                select lead_id from leadsync.births(p_leads, p_undone, p_source, p_source_id)
            ),
            p_undone, p_source, p_source_id
        )
    )
    select w.lead_id, w.field, w.source, w.source_id, w.after, w.before, w.base, y.why
    from word as w
    left join lead as l using (lead_id)
    left join leadsync.bases as b using (lead_id)
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

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
