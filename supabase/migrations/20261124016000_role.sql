-- A role for leadsync alone: it may call our functions, and see or write nothing by itself. Whoever stays with the
-- service key needs nothing of this.

create or replace function public.leadsync_on_record(p_attempt uuid) returns jsonb
language sql stable security definer
set search_path = ''
as $$
    select jsonb_build_object('row', (
        select jsonb_build_object('status', status, 'counts', counts, 'errors', errors)
        from public.sync_metadata
        where attempt_id = p_attempt
    ))
$$;
comment on function public.leadsync_on_record is 'leadsync: what sync_metadata says of an attempt.';
revoke all on function public.leadsync_on_record from public, anon, authenticated;
grant execute on function public.leadsync_on_record to service_role;

do $$
begin
    if to_regrole('leadsync') is null then
        create role leadsync nologin noinherit;
    end if;
end
$$;
comment on role leadsync is 'leadsync: may call public.leadsync_… and nothing else; the API takes it on by a token.';
-- The API's login may become it, as it becomes anon and service_role. It brings its time limit along.
grant leadsync to authenticator;

grant usage on schema public to leadsync;
grant execute on function
    public.leadsync_apply,
    public.leadsync_beat,
    public.leadsync_cache_put,
    public.leadsync_cache_take,
    public.leadsync_close,
    public.leadsync_context,
    public.leadsync_decide,
    public.leadsync_diagnosis,
    public.leadsync_doubles,
    public.leadsync_forget,
    public.leadsync_freshness,
    public.leadsync_known,
    public.leadsync_mark_deleted,
    public.leadsync_match,
    public.leadsync_on_record,
    public.leadsync_open,
    public.leadsync_recalled,
    public.leadsync_report,
    public.leadsync_story,
    public.leadsync_tidy,
    public.leadsync_undo,
    public.leadsync_waiting,
    public.leadsync_watch
to leadsync;

-- Nobody but their owner is granted these, and should that ever change by mistake, there is still no row to be seen.
alter table leadsync.attempts enable row level security;
alter table leadsync.bases enable row level security;
alter table leadsync.batches enable row level security;
alter table leadsync.cache enable row level security;
alter table leadsync.conflicts enable row level security;
alter table leadsync.erasures enable row level security;
alter table leadsync.installation enable row level security;
alter table leadsync.journal enable row level security;
alter table leadsync.records enable row level security;
alter table leadsync.tombstones enable row level security;
alter table leadsync.watermarks enable row level security;
