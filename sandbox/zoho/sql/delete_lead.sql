with gone as (
    delete from zoho.leads where id = %(id)s returning id
)
insert into zoho.deleted (id, kind, display_name, deleted_time)
select id, 'recycle', %(name)s, %(now)s from gone
on conflict (id) do update
set kind = excluded.kind, display_name = excluded.display_name, deleted_time = excluded.deleted_time
returning id;
