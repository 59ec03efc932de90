select id, kind, display_name, deleted_time
from zoho.deleted
where kind = any(%(kinds)s)
  and deleted_time >= greatest(
      %(since)s, case kind when 'recycle' then %(recycle_from)s else %(permanent_from)s end
  )
order by deleted_time desc, id desc
offset %(skip)s
limit %(take)s;
