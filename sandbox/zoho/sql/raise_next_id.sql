-- Ids grow monotonically: those made from now on lie above a planted one.
select setval('zoho.record_id', greatest(%(id)s::bigint, nextval('zoho.record_id')))
where %(id)s::bigint < 9000000000000000000;
