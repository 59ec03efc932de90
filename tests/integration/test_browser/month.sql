-- A busy month: runs of all outcomes, a first import, what waits for a person. Times go back from now.
insert into leadsync.attempts (attempt_id, flow, source, status, started_at, beat_at, finished_at, watermark, counts, cost, errors)
select
    gen_random_uuid(), 'primary-zoho-sync', 'zoho', status, at, at, at + interval '20 seconds',
    case when status in ('completed', 'findings') then at end,
    jsonb_build_object('fetched', 6, 'inserted', n % 3, 'updated', 6 - n % 3),
    jsonb_build_object('calls', 3 + n % 4, 'credits', 3 + n % 4, 'tokens', 1, 'credits_left', case n when 50 then 2413 end),
    case when status = 'failed' then '[{"system": "Zoho", "cause": "it did not answer in time", "cure": "Try again later."}]'
        else '[]' end::jsonb
from (
    select
        n, clock_timestamp() - make_interval(mins => 60 * n + 12) as at,
        case when n between 147 and 150 or n = 300 then 'failed' when n = 410 then 'crashed' when n % 19 = 4 then 'findings'
            else 'completed' end as status
    from generate_series(0, 27 * 24) as n
    where n not between 330 and 335
) as hours;

insert into leadsync.attempts (attempt_id, flow, source, status, started_at, finished_at, watermark, counts)
select
    gen_random_uuid(), flow, source, case when n = 9 then 'failed' else 'completed' end, at, at + interval '40 seconds', at,
    '{"fetched": 2, "inserted": 0, "unchanged": 2}'
from (
    select n, 'backup-portal-sync' as flow, 'portal' as source, clock_timestamp() - make_interval(days => n, hours => 9) as at
    from generate_series(0, 26) as n
    union all
    select n, 'reconcile-zoho', 'zoho', clock_timestamp() - make_interval(days => 7 * n + 2) from generate_series(0, 3) as n
) as days;

with met as (
    select n, gen_random_uuid() as lead_id, clock_timestamp() - case
        when n <= 4000 then interval '27 days' else make_interval(hours => (n * 37) % 620) end as at
    from generate_series(1, 4240) as n
)
insert into leadsync.records (source, source_id, place, lead_id, first_seen_at, placed_at)
select 'zoho', '7' || n, 'linked', lead_id, at, at from met where n % 11 <> 0
union all
select 'portal', gen_random_uuid()::text, 'linked', lead_id, at, at from met where n % 11 = 0 or n % 4 = 0;

insert into leadsync.records (source, source_id, place, reason, placed_at)
select
    'zoho', '8' || n, case when n % 6 = 0 then 'dead_letter' else 'review' end,
    case when n % 6 = 0 then 'neither e-mail nor phone' when n % 2 = 0 then 'identity changed' else 'was deleted' end,
    clock_timestamp() - make_interval(hours => 11 * n)
from generate_series(1, 20) as n;

insert into leadsync.conflicts (lead_id, field, source, source_id, ours, theirs, attempt_id, first_seen_at)
select gen_random_uuid(), 'phone', 'zoho', '7' || n, '"a"', case when n % 3 > 0 then '"b"'::jsonb end, gen_random_uuid(),
    clock_timestamp() - make_interval(days => n)
from generate_series(0, 40) as n;

insert into public.leads (name, email, phone)
select 'Person ' || n, 'person' || n || '@mail.example', '+356 9900 0000' from generate_series(1, 4300) as n;
