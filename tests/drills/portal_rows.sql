select id::text as source_id, household_size as household from public.leads
