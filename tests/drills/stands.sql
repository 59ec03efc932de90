select to_jsonb(l) -> %(column)s is not distinct from %(value)s as stands from public.leads as l where id = %(lead_id)s
