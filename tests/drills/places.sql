-- Where each record is, what its source said of the household when it came there, and what its lead says.
select
    r.source, r.source_id, r.place, r.lead_id::text as lead_id, l.id is not null as lead_exists, r.deleted_at_source,
    case r.place
        when 'linked' then r.snapshot -> 'household_size'
        else coalesce(r.content -> 'Household_Size', r.content -> 'household_size')
    end as household,
    l.household_size as shown,
    r.place = 'linked'
        and exists (select from leadsync.journal as j where j.lead_id = r.lead_id and j.before is null)
        and not exists (
            select from leadsync.records as o
            where o.lead_id = r.lead_id and (o.source, o.source_id) <> (r.source, r.source_id)
        ) as speaks_alone
from leadsync.records as r
left join public.leads as l on l.id = r.lead_id
