-- What a later record of a batch rests on: the plan for it took for granted that earlier ones come about. Where one does
-- not, because it raced or the database refused it, those that rest on it are planned again as well.

create or replace function leadsync.resting(p_items leadsync.item[], p_failed integer[]) returns integer[]
language sql stable
set search_path = ''
as $$
    with failed as (
        select lead_id, min(n) as n
        from unnest(p_items)
        where n = any(p_failed) and lead_id is not null
        group by lead_id
    )
    select coalesce(array_agg(distinct i.n), '{}')
    from (
        select n, lead_id from unnest(p_items) where seen is not null
        union all
        select w.n, c.lead_id from unnest(p_items) as w cross join lateral unnest(w.candidates) as c (lead_id)
    ) as i
    join failed as f using (lead_id)
    where i.n > f.n and i.n <> all(p_failed)
$$;
comment on function leadsync.resting is
    'The items that rest on one of those that failed: on what it was to write to their lead, or on the lead it was to '
    'make as a candidate.';

create or replace function leadsync.holding(p_source text, p_items leadsync.item[]) returns leadsync.item[]
language plpgsql stable
set search_path = ''
as $$
declare
    v_failed integer[];
begin
    with keys as (
        select coalesce(
            jsonb_agg((seen::jsonb -> 'keys') || jsonb_build_object('n', n, 'source_id', source_id)), '[]'
        ) as keys
        from unnest(p_items)
        where seen is not null
    )
    select coalesce(array_agg(i.n), '{}') into v_failed
    from (
        select
            u.n, u.source_id, u.seen, u.action, u.digest, row_number() over (partition by u.source_id order by u.n) as turn
        from unnest(p_items) as u
    ) as i
    left join (select s.n, s.seen from keys cross join lateral leadsync.look_2(p_source, keys.keys) as s) as s using (n)
    left join leadsync.settled as t on t.source = p_source and t.source_id = i.source_id
    where not coalesce(
        i.turn = 1
        and case
            when i.seen is not null then s.seen = i.seen
            when i.action = 'unchanged' then t.digest = coalesce(i.digest, t.digest)
            else i.action in ('rejected', 'ignored')
        end,
        false
    );
    if v_failed <> '{}' then
        v_failed := v_failed || leadsync.resting(p_items, v_failed);
    end if;
    return array(select u from unnest(p_items) as u where u.n <> all(v_failed) order by u.n);
end
$$;
comment on function leadsync.holding is
    'The items whose ground has not moved. Without seen nothing is known of a record but what leadsync.settled says. '
    'Of two items of one record the later one has no ground either: the first moves it. What rests on an item whose '
    'ground has moved has none.';

create or replace function leadsync.outcomes(
    p_items leadsync.item[], p_held leadsync.item[], p_done leadsync.done[]
) returns leadsync.done[]
language plpgsql stable
set search_path = ''
as $$
declare
    v_refused integer[] := array(select n from unnest(p_done) where outcome = 'rejected');
    v_resting integer[] := case when v_refused = '{}' then v_refused else leadsync.resting(p_held, v_refused) end;
begin
    return (
        select array_agg(row(
            i.n, i.lead_id,
            case
                when h.n is null then 'raced'
                when i.action in ('insert', 'update') then coalesce(d.outcome, 'raced')
                when i.n = any(v_resting) then 'raced'
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
comment on function leadsync.outcomes is
    'What becomes of every item of the plan, in order. An item that writes nothing but rests on one that the database '
    'refused is to be planned again.';

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
