-- What waits for a person, and what a person decides.

create or replace view leadsync.recalled as
select source, source_id, content, snapshot, claim
from leadsync.records
where (decided_at > placed_at or recalled_at > placed_at) and (content is not null or snapshot is not null);
comment on view leadsync.recalled is
    'Records that the next run of their source takes up without being sent them: a person decided, or asked for it. '
    'Without content the snapshot speaks for them; with neither, they wait until their source sends them.';
revoke all on leadsync.recalled from public, anon, authenticated, service_role;

create or replace function public.leadsync_recalled(p_source text, p_after text, p_limit integer) returns jsonb
language sql stable security definer
set search_path = ''
as $$
    select coalesce(jsonb_agg(to_jsonb(r) - 'source' order by r.source_id), '[]')
    from (
        select *
        from leadsync.recalled
        where source = p_source and source_id > coalesce(p_after, '')
        order by source_id
        limit least(coalesce(p_limit, 1000), 1000)
    ) as r
$$;
comment on function public.leadsync_recalled is 'leadsync: the next records that a person asked to take up again.';
revoke all on function public.leadsync_recalled from public, anon, authenticated;
grant execute on function public.leadsync_recalled to service_role;

create or replace function public.leadsync_waiting() returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    select jsonb_build_object(
        'records', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'source', source, 'source_id', source_id, 'place', place, 'reason', reason, 'lead_id', lead_id,
                'candidates', candidates, 'since', placed_at, 'decision', case when decided_at > placed_at then decision end,
                'decision_lead', case when decided_at > placed_at then decision_lead end,
                'recalled', coalesce(recalled_at > placed_at, false)
            ) order by placed_at, source, source_id), '[]')
            from leadsync.records
            where place in ('review', 'dead_letter')
        ),
        'conflicts', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'lead_id', lead_id, 'field', field, 'source', source, 'source_id', source_id, 'since', first_seen_at,
                'kind', case when theirs is null then 'cleared at source' else 'changed here' end
            ) order by first_seen_at, id), '[]')
            from leadsync.conflicts
            where closed_at is null
        )
    )
$$;
comment on function public.leadsync_waiting is 'leadsync: all that waits for a person, oldest first, without content.';
revoke all on function public.leadsync_waiting from public, anon, authenticated;
grant execute on function public.leadsync_waiting to service_role;

create or replace function leadsync.begin_decision(p_source text, p_by text) returns uuid
language sql
set search_path = ''
as $$
    insert into leadsync.attempts (attempt_id, flow, source, mode, trigger)
    values (gen_random_uuid(), 'review', p_source, 'decision', p_by)
    returning attempt_id
$$;
comment on function leadsync.begin_decision is 'An attempt for a decision that changes a lead at once.';

create or replace function leadsync.end_decision(p_attempt uuid) returns void
language sql
set search_path = ''
as $$
    update leadsync.attempts
    set status = 'completed', finished_at = clock_timestamp(), counts = '{"fetched": 1, "updated": 1}'
    where attempt_id = p_attempt;
    select leadsync.project(p_attempt)
$$;
comment on function leadsync.end_decision is 'Completes it; its one record is the one decided on.';

create or replace function leadsync.set_column(
    p_attempt uuid, p_lead uuid, p_source text, p_source_id text, p_field text, p_value jsonb, p_origin text, p_why text
) returns text
language plpgsql
set search_path = ''
as $$
declare
    v_done leadsync.done[];
begin
    v_done := leadsync.write(
        array[jsonb_populate_record(null::leadsync.item, jsonb_build_object(
            'n', 1, 'source_id', p_source_id, 'action', 'restore', 'lead_id', p_lead,
            'values', jsonb_build_object(p_field, p_value), 'why', jsonb_build_object(p_field, p_why)
        ))],
        p_attempt, p_source
    );
    if v_done[1].remark is not null then
        return v_done[1].remark;
    end if;
    insert into leadsync.bases as b (lead_id, columns)
    select l.id, jsonb_build_object(
        p_field, jsonb_build_object('value', to_jsonb(l) -> p_field, 'origin', p_origin)
    )
    from public.leads as l
    where l.id = p_lead
    on conflict (lead_id) do update set columns = b.columns || excluded.columns;
    return null;
end
$$;
comment on function leadsync.set_column is
    'Writes one column of a lead exactly, journals it, and lets the base follow. Returns why it was refused, or null.';

create or replace function leadsync.release_id(p_attempt uuid, p_lead uuid, p_source text, p_source_id text)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_field text := p_source || '_lead_id';
begin
    if (select to_jsonb(l) ->> v_field from public.leads as l where l.id = p_lead) = p_source_id then
        perform leadsync.set_column(
            p_attempt, p_lead, p_source, p_source_id, v_field, null, 'backoffice',
            'the record is not this lead''s any more'
        );
    end if;
end
$$;
comment on function leadsync.release_id is 'Takes a record''s id from a lead that it does not belong to.';

create or replace function leadsync.made_by(p_lead uuid, p_source text, p_source_id text) returns boolean
language sql stable
set search_path = ''
as $$
    select exists (select from leadsync.births(array[p_lead], null, p_source, p_source_id))
$$;
comment on function leadsync.made_by is 'Whether the record''s insert made the lead.';

create or replace function leadsync.objection(p_record leadsync.records, p_decision text, p_lead uuid) returns text
language sql stable
set search_path = ''
as $$
    select case
        when p_record.source_id is null then 'there is no such record'
        when p_decision not in ('same', 'separate', 'ignore', 'retry', 'split') then 'there is no such decision'
        when p_decision = 'split' and p_record.lead_id is distinct from p_lead then 'it is not linked to that lead'
        when p_decision = 'split' and leadsync.made_by(p_lead, p_record.source, p_record.source_id)
            then 'this record made the lead: split the other records from it instead'
        when p_decision = 'split' then null
        when p_record.place = 'linked' then format(
            'it does not wait: it is linked to lead %s, from which split would part it', p_record.lead_id
        )
        when p_decision = 'retry' and p_record.place = 'ignored' then 'it does not wait'
        when p_decision = 'same' and p_lead is null then 'same needs a lead'
        when p_decision = 'same' and not exists (
            select from public.leads where id = p_lead and deleted_at is null
        ) then 'there is no such lead, or it is deleted'
        when p_decision = 'same' and p_record.place = 'dead_letter' then
            'it cannot become a lead as it is: repair it at its source, then retry'
        when p_decision = 'separate' and p_record.place = 'dead_letter' then
            'it cannot become a lead as it is: repair it at its source, then retry'
    end
$$;
comment on function leadsync.objection is 'Why a decision on a record makes no sense; null when it does.';

create or replace function leadsync.part(
    p_record leadsync.records, p_lead uuid, p_everything boolean, p_by text
) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_attempt uuid := leadsync.begin_decision(p_record.source, p_by);
begin
    if p_everything then
        perform leadsync.take_back(v_attempt, p_lead, p_record.source, p_record.source_id);
    end if;
    perform leadsync.release_id(v_attempt, p_lead, p_record.source, p_record.source_id);
    perform leadsync.end_decision(v_attempt);
end
$$;
comment on function leadsync.part is
    'Parts a record from a lead: its id leaves the lead, and with p_everything what it wrote there.';

create or replace function leadsync.decide_record(
    p_source text, p_source_id text, p_decision text, p_lead uuid, p_by text
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    v_record leadsync.records;
    v_objection text;
begin
    select * into v_record from leadsync.records where source = p_source and source_id = p_source_id;
    v_objection := leadsync.objection(v_record, p_decision, p_lead);
    if v_objection is not null then
        return jsonb_build_object('decided', false, 'remark', v_objection);
    end if;
    if p_decision = 'retry' then
        update leadsync.records
        set recalled_at = clock_timestamp()
        where source = p_source and source_id = p_source_id;
    else
        if p_decision = 'split' then
            perform leadsync.part(v_record, v_record.lead_id, true, p_by);
        elsif v_record.lead_id is not null
            and (p_decision = 'separate' or (p_decision = 'same' and p_lead <> v_record.lead_id))
        then
            perform leadsync.part(v_record, v_record.lead_id, false, p_by);
        end if;
        update leadsync.records
        set decision = case when p_decision = 'split' then 'separate' else p_decision end,
            decision_lead = case when p_decision = 'same' then p_lead end,
            decided_at = clock_timestamp(),
            decided_by = p_by,
            place = case when place = 'linked' then 'review' else place end,
            reason = case when place = 'linked' then 'split from its lead' else reason end,
            candidates = case when place = 'linked' then array[lead_id] else candidates end,
            content = coalesce(content, snapshot)
        where source = p_source and source_id = p_source_id;
    end if;
    return jsonb_build_object('decided', true, 'remark', case
        when v_record.content is null and v_record.snapshot is null
            then 'it takes effect when its source sends the record again'
    end);
end
$$;
comment on function leadsync.decide_record is 'Notes what a person says of a record; the next run of its source obeys.';

create or replace function leadsync.decide_conflict(p_lead uuid, p_field text, p_decision text, p_by text)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    v_conflict leadsync.conflicts;
    v_attempt uuid;
    v_value jsonb;
    v_now jsonb;
    v_column leadsync.lead_columns;
    v_refused text;
begin
    select * into v_conflict
    from leadsync.conflicts
    where lead_id = p_lead and field = p_field and closed_at is null
    order by seen_at desc, id desc
    limit 1;
    select * into v_column from leadsync.lead_columns where name = p_field;
    perform leadsync.lock_for_taking(array[p_lead]);
    select to_jsonb(l) -> p_field into v_now from public.leads as l where l.id = p_lead and l.deleted_at is null;
    v_refused := case
        when v_conflict.id is null then 'there is no open conflict of that field on that lead'
        when v_now is null then 'there is no such lead, or it is deleted'
        when p_decision = 'take' and v_conflict.theirs is null then 'its source cleared it: decide clear, or keep'
        when p_decision = 'clear' and v_conflict.theirs is not null then 'its source says something: decide take, or keep'
        when p_decision = 'clear' and not v_column.nullable and v_column.type not in ('text', 'character varying')
            then 'the column cannot be empty'
        when p_decision <> 'keep' and v_now is distinct from coalesce(v_conflict.ours, 'null')
            then 'the lead was changed since: look again'
    end;
    if v_refused is null and p_decision in ('take', 'clear') then
        v_value := case when p_decision = 'take' then v_conflict.theirs when not v_column.nullable then '""' end;
        v_attempt := leadsync.begin_decision(v_conflict.source, p_by);
        v_refused := leadsync.set_column(
            v_attempt, p_lead, v_conflict.source, v_conflict.source_id, p_field, v_value,
            v_conflict.source || ':' || v_conflict.source_id, 'a person decided'
        );
        if v_refused is null then
            perform leadsync.end_decision(v_attempt);
        else
            delete from leadsync.attempts where attempt_id = v_attempt;
        end if;
    end if;
    if v_refused is null then
        update leadsync.conflicts
        set closed_at = clock_timestamp(), decision = p_decision, decided_at = clock_timestamp(), decided_by = p_by
        where lead_id = p_lead and field = p_field and closed_at is null;
    end if;
    -- The same word again, whose first answer may have got lost.
    if v_conflict.id is null and exists (
        select from leadsync.conflicts
        where lead_id = p_lead
            and field = p_field
            and decision = p_decision
            and decided_at > clock_timestamp() - interval '5 minutes'
    ) then
        v_refused := null;
    end if;
    return jsonb_build_object('decided', v_refused is null, 'remark', v_refused);
end
$$;
comment on function leadsync.decide_conflict is
    'Ends a disagreement at once: ours stays, theirs is taken, or ours is emptied because its source emptied it.';

create or replace function public.leadsync_decide(
    p_subject jsonb, p_decision text, p_lead uuid, p_field text, p_by text
) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
set lock_timeout = '3s'
as $$
declare
    v_lead uuid := (p_subject ->> 'lead_id')::uuid;
begin
    perform leadsync.take_turn();
    if p_decision in ('keep', 'take', 'clear') then
        if v_lead is null then
            select lead_id into v_lead
            from leadsync.records
            where source = p_subject ->> 'source' and source_id = p_subject ->> 'source_id';
        end if;
        return leadsync.decide_conflict(v_lead, p_field, p_decision, p_by);
    end if;
    return leadsync.decide_record(
        p_subject ->> 'source', p_subject ->> 'source_id', p_decision, p_lead, p_by
    );
end
$$;
comment on function public.leadsync_decide is 'leadsync: what a person decides on a record, or on a conflict of a lead.';
revoke all on function public.leadsync_decide from public, anon, authenticated;
grant execute on function public.leadsync_decide to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;

notify pgrst, 'reload schema';
