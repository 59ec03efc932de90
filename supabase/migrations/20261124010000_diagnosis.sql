-- What `leadsync doctor` asks of the backoffice. Nothing here writes.

create or replace function leadsync.lead_defaults() returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
    v_column record;
    v_value jsonb;
    v_row jsonb := '{}';
begin
    for v_column in
        select name, default_value
        from leadsync.lead_columns
        -- A sequence must not move because somebody asked.
        where default_value is not null and default_value !~* 'nextval'
    loop
        begin
            execute format('select to_jsonb(%s)', v_column.default_value) into v_value;
            v_row := v_row || jsonb_build_object(v_column.name, v_value);
        exception when others then
            null;  -- one that cannot be told is left out
        end;
    end loop;
    return v_row;
end
$$;
comment on function leadsync.lead_defaults is 'A row of public.leads that only its defaults fill.';

create or replace function leadsync.probe(p_row jsonb, p_check text) returns text
language plpgsql stable
set search_path = ''
as $$
declare
    v_accepted boolean;
begin
    execute format('select (%s) is not false from jsonb_populate_record(null::public.leads, $1) as leads', p_check)
    into v_accepted
    using p_row;
    return case when not v_accepted then '23514' end;
exception when others then
    return sqlstate;
end
$$;
comment on function leadsync.probe is 'The SQLSTATE that a check has for a row of public.leads, or null if it takes it.';

create or replace function leadsync.lead_checks(p_probes jsonb) returns jsonb
language sql stable
set search_path = ''
as $$
    with probes as (
        select p.key as name, d.defaults || p.value as content
        from jsonb_each(p_probes) as p
        cross join (select leadsync.lead_defaults() as defaults) as d
    ),
    checks as (
        -- What no column can hold is refused before any check is asked.
        select null as name, 'true' as expression, array[]::smallint[] as columns
        union all
        select conname, pg_get_expr(conbin, conrelid), conkey
        from pg_constraint
        where conrelid = 'public.leads'::regclass and contype = 'c'
    )
    select coalesce(jsonb_agg(jsonb_build_object('name', name, 'columns', columns, 'refused', refused)), '[]')
    from (
        select
            c.name,
            array(
                select attname from pg_attribute
                where attrelid = 'public.leads'::regclass and attnum = any(c.columns)
            ) as columns,
            array(
                select p.name
                from probes as p
                where leadsync.probe(p.content, c.expression) is not null
                    and (c.name is null or leadsync.probe(p.content, 'true') is null)
                order by p.name
            ) as refused
        from checks as c
    ) as r
    where refused <> '{}'
$$;
comment on function leadsync.lead_checks is
    'Which of the probes, rows of public.leads by name, its checks refuse; a check without a name is the columns'' types.';

create or replace function leadsync.lead_uniques() returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'name', n.relname,
        'partial', i.indpred is not null,
        'columns', array(
            select distinct a.attname
            from pg_attribute as a
            where a.attrelid = i.indrelid
                and (
                    a.attnum = any(i.indkey)
                    or exists (
                        select from pg_depend as d
                        where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                            and d.refobjid = i.indrelid and d.refobjsubid = a.attnum
                    )
                )
                and a.attnum > 0
        )
    )), '[]')
    from pg_index as i
    join pg_class as n on n.oid = i.indexrelid
    where i.indrelid = 'public.leads'::regclass and not i.indisprimary and (i.indisunique or i.indisexclusion)
$$;
comment on function leadsync.lead_uniques is 'Rules of public.leads that let a value be there only once.';

create or replace function leadsync.lead_statuses() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
    if not exists (select from leadsync.lead_columns where name = 'status') then
        return '{}';
    end if;
    return (
        select coalesce(jsonb_object_agg(s.status, s.leads), '{}')
        from (
            select l.status::text as status, count(*) as leads
            from public.leads as l
            where l.deleted_at is null and l.status is not null
            group by 1
            order by 2 desc
            limit 50
        ) as s
    );
end
$$;
comment on function leadsync.lead_statuses is 'The 50 most frequent words that leads have for their status.';

create or replace function leadsync.lead_duplicates() returns jsonb
language sql stable
set search_path = ''
as $$
    -- One key after the other: all at once take four times as long.
    select jsonb_object_agg(d.key, jsonb_build_object('keys', d.keys, 'leads', d.leads))
    from (
        select 'zoho_lead_id' as key, count(*) as keys, coalesce(sum(g.leads), 0) as leads
        from (
            select count(*) as leads
            from public.leads
            where deleted_at is null and zoho_lead_id::text <> ''
            group by zoho_lead_id::text
            having count(*) > 1
        ) as g
        union all
        select 'portal_lead_id', count(*), coalesce(sum(g.leads), 0)
        from (
            select count(*) as leads
            from public.leads
            where deleted_at is null and portal_lead_id::text <> ''
            group by portal_lead_id::text
            having count(*) > 1
        ) as g
        union all
        select 'email', count(*), coalesce(sum(g.leads), 0)
        from (
            select count(*) as leads
            from public.leads
            where deleted_at is null and lower(btrim(email::text)) <> ''
            group by lower(btrim(email::text))
            having count(*) > 1
        ) as g
    ) as d
$$;
comment on function leadsync.lead_duplicates is
    'Per key: how many values several live leads share, and how many leads those are.';

create or replace function leadsync.last_attempts() returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(to_jsonb(a) - 'n' order by a.started_at desc), '[]')
    from (
        select
            attempt_id, flow, trigger, status, started_at, finished_at, errors -> 0 as error,
            status = 'running' and beat_at < clock_timestamp() - interval '2 minutes' as silent,
            row_number() over (partition by flow order by started_at desc) as n
        from leadsync.attempts
        where started_at > clock_timestamp() - interval '60 days'
    ) as a
    where a.n <= 20
$$;
comment on function leadsync.last_attempts is 'The last 20 attempts of each flow, the last one first.';

create or replace function public.leadsync_diagnosis(p_probes jsonb) returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    select jsonb_build_object(
        'now', clock_timestamp(),
        'leads', (select count(*) from public.leads where deleted_at is null),
        'checks', leadsync.lead_checks(coalesce(p_probes, '{}')),
        'uniques', leadsync.lead_uniques(),
        'references', (
            select coalesce(jsonb_agg(jsonb_build_object('name', c.conname, 'columns', array(
                select attname from pg_attribute where attrelid = c.conrelid and attnum = any(c.conkey)
            ))), '[]')
            from pg_constraint as c
            where c.conrelid = 'public.leads'::regclass and c.contype = 'f'
        ),
        'fillers', (
            -- A row's BEFORE INSERT triggers: they may fill what must not be null.
            select count(*)
            from pg_trigger
            where tgrelid = 'public.leads'::regclass and not tgisinternal and tgtype & 7 = 7
        ),
        'statuses', leadsync.lead_statuses(),
        'duplicates', leadsync.lead_duplicates(),
        'attempts', leadsync.last_attempts()
    )
$$;
comment on function public.leadsync_diagnosis is
    'leadsync: what doctor asks: rules of leads that would refuse the probes, words, doubles, the last attempts.';
revoke all on function public.leadsync_diagnosis from public, anon, authenticated;
grant execute on function public.leadsync_diagnosis to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
