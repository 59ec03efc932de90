-- What leadsync remembers: a schema of its own that the REST API does not expose. Every file of this folder can be
-- run again on a database that has it.

create schema if not exists leadsync;
comment on schema leadsync is
    'State of leadsync. Read and written only through the functions public.leadsync_*. Whoever writes to '
    'leadsync.records takes the turn first: perform leadsync.take_turn().';
revoke all on schema leadsync from public, anon, authenticated, service_role;

create table if not exists leadsync.installation (
    id uuid primary key default gen_random_uuid(),
    installed_at timestamptz not null default now(),
    single boolean not null default true unique check (single)
);
comment on table leadsync.installation is
    'One row. Its id tells this database from any other, so that a source which is the same database is noticed.';
insert into leadsync.installation default values on conflict (single) do nothing;

create or replace function leadsync.unaccounted(p_counts jsonb) returns bigint
language sql immutable
set search_path = ''
as $$
    select coalesce((p_counts ->> 'fetched')::bigint, 0) - coalesce(sum((p_counts ->> place)::bigint), 0)::bigint
    from unnest(array['inserted', 'updated', 'unchanged', 'review', 'rejected', 'ignored']) as place
$$;
comment on function leadsync.unaccounted is 'Records fetched that ended nowhere; 0 when the counts balance.';

create table if not exists leadsync.attempts (
    attempt_id uuid primary key,
    flow text not null,
    source text not null check (source in ('zoho', 'portal')),
    mode text,
    trigger text,
    flow_run_id uuid,
    since timestamptz,
    status text not null default 'running'
        check (status in ('running', 'completed', 'findings', 'skipped', 'failed', 'crashed')),
    started_at timestamptz not null default clock_timestamp(),
    beat_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    window_from timestamptz,
    window_to timestamptz,
    watermark timestamptz,
    counts jsonb not null default '{}',
    errors jsonb not null default '[]',
    closed_by uuid,
    constraint attempts_balance
        check (status not in ('completed', 'findings') or leadsync.unaccounted(counts) = 0),
    constraint attempts_end check ((status = 'running') = (finished_at is null))
);
create index if not exists attempts_running on leadsync.attempts (flow) where status = 'running';
create index if not exists attempts_started on leadsync.attempts (source, started_at desc);
comment on table leadsync.attempts is 'One row an attempt that reached the backoffice, whatever became of it.';
comment on column leadsync.attempts.since is 'The start that the caller asked for, if any.';
comment on column leadsync.attempts.beat_at is 'Last sign of life; after 2 minutes without one it counts as crashed.';
comment on column leadsync.attempts.watermark is 'What its end moved the watermark to; null when it did not.';
comment on column leadsync.attempts.errors is 'List of {system, cause, cure}; no personal data.';
comment on column leadsync.attempts.closed_by is 'The attempt whose opening closed this one as crashed.';

create table if not exists leadsync.watermarks (
    source text primary key,
    watermark timestamptz not null,
    attempt_id uuid not null,
    moved_at timestamptz not null default clock_timestamp()
);
comment on table leadsync.watermarks is 'Per source: everything modified before this time is accounted for.';

create table if not exists leadsync.records (
    source text not null check (source in ('zoho', 'portal')),
    source_id text not null,
    place text not null check (place in ('linked', 'review', 'dead_letter', 'ignored', 'forgotten')),
    lead_id uuid,
    reason text,
    digest text,
    snapshot jsonb,
    content jsonb,
    email text,
    claim text,
    candidates uuid[],
    notes jsonb,
    decision text check (decision in ('same', 'separate', 'ignore')),
    decision_lead uuid,
    decided_at timestamptz,
    decided_by text,
    deleted_at_source timestamptz,
    first_seen_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(),
    seen_by uuid,
    placed_at timestamptz not null default clock_timestamp(),
    primary key (source, source_id),
    constraint records_linked check (place <> 'linked' or (lead_id is not null and content is null)),
    constraint records_named check (place in ('linked', 'forgotten') or reason is not null)
) with (fillfactor = 85);
create index if not exists records_lead on leadsync.records (lead_id) where lead_id is not null;
create index if not exists records_email on leadsync.records (email) where email is not null;
create index if not exists records_claim on leadsync.records (claim) where claim is not null;
create index if not exists records_waiting on leadsync.records (place, placed_at) where place <> 'linked';
comment on table leadsync.records is
    'One row a source record: its key says that a record is in one place only and belongs to one lead at most.';
comment on column leadsync.records.source_id is 'Its id at the source; digest:… for a dead letter without one.';
comment on column leadsync.records.lead_id is
    'The lead it belongs to. Stays while a linked record waits in review or is a dead letter. Not a foreign key: '
    'the company''s table owes us nothing.';
comment on column leadsync.records.reason is 'Why it is not linked.';
comment on column leadsync.records.digest is 'Hash of the source''s latest row, applied or not.';
comment on column leadsync.records.snapshot is
    'What the source said when it was last applied; null until then. email and claim go with it once there is a lead.';
comment on column leadsync.records.content is 'The whole record while it waits in review or is a dead letter.';
comment on column leadsync.records.email is 'Its e-mail, normalised.';
comment on column leadsync.records.claim is 'The zoho id that a portal row claims.';
comment on column leadsync.records.candidates is 'Leads it could belong to, while in review.';
comment on column leadsync.records.notes is 'Possible duplicates: list of {kind, lead_id}.';
comment on column leadsync.records.decision is 'What a person said; it is carried out once decided_at <= placed_at.';
comment on column leadsync.records.decision_lead is 'The lead that a decision ''same'' binds it to.';
comment on column leadsync.records.seen_by is 'The attempt that read it last.';
comment on column leadsync.records.placed_at is 'When it was last put in its place; a mere look does not count.';

create table if not exists leadsync.bases (
    lead_id uuid primary key,
    columns jsonb not null
);
comment on table leadsync.bases is
    'Per lead what the sync last wrote or adopted: {column: {value, origin}}. One value a lead, because a lead''s '
    'columns are always read together.';

create table if not exists leadsync.journal (
    id bigint generated always as identity primary key,
    attempt_id uuid not null,
    source text not null,
    source_id text not null,
    lead_id uuid not null,
    before jsonb,
    after jsonb not null,
    why jsonb,
    written_at timestamptz not null default clock_timestamp()
);
create index if not exists journal_lead on leadsync.journal (lead_id, id);
create index if not exists journal_attempt on leadsync.journal (attempt_id);
comment on table leadsync.journal is
    'One row a write of a lead, in both directions: the written columns with their values before and after. An '
    'insert has no before. One row a write and not one a column: an insert writes some 45. See leadsync.changes.';
comment on column leadsync.journal.why is '{column: reason}.';

create table if not exists leadsync.conflicts (
    id bigint generated always as identity primary key,
    lead_id uuid not null,
    field text not null,
    source text not null,
    source_id text not null,
    base jsonb,
    ours jsonb,
    theirs jsonb,
    attempt_id uuid not null,
    first_seen_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(),
    closed_at timestamptz
);
create unique index if not exists conflicts_open on leadsync.conflicts (lead_id, field, source)
    where closed_at is null;
comment on table leadsync.conflicts is
    'Disagreements between a source and a person''s value. Open until the field''s base moves, which says that '
    'both sides agreed again.';

create table if not exists leadsync.batches (
    attempt_id uuid not null,
    batch integer not null,
    answer jsonb not null,
    primary key (attempt_id, batch)
);
comment on table leadsync.batches is
    'Answers of leadsync_apply while their attempt runs: an answer may get lost after its commit.';

create table if not exists leadsync.cache (
    key text primary key,
    value jsonb not null,
    expires_at timestamptz not null
);
comment on table leadsync.cache is 'What survives a run''s disk: access token, field metadata.';

create or replace view leadsync.links as
select source, source_id, lead_id, snapshot, digest, notes, deleted_at_source, first_seen_at, seen_at
from leadsync.records
where place = 'linked';

create or replace view leadsync.review_queue as
select source, source_id, lead_id, reason, content, candidates, notes, decision, decision_lead, decided_at,
    decided_by, first_seen_at, seen_at, placed_at
from leadsync.records
where place = 'review';

create or replace view leadsync.dead_letters as
select source, source_id, lead_id, reason, content, first_seen_at, seen_at, placed_at
from leadsync.records
where place = 'dead_letter';

create or replace view leadsync.changes as
select j.id as journal_id, j.attempt_id, j.source, j.source_id, j.lead_id, a.key as field,
    j.before -> a.key as old_value, a.value as new_value, j.why ->> a.key as reason, j.written_at
from leadsync.journal as j
cross join lateral jsonb_each(j.after) as a;
comment on view leadsync.changes is 'The journal, one row a column.';

revoke all on all tables in schema leadsync from public, anon, authenticated, service_role;
revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
