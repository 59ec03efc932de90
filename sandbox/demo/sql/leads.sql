select to_jsonb(l)
from public.leads as l;
