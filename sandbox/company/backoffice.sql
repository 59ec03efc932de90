-- The unified database of the backoffice before leadsync (facts: domain.md §3.1, §3.5): the scanner product's
-- table with the portal's columns added, twin columns for one fact, and a status check that refuses most of the
-- portal's words. There is no portal_lead_id yet.

set search_path = public;

create table leads (
    id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default now(),
    updated_at timestamptz default now(),
    name varchar(255) not null,
    email varchar(255) not null,
    phone varchar(50) not null,
    address text,
    source varchar(50) default 'website',
    status varchar(20) default 'new'
        constraint leads_status_check check (status in ('new', 'contacted', 'qualified', 'converted', 'lost')),
    notes text,
    assigned_to varchar(255),
    -- the scanner's
    analysis_id uuid,
    location_link_id uuid,
    coordinates_lat numeric,
    coordinates_lng numeric,
    google_maps_link text,
    email_sent_at timestamptz,
    pdf_generated_at timestamptz,
    report_token varchar(255),
    report_expires_at timestamptz,
    zoho_lead_id varchar(50),
    -- the portal's
    coordinates jsonb,
    household_size integer,
    monthly_bill numeric,
    consumption_kwh numeric,
    roof_area numeric,
    selected_system text,
    system_size_kw numeric,
    with_battery boolean default false,
    battery_size_kwh numeric,
    grant_path boolean default true,
    grant_type text default 'pv_only',
    grant_amount numeric default 0,
    payment_method text,
    loan_term integer,
    total_price numeric,
    deposit_amount numeric,
    monthly_payment numeric,
    annual_savings numeric,
    bill_file_url text,
    proposal_file_url text,
    social_provider text,
    bill_raw_analysis text,
    bill_analyzed_at timestamptz,
    location_source varchar(10) default 'auto',
    panel_brand text,
    panel_model text,
    panel_count integer,
    panel_wattage integer,
    inverter_brand text,
    inverter_model text,
    battery_brand text,
    battery_model text,
    -- the old sync's
    locality text,
    property_type text,
    meter_number text,
    arms_account_number text,
    average_monthly_bill numeric,
    current_step integer default 1,
    is_gozo boolean default false,
    google_maps_url text,
    -- the sales team's
    lead_score integer default 0,
    quality_score integer default 0,
    assigned_at timestamptz,
    first_contact_at timestamptz,
    last_contact_at timestamptz,
    converted_at timestamptz,
    deleted_at timestamptz,
    source_campaign varchar(255),
    source_medium varchar(100),
    source_content varchar(255),
    email_opted_out boolean default false,
    email_opted_out_at timestamptz
);

create index idx_leads_email on leads (email);
create index idx_leads_zoho_lead_id on leads (zoho_lead_id) where zoho_lead_id is not null;

create function update_updated_at_column() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.updated_at = now();
    return new;
end
$$;

create trigger update_leads_updated_at before update on leads
    for each row execute function update_updated_at_column();

create table quotes (
    id uuid primary key default gen_random_uuid(),
    lead_id uuid not null references leads (id) on delete cascade,
    reference varchar(50),
    total_price numeric,
    created_at timestamptz not null default now()
);

create table communications (
    id uuid primary key default gen_random_uuid(),
    lead_id uuid not null references leads (id) on delete cascade,
    channel varchar(20) not null default 'email',
    template varchar(100),
    sent_at timestamptz not null default now()
);

create table sync_metadata (
    id uuid primary key default gen_random_uuid(),
    sync_type text not null,
    last_sync_at timestamptz not null,
    records_pushed integer default 0,
    records_pulled integer default 0,
    errors jsonb default '[]'::jsonb,
    created_at timestamptz default now()
);

create index idx_sync_metadata_type on sync_metadata (sync_type, created_at desc);

alter table leads enable row level security;
create policy "Anyone can read leads" on leads for select to anon using (true);
create policy "Anyone can add leads" on leads for insert to anon with check (true);
create policy "Anyone can change leads" on leads for update to anon using (true) with check (true);

alter table quotes enable row level security;
alter table communications enable row level security;

alter table sync_metadata enable row level security;
create policy "Allow all" on sync_metadata for all using (true) with check (true);
