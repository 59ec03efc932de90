-- An undo that died is noticed by the next attempt of any flow: another undo may not come for years.

create or replace function leadsync.crash_silent(p_flow text, p_by uuid) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_attempt uuid;
begin
    -- A row that another call holds is beating or being closed right now.
    for v_attempt in
        select attempt_id
        from leadsync.attempts
        where flow in (p_flow, 'undo')
            and status = 'running'
            and attempt_id <> p_by
            and beat_at < clock_timestamp() - interval '2 minutes'
        for update skip locked
    loop
        update leadsync.attempts
        set status = 'crashed', finished_at = clock_timestamp(), closed_by = p_by
        where attempt_id = v_attempt;
        delete from leadsync.batches where attempt_id = v_attempt;
        perform leadsync.project(v_attempt);
    end loop;
end
$$;
comment on function leadsync.crash_silent is
    'Closes the flow''s attempts without a sign of life for 2 minutes, and such undos.';

revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
