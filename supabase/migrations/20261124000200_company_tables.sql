-- The company's own tables: what leadsync needs there and does not find. Nothing that is there is changed.
-- The indexes are built under a lock that stops writes to leads: seconds at 100,000 rows.

alter table public.leads add column if not exists zoho_lead_id varchar(50);
alter table public.leads add column if not exists deleted_at timestamptz;
-- Where this column exists with another type it stays so: leadsync compares it as text.
alter table public.leads add column if not exists portal_lead_id uuid;

-- No index is unique: others write to leads too, and doubles exist. They call built-in functions only, because an
-- index's expression runs with the rights of whoever writes the row. created_at and id make the oldest leads of a
-- shared mailbox cheap to find among thousands.
create index if not exists leadsync_leads_zoho_id on public.leads ((zoho_lead_id::text));
create index if not exists leadsync_leads_portal_id on public.leads ((portal_lead_id::text));
create index if not exists leadsync_leads_email on public.leads (lower(btrim(email::text)), created_at, id);
create index if not exists leadsync_leads_phone
    on public.leads (right(regexp_replace(phone::text, '[^0-9]', '', 'g'), 8), created_at, id);

create or replace view leadsync.lead_columns as
select
    a.attname::text as name,
    format_type(a.atttypid, null) as type,
    case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4 then a.atttypmod - 4 end
        as length,
    not a.attnotnull as nullable,
    pg_get_expr(d.adbin, d.adrelid) as default_value
from pg_attribute as a
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = 'public.leads'::regclass
    and a.attnum > 0
    and not a.attisdropped
    and a.attgenerated = ''
    and a.attidentity <> 'a';
comment on view leadsync.lead_columns is 'The columns of public.leads that can be written.';
revoke all on leadsync.lead_columns from public, anon, authenticated, service_role;

create table if not exists public.sync_metadata (
    id uuid primary key default gen_random_uuid(),
    sync_type text not null,
    last_sync_at timestamptz not null,
    records_pushed integer default 0,
    records_pulled integer default 0,
    errors jsonb default '[]',
    created_at timestamptz default now()
);
alter table public.sync_metadata
    add column if not exists attempt_id uuid,
    add column if not exists status text,
    add column if not exists trigger text,
    add column if not exists started_at timestamptz,
    add column if not exists finished_at timestamptz,
    add column if not exists counts jsonb,
    add column if not exists flow_run_id uuid;
-- Rows of other writers have no attempt; nulls are not equal.
create unique index if not exists leadsync_sync_metadata_attempt on public.sync_metadata (attempt_id);
create index if not exists idx_sync_metadata_type on public.sync_metadata (sync_type, created_at desc);

alter table public.sync_metadata enable row level security;
do $$
declare
    v_name name;
begin
    for v_name in
        select policyname
        from pg_policies
        where schemaname = 'public'
            and tablename = 'sync_metadata'
            and roles && array['public', 'anon', 'authenticated']::name[]
            and 'true' in (qual, with_check)
    loop
        execute format('drop policy if exists %I on public.sync_metadata', v_name);
    end loop;
end
$$;
revoke all on public.sync_metadata from public, anon, authenticated;
grant select, insert on public.sync_metadata to service_role;
