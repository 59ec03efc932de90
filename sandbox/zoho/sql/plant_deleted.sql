insert into zoho.deleted (id, kind, display_name, deleted_time)
values (%(id)s, %(kind)s, %(name)s, %(at)s)
on conflict (id) do update
set kind = excluded.kind, display_name = excluded.display_name, deleted_time = excluded.deleted_time;
