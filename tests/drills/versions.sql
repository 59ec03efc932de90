select id::text, xmin::text from public.leads
