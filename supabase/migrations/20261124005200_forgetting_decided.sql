-- A record that a person has parted from its lead is not the lead's, even before a run has carried that out.

create or replace function leadsync.lead_of(p_record leadsync.records) returns uuid
language sql immutable
set search_path = ''
as $$
    select case
        when p_record.decided_at > p_record.placed_at and p_record.decision = 'same' then p_record.decision_lead
        when p_record.decided_at > p_record.placed_at and p_record.decision = 'separate' then null
        when leadsync.turned_into_another(p_record) then null
        when p_record.decision = 'same' then coalesce(p_record.lead_id, p_record.decision_lead)
        else p_record.lead_id
    end
$$;
comment on function leadsync.lead_of is 'The lead whose person a record speaks of, as far as is known or decided.';

create or replace function leadsync.of_person(p_lead uuid, p_source text, p_source_id text, p_emails text[])
returns setof leadsync.records
language sql stable
set search_path = ''
as $$
    select r.*
    from leadsync.records as r
    where (r.source = p_source and r.source_id = p_source_id)
        or (p_lead in (r.lead_id, r.decision_lead) and leadsync.lead_of(r) = p_lead)
        or (r.place = 'ignored' and r.lead_id is null and r.email = any(p_emails))
$$;
comment on function leadsync.of_person is
    'The record itself, those of the lead, and those that were left alone and have one of the addresses: of these '
    'nothing is kept but that, and forgotten they are left alone as before.';

create or replace function leadsync.detach(p_lead uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    update leadsync.records as r
    set lead_id = null, snapshot = null, email = null, claim = null, session = null, decision = null,
        decision_lead = null, decided_at = null, decided_by = null
    where r.lead_id = p_lead and leadsync.turned_into_another(r);

    update leadsync.records
    set lead_id = null
    where lead_id = p_lead and place <> 'linked';

    update leadsync.records
    set candidates = array_remove(candidates, p_lead)
    where place <> 'linked' and candidates @> array[p_lead];

    update leadsync.records as r
    set notes = (
        select coalesce(jsonb_agg(n), '[]')
        from jsonb_array_elements(r.notes) as n
        where n ->> 'lead_id' is distinct from p_lead::text
    )
    where r.notes @> jsonb_build_array(jsonb_build_object('lead_id', p_lead));
end
$$;
comment on function leadsync.detach is 'Other people''s records stop naming the lead; what waits goes on waiting.';

create or replace function public.leadsync_forget(
    p_erasure uuid, p_subject jsonb, p_keys jsonb, p_anonymise jsonb, p_by text
) returns jsonb
language plpgsql security definer
set search_path = ''
set timezone = 'UTC'
set lock_timeout = '3s'
set jit = off
as $$
declare
    v_emails text[] := array(select jsonb_array_elements_text(p_keys -> 'emails'));
    v_anonymise jsonb := nullif(p_anonymise, 'null');
    v_source text := p_subject ->> 'source';
    v_source_id text := p_subject ->> 'source_id';
    v_lead uuid;
    v_mine leadsync.records[];
    v_waiting jsonb;
    v_answer jsonb;
begin
    perform leadsync.take_turn();
    select answer into v_answer from leadsync.erasures where id = p_erasure;
    if found then
        return v_answer;
    end if;
    v_lead := coalesce((p_subject ->> 'lead_id')::uuid, (
        select r.lead_id
        from leadsync.records as r
        where r.source = v_source and r.source_id = v_source_id and leadsync.lead_of(r) = r.lead_id
    ));
    perform from public.leads where id = v_lead for no key update;
    v_mine := array(select r from leadsync.of_person(v_lead, v_source, v_source_id, v_emails) as r);
    select coalesce(jsonb_agg(jsonb_build_object('source', w.source, 'source_id', w.source_id)), '[]') into v_waiting
    from leadsync.waiting_with(v_lead, v_emails) as w
    where (w.source, w.source_id) not in (select source, source_id from unnest(v_mine));

    insert into leadsync.erasures (id, erased_by, lead_anonymised, records)
    values (p_erasure, p_by, false, cardinality(v_mine));
    perform leadsync.bury(p_erasure, v_lead, p_subject, p_keys, v_mine);
    perform leadsync.wipe(v_lead, v_mine);
    v_answer := jsonb_build_object(
        'records', cardinality(v_mine),
        'lead_anonymised', v_anonymise is not null and leadsync.anonymise(v_lead, v_anonymise),
        'waiting', jsonb_array_length(v_waiting),
        'untouched', case when v_anonymise is null then '[]' else leadsync.untouched(v_lead, v_anonymise) end,
        'children', leadsync.children(v_lead)
    );
    update leadsync.erasures
    set answer = v_answer, lead_anonymised = (v_answer ->> 'lead_anonymised')::boolean
    where id = p_erasure;
    return v_answer || jsonb_build_object('look_at', v_waiting);
end
$$;
comment on function public.leadsync_forget is
    'leadsync: removes a person from our schema and, if asked, from their lead, and leaves tombstones.';
revoke all on function public.leadsync_forget from public, anon, authenticated;
grant execute on function public.leadsync_forget to service_role;

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
