-- The sales portal's own database (facts: domain.md §1.1): loose types, everything nullable, and no trigger on
-- updated_at, which therefore stays at the time of the insert.

set search_path = public;

create table leads (
    id uuid primary key default gen_random_uuid(),
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    name text,
    email text,
    phone text,
    address text,
    coordinates jsonb,
    google_maps_link text,
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
    notes text,
    zoho_lead_id varchar(50),
    status text default 'new',
    source text default 'sales-portal',
    bill_file_url text,
    proposal_file_url text,
    social_provider text,
    meter_number text,
    arms_account_number text,
    bill_raw_analysis text,
    bill_analyzed_at timestamptz,
    is_gozo boolean default false,
    locality text,
    location_source varchar(10) default 'auto',
    panel_brand text,
    panel_model text,
    panel_count integer,
    panel_wattage integer,
    inverter_brand text,
    inverter_model text,
    battery_brand text,
    battery_model text,
    lead_score integer default 0,
    quality_score integer default 0,
    assigned_to uuid,
    assigned_at timestamptz,
    first_contact_at timestamptz,
    last_contact_at timestamptz,
    converted_at timestamptz,
    deleted_at timestamptz,
    source_campaign varchar(255),
    source_medium varchar(100),
    source_content varchar(255),
    email_opted_out boolean default false,
    email_opted_out_at timestamptz,
    property_type text,
    average_monthly_bill numeric,
    current_step integer default 1,
    google_maps_url text
);

create index idx_leads_email on leads (email);
create index idx_leads_zoho_lead_id on leads (zoho_lead_id) where zoho_lead_id is not null;

alter table leads enable row level security;
create policy "Anyone can read leads" on leads for select to anon using (true);
create policy "Anyone can add leads" on leads for insert to anon with check (true);
create policy "Anyone can change leads" on leads for update to anon using (true) with check (true);
