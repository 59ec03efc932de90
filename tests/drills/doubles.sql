-- Live leads that share what tells leads apart. Where the old sync had put a stranger's id on a lead, the stranger gets a
-- lead beside it: an id counts where leadsync made two of them, an address where it made one.
with keys as (
    select
        l.id, k.name, k.value,
        exists (select from leadsync.journal as j where j.lead_id = l.id and j.before is null) as made
    from public.leads as l
    cross join lateral (values
        ('zoho_lead_id', l.zoho_lead_id::text),
        ('portal_lead_id', l.portal_lead_id::text),
        ('email', lower(btrim(l.email)))
    ) as k (name, value)
    where l.deleted_at is null and k.value <> ''
)
select name, array_agg(id::text order by id) as leads
from keys
group by name, value
having count(*) > 1 and count(*) filter (where made) > case name when 'email' then 0 else 1 end
order by 1, 2
