-- What comparing everything needs to know: which records a source is known to have, and which leads share a key.

create or replace function public.leadsync_known(
    p_source text, p_before timestamptz, p_after text, p_limit integer
) returns jsonb
language sql stable security definer
set search_path = ''
as $$
    select coalesce(
        jsonb_agg(jsonb_build_object('source_id', k.source_id, 'lead_id', k.lead_id) order by k.source_id), '[]'
    )
    from (
        select source_id, lead_id
        from leadsync.records
        where source = p_source and source_id > p_after and deleted_at_source is null and first_seen_at < p_before
        order by source_id
        limit least(p_limit, 10000)
    ) as k
$$;
comment on function public.leadsync_known is
    'leadsync: the next records of a source, by id, that were known before a time and are not known to be deleted.';
revoke all on function public.leadsync_known from public, anon, authenticated;
grant execute on function public.leadsync_known to service_role;

create or replace function public.leadsync_doubles(p_limit integer) returns jsonb
language sql stable security definer
set search_path = ''
as $$
    with keyed as (
        select 'zoho_lead_id' as key, zoho_lead_id::text as value, id
        from public.leads where deleted_at is null and zoho_lead_id <> ''
        union all
        select 'portal_lead_id', portal_lead_id::text, id
        from public.leads where deleted_at is null and portal_lead_id is not null
        union all
        select 'e-mail', lower(btrim(email::text)), id
        from public.leads where deleted_at is null and btrim(email::text) like '%_@_%'
    ),
    doubled as (
        select key, min(id::text) as first, jsonb_agg(id order by id) as leads, count(*) as leads_in_all
        from keyed
        group by key, value
        having count(*) > 1
    )
    select jsonb_build_object(
        'groups', (select count(*) from doubled),
        'first', (
            select coalesce(jsonb_agg(jsonb_build_object('key', d.key, 'leads', d.leads) order by d.key, d.first), '[]')
            from (select * from doubled order by key, first limit p_limit) as d
        )
    )
$$;
comment on function public.leadsync_doubles is
    'leadsync: how many groups of leads share an id or an address, and the first of them; without the shared value.';
revoke all on function public.leadsync_doubles from public, anon, authenticated;
grant execute on function public.leadsync_doubles to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
