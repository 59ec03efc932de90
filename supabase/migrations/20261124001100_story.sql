-- All that is kept on one lead or one record, for whoever has to judge it: history, export, review.

create or replace function leadsync.around(p_lead uuid, p_source text, p_source_id text)
returns setof leadsync.records
language sql stable
set search_path = ''
as $$
    select r.*
    from leadsync.records as r
    where (r.source = p_source and r.source_id = p_source_id)
        or r.lead_id = p_lead
        or (r.place = 'review' and r.candidates @> array[p_lead])
    order by r.first_seen_at, r.source, r.source_id
$$;
comment on function leadsync.around is 'The record, those linked to the lead, and those that wait and may be its.';

create or replace function public.leadsync_story(p_lead uuid, p_source text, p_source_id text) returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    with subject as (
        select coalesce(p_lead, (
            select lead_id from leadsync.records where source = p_source and source_id = p_source_id
        )) as lead_id
    ),
    written as (
        select j.* from leadsync.journal as j join subject as s using (lead_id) order by j.id
    )
    select jsonb_build_object(
        'lead', (select to_jsonb(l) from public.leads as l join subject as s on s.lead_id = l.id),
        'base', (select b.columns from leadsync.bases as b join subject as s using (lead_id)),
        'records', (
            select coalesce(jsonb_agg(to_jsonb(r)), '[]')
            from subject as s
            cross join lateral leadsync.around(s.lead_id, p_source, p_source_id) as r
        ),
        'journal', (select coalesce(jsonb_agg(to_jsonb(w)), '[]') from written as w),
        'conflicts', (
            select coalesce(jsonb_agg(to_jsonb(c) order by c.id), '[]')
            from leadsync.conflicts as c
            join subject as s using (lead_id)
        ),
        'attempts', (
            select coalesce(jsonb_agg(to_jsonb(a) order by a.started_at), '[]')
            from leadsync.attempts as a
            where a.attempt_id in (select attempt_id from written)
        )
    )
$$;
comment on function public.leadsync_story is 'leadsync: everything that is kept on a lead, or on a record and its lead.';
revoke all on function public.leadsync_story from public, anon, authenticated;
grant execute on function public.leadsync_story to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
