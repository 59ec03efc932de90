-- A record that waited before its person was forgotten, and that shows whose it is only by its new words, leaves what it
-- said before behind: its tombstone is its place now, so its row goes.

create or replace function leadsync.place_records(
    p_items leadsync.item[], p_done leadsync.done[], p_attempt uuid, p_source text
) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_forgotten integer[] := array(
        select n from unnest(p_done) where outcome = 'ignored' and remark = 'its person is forgotten'
    );
begin
    delete from leadsync.records as r
    using unnest(p_items) as i
    where i.n = any(v_forgotten) and r.source = p_source and r.source_id = i.source_id;

    insert into leadsync.records as r (
        source, source_id, place, lead_id, reason, digest, snapshot, content, email, claim, candidates, notes,
        session, seen_by
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
        i.notes, i.session, p_attempt
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
    where d.outcome <> 'raced' and (i.seen is not null or i.action <> 'unchanged') and i.n <> all(v_forgotten)
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
        session = case when excluded.place = 'linked' or r.lead_id is null then excluded.session else r.session end,
        placed_at = case
            when r.place = excluded.place
                and r.reason is not distinct from excluded.reason
                and r.placed_at >= greatest(r.decided_at, r.recalled_at, r.placed_at)
            then r.placed_at
            else excluded.placed_at
        end;
end
$$;
comment on function leadsync.place_records is
    'Puts each record in its place. One that was linked and is not any more keeps its lead, and with it the snapshot '
    'and the keys that it was linked by. Of a forgotten person''s record no row is left.';

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
