insert into public.leads
select * from jsonb_populate_recordset(null::public.leads, %(rows)s::jsonb);
