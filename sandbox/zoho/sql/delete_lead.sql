with gone as (
    delete from zoho.leads where id = %(id)s returning id, created_time, converted
)
insert into zoho.deleted (id, kind, display_name, created_time, deleted_time)
select id, 'recycle', %(name)s, case when not converted then created_time end, %(now)s from gone
on conflict (id) do update
set kind = excluded.kind, display_name = excluded.display_name, created_time = excluded.created_time,
    deleted_time = excluded.deleted_time
returning id;
