create schema if not exists zoho;

create sequence if not exists zoho.record_id as bigint start with 640000000000301001;

-- json, not jsonb: a planted value may be anything that JSON can carry, NUL and lone surrogates included.
create table if not exists zoho.leads (
    id            bigint not null,
    fields        json not null,
    email         text,
    converted     boolean not null default false,
    created_time  timestamptz(0) not null,
    modified_time timestamptz(0) not null,
    primary key (id) include (converted)
);
create index if not exists leads_by_modified on zoho.leads (modified_time, id) include (converted);
create index if not exists leads_by_created on zoho.leads (created_time, id) include (converted);
create index if not exists leads_by_email on zoho.leads (email) where not converted;

-- A page token knows a short cut to its position for as long as the table is the one it was cut from.
create table if not exists zoho.leads_version (only_row boolean primary key default true check (only_row), version bigint not null);
insert into zoho.leads_version values (true, 1) on conflict do nothing;

create or replace function zoho.note_change() returns trigger language plpgsql set search_path = '' as $$
begin
    update zoho.leads_version set version = version + 1 where only_row;
    return null;
end $$;
create or replace trigger leads_changed after insert or update or delete or truncate on zoho.leads
    for each statement execute function zoho.note_change();

create table if not exists zoho.deleted (
    id           bigint primary key,
    kind         text not null check (kind in ('recycle', 'permanent')),
    display_name text,
    created_time timestamptz(0), -- of an unconverted lead, for the record count
    deleted_time timestamptz(0) not null
);
create index if not exists deleted_by_time on zoho.deleted (deleted_time, id);

create table if not exists zoho.grants (
    refresh_token text primary key,
    client_id     text not null,
    client_secret text not null,
    user_name     text not null,
    scopes        text[] not null,
    revoked       boolean not null default false,
    n             bigint generated always as identity
);

create table if not exists zoho.access_tokens (
    token         text primary key,
    refresh_token text not null references zoho.grants on delete cascade,
    scopes        text[] not null,
    minted_at     timestamptz not null,
    expires_at    timestamptz not null,
    killed        boolean not null default false,
    n             bigint generated always as identity
);
create index if not exists access_tokens_by_grant on zoho.access_tokens (refresh_token, minted_at);

create table if not exists zoho.page_tokens (
    token       text primary key,
    user_name   text not null,
    binding     json not null,
    position    integer not null,
    version     bigint not null,
    after_time  timestamptz,
    after_id    bigint,
    expires_at  timestamptz not null
);

-- What a lead says, for criteria: null where PostgreSQL cannot read what was planted.
create or replace function zoho.said(fields json, name text) returns text language plpgsql immutable as $$
begin
    return fields ->> name;
exception when data_exception then
    return null;
end $$;

create or replace function zoho.number(said text) returns numeric language plpgsql immutable as $$
begin
    return said::numeric;
exception when data_exception then
    return null;
end $$;

create or replace function zoho.day(said text) returns date language plpgsql stable as $$
begin
    return case when said ~ '^\d{4}-\d\d-\d\d$' then said::date end;
exception when data_exception then
    return null;
end $$;

create or replace function zoho.moment(said text) returns timestamptz language plpgsql stable as $$
begin
    return case when said ~ '^\d{4}-\d\d-\d\dT' then said::timestamptz end;
exception when data_exception then
    return null;
end $$;

create or replace function zoho.linked(fields json, name text) returns bigint language plpgsql immutable as $$
begin
    return (fields -> name ->> 'id')::bigint;
exception when data_exception then
    return null;
end $$;
