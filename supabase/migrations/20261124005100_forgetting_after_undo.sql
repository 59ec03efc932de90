-- An undo notes in the journal which records it sent to review: a forgotten person's are struck out there too.

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
    set before = j.before - t.fields, after = j.after - t.fields, why = j.why - t.fields, bases = j.bases - t.fields,
        records = (
            select jsonb_agg(e)
            from jsonb_array_elements(j.records) as e
            where (e ->> 'source', e ->> 'source_id') not in (select source, source_id from unnest(p_mine))
        )
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
    'journal, and later ones lose those columns and their names, and a base that is theirs becomes empty, so that the value counts as a '
    'colleague''s.';

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
