-- Everything that these functions look up has an index. While a first import fills the tables their statistics lag behind,
-- and PostgreSQL would take thousands of rows for few and read a whole table for each of them: a call of some 400 ms then
-- takes seconds, up to the statement timeout.

alter function public.leadsync_match(text, text[], jsonb) set enable_seqscan = off;
alter function public.leadsync_apply(uuid, integer, jsonb) set enable_seqscan = off;
alter function public.leadsync_undo(uuid, uuid, integer, uuid, boolean) set enable_seqscan = off;
alter function public.leadsync_tidy(jsonb) set enable_seqscan = off;
alter function public.leadsync_decide(jsonb, text, uuid, text, text) set enable_seqscan = off;
