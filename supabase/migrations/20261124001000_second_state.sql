-- What deciding, taking back and forgetting need to remember, beside what the first migrations made.

alter table leadsync.records
    add column if not exists session text,
    add column if not exists recalled_at timestamptz;
create index if not exists records_session on leadsync.records (session) where session is not null;
create index if not exists records_recalled on leadsync.records (source, source_id)
    where decided_at > placed_at or recalled_at > placed_at;
comment on column leadsync.records.session is 'The chat session that a lead of the avatar names: its key among doubles.';
comment on column leadsync.records.recalled_at is
    'When a person asked to look at it anew; the next run of its source does, until placed_at is later.';
comment on column leadsync.records.placed_at is
    'When it was put in its place for its reason; to be found there again does not count.';

create or replace view leadsync.recalled as
select source, source_id, content, snapshot, claim
from leadsync.records
where decided_at > placed_at or recalled_at > placed_at;
comment on view leadsync.recalled is
    'Records that the next run of their source takes up without being sent them: a person decided, or asked for it.';
revoke all on leadsync.recalled from public, anon, authenticated, service_role;

alter table leadsync.journal add column if not exists bases jsonb;
comment on column leadsync.journal.bases is
    '{column: {value, origin}} of the written columns before the write; a column without a base is not in it.';

alter table leadsync.conflicts
    add column if not exists decision text check (decision in ('take', 'keep', 'clear')),
    add column if not exists decided_at timestamptz,
    add column if not exists decided_by text;
comment on column leadsync.conflicts.decision is
    'What a person said: take theirs, keep ours, or clear ours because the source cleared it.';

alter table leadsync.installation
    add column if not exists pepper bytea not null
        default sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));
comment on column leadsync.installation.pepper is 'Key of the hashes in leadsync.tombstones. Lost with it, they mean nothing.';

create table if not exists leadsync.erasures (
    id uuid primary key,
    erased_at timestamptz not null default clock_timestamp(),
    erased_by text not null,
    lead_anonymised boolean not null,
    records integer not null
);
comment on table leadsync.erasures is 'One row a person that was forgotten; nothing that tells who.';

create table if not exists leadsync.tombstones (
    hash bytea not null,
    kind text not null check (kind in ('record', 'email', 'person')),
    erasure uuid not null references leadsync.erasures (id),
    primary key (hash, erasure)
);
comment on table leadsync.tombstones is
    'Keyed hashes of what a forgotten person is known by, so that no source brings them back: their records (zoho:ID), '
    'e-mail addresses, and phone with name.';

create or replace function leadsync.tomb(p_kind text, p_value text) returns bytea
language sql stable
set search_path = ''
as $$
    select sha256(pepper || sha256(pepper || convert_to(p_kind || ':' || p_value, 'UTF8'))) from leadsync.installation
$$;
comment on function leadsync.tomb is 'The keyed hash of one key.';

revoke all on all tables in schema leadsync from public, anon, authenticated, service_role;
revoke all on all functions in schema leadsync from public, anon, authenticated, service_role;
