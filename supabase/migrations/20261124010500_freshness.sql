-- How fresh the backoffice is: when each flow last did all of its work.

create or replace function public.leadsync_freshness() returns jsonb
language sql stable security definer
set search_path = ''
set timezone = 'UTC'
as $$
    select jsonb_build_object(
        'now', clock_timestamp(),
        'completed', (
            select coalesce(jsonb_object_agg(flow, finished_at), '{}')
            from (
                select flow, max(finished_at) as finished_at
                from leadsync.attempts
                where status = 'skipped' or (status in ('completed', 'findings') and watermark is not null)
                group by flow
            ) as ended
        )
    )
$$;
comment on function public.leadsync_freshness is
    'leadsync: when each flow last ended well, having read its source to the end. One that was told to stop early, or to '
    'begin late, moves no watermark and makes nothing fresh; one that had nothing to do (one database) does.';
revoke all on function public.leadsync_freshness from public, anon, authenticated;
grant execute on function public.leadsync_freshness to service_role;
