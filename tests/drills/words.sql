-- Columns of leads that do not hold the last word that the journal has of them.
with words as (
    select distinct on (j.lead_id, said.key) j.lead_id, said.key as field, said.value
    from leadsync.journal as j
    cross join lateral jsonb_each(j.after) as said
    where said.key <> 'updated_at'
    order by j.lead_id, said.key, j.id desc
)
select w.lead_id::text, w.field, l.id is not null as lead_exists
from words as w
left join public.leads as l on l.id = w.lead_id
where w.value is distinct from to_jsonb(l) -> w.field
order by 1, 2
