"""A forgotten person is kept nowhere, and does not come back."""

from typing import TYPE_CHECKING, Any

from leads.contacts import person_keys
from leads.lead import Lead
from leads.parsing import parse
from leads.sources import Source
from tests.simulation.columns import columns_of
from tests.simulation.sight import Sight
from tests.simulation.violation import Violation
from tests.simulation.words import PEOPLE

if TYPE_CHECKING:
    from tests.simulation.world import World

KEPT = """
select coalesce(string_agg(t, ' '), '') from (
    select to_jsonb(r)::text as t from leadsync.records as r
    union all select to_jsonb(b)::text from leadsync.bases as b
    union all select to_jsonb(j)::text from leadsync.journal as j
    union all select to_jsonb(c)::text from leadsync.conflicts as c
    union all select to_jsonb(a)::text from leadsync.attempts as a
    union all select to_jsonb(e)::text from leadsync.erasures as e
) as texts
"""
BURIED = """
select exists (
    select from unnest(%s::text[]) as k
    join leadsync.tombstones as t on t.hash = leadsync.tomb(split_part(k, ':', 1), substr(k, strpos(k, ':') + 1))
)
"""
INVARIANT = "forgotten people stay forgotten"


def is_buried(world: "World", source: Source, content: dict[str, Any]) -> bool:
    """Whether a record meets a tombstone: then that is its place."""
    read = parse(source, content, columns_of(world))
    keys = [f"record:{source}:{read.source_id}"]
    if isinstance(read, Lead):
        persons = sorted(person_keys(read.name, read.phones))
        keys += [f"email:{read.email}", *(f"person:{person}" for person in persons)]
    return world.erased and bool(world.database.value(BURIED, keys))


def nothing_kept(world: "World", number: int) -> None:
    """Right after somebody was forgotten whose records were all on one lead: our tables do not know them."""
    person = PEOPLE[number]
    texts = str(world.database.value(KEPT)).lower()
    for told in person.known_by:
        if told.lower() in texts and sum(told in other.known_by for other in PEOPLE) == 1:
            raise Violation(INVARIANT, "something of a forgotten person is still kept")


def forgotten_stay_away(world: "World", sight: Sight) -> None:
    """A record that was there when its person was forgotten makes no lead, unless its source wrote another over it."""
    for lead in sight.leads:
        if lead.before is not None:
            continue
        made_by = {(r.source, r.source_id) for r in sight.records.values() if r.lead_id == lead.id}
        for record in world.records.values():
            source = "zoho" if record.id in world.zoho.leads else "portal"
            erased = world.forgotten.get(record.person)
            if (source, record.id) not in made_by or erased is None or record.person in world.odd:
                continue
            if record.created <= erased:
                raise Violation(INVARIANT, "a run brought a forgotten person back")
