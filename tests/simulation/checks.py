"""What must hold when a history has ended and both flows have run in quiet."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from leads.sources import Source
from tests.simulation.columns import digest, key_of
from tests.simulation.portal import PortalRow
from tests.simulation.privacy import is_buried
from tests.simulation.sight import Record
from tests.simulation.violation import Violation
from tests.simulation.words import BY_COLUMN, CANARIES, STRANGERS, WORDS, Word
from tests.simulation.world import World
from tests.simulation.zoho import ZohoLead

ATTEMPTS = """
select a.status, a.counts, leadsync.unaccounted(a.counts), m.status, m.errors
from leadsync.attempts as a left join public.sync_metadata as m using (attempt_id)
"""
TOLD = """
select coalesce(string_agg(t, ' '), '') from (
    select to_jsonb(m)::text as t from public.sync_metadata as m
    union all select a.errors::text from leadsync.attempts as a
) as texts
"""
QUOTED = tuple(word.column for word in WORDS if word.quoted)
Check = Callable[[World], None]


def there(world: World) -> Iterator[tuple[Source, ZohoLead | PortalRow, Any]]:
    """Every record that its source still has, with what it says now."""
    for lead in world.zoho.leads.values():
        if lead.gone is None:
            yield Source.ZOHO, lead, lead.contents[-1]
    for row in world.portal.rows.values():
        if not row.gone:
            yield Source.PORTAL, row, row.contents[-1]


def nothing_lost(world: World) -> None:
    """1: each record is in one place, as it is now."""
    for source, record, content in there(world):
        if isinstance(record, ZohoLead) and record.was_gone and world.zoho.habits.quiet_restore and not world.all_read:
            continue
        known = world.ledger.records.get((source.value, key_of(world, source, content)))
        if known is None and is_buried(world, source, content):
            continue
        if known is None:
            raise Violation("1 nothing lost", f"a record of {source} is in no place")
        if known.digest != digest(world, source, content):
            raise Violation("1 nothing lost", f"a record of {source} is known by what it no longer says")


def obeyed(world: World) -> None:
    """What a person said to ignore is ignored, whatever its source says; what they gave to a lead is no other's."""
    for source, _, content in there(world):
        known = world.ledger.records.get((source.value, key_of(world, source, content)))
        if known is None:
            continue
        if known.decision == "ignore" and known.place != "ignored":
            raise Violation("a person's decision binds", f"a record to be ignored is in {known.place}")
        if known.decision == "same" and known.place == "linked" and known.lead_id != known.decision_lead:
            raise Violation("a person's decision binds", "a record is linked to another lead than was decided")


def balanced(world: World) -> None:
    """1, 8: each attempt has ended, accounts for what it read, and is told in sync_metadata."""
    for status, _, unaccounted, told, errors in world.database.rows(ATTEMPTS):
        if status == "running":
            raise Violation("8 every attempt ends", "one is still running")
        if status in ("completed", "findings") and unaccounted:
            raise Violation("1 nothing lost", f"{unaccounted} records of an attempt are not accounted for")
        if told != status:
            raise Violation("8 every attempt ends", f"one that is {status} is told as {told}")
        if (status == "completed") != (errors == []):
            raise Violation("8 every attempt ends", f"one that is {status} is told with {len(errors)} errors")


def nothing_doubled(world: World) -> None:
    """2: no two live leads that the sync made have one id of a source."""
    alive = {i: row for i, row in world.ledger.rows.items() if not row["deleted_at"] and i not in world.ledger.handled}
    for column in ("zoho_lead_id", "portal_lead_id"):
        ids = Counter(
            row[column] for i, row in alive.items() if row[column] and (i, column) not in world.ledger.ever_edited
        )
        if ids and max(ids.values()) > 1:
            raise Violation("2 nothing doubled", f"two live leads have one {column}")


def together(world: World) -> None:
    """2, 3: strangers are never one lead, and one person's plain records are never two."""
    linked = [(record, known) for record, known in _linked(world) if known.place == "linked"]
    for number, (record, known) in enumerate(linked):
        for other, known_too in linked[number + 1 :]:
            if record.person in world.odd or other.person in world.odd:
                continue
            one_lead = known.lead_id == known_too.lead_id
            strangers = record.person != other.person and max(record.person, other.person) < STRANGERS
            if one_lead and strangers:
                raise Violation("2 nothing doubled", "strangers are one lead")


def exact(world: World) -> None:
    """What nobody but one record ever spoke of, and nobody edited, stands as that record says it."""
    for record, known in _linked(world):
        if known.place != "linked" or known.lead_id not in world.ledger.made or known.lead_id in world.ledger.handled:
            continue
        row = world.ledger.rows.get(str(known.lead_id))
        if row is None or row["deleted_at"]:
            continue
        for word in WORDS:
            if _alone(world, known, word):
                said = _canonical(word, record)
                if said is not None and not _equal(row[word.column], said):
                    raise Violation("exact", f"{word.column} is not what its only source says")
        if isinstance(record, ZohoLead) and not row["zoho_lead_id"]:
            raise Violation("exact", "a lead of a Zoho record has no zoho_lead_id")


def deletions_marked(world: World) -> None:
    """Each record that its source has deleted is marked, and no other."""
    for lead in world.zoho.leads.values():
        known = world.ledger.records.get(("zoho", key_of(world, Source.ZOHO, lead.contents[-1])))
        if known is None or lead.fields.get("id", lead.id) != lead.id:
            continue
        if lead.was_gone and lead.gone is None and world.zoho.habits.quiet_restore and not world.all_read:
            continue
        if known.deleted != (lead.gone is not None):
            raise Violation("deletions", f"deleted at Zoho: {lead.gone is not None}, marked: {known.deleted}")


def secret(world: World) -> None:
    """10: nothing of a person in what is told to operators."""
    texts = [world.database.value(TOLD), *(text for run in world.runs.values() for text in run.told)]
    whole = " ".join(texts).lower()
    for canary in CANARIES:
        if canary.lower() in whole:
            raise Violation("10 no personal data", "somebody is named where nobody may be")


CHECKS: tuple[Check, ...] = (
    *(nothing_lost, obeyed, balanced, nothing_doubled, together, exact, deletions_marked, secret),
)


def _linked(world: World) -> Iterator[tuple[ZohoLead | PortalRow, Record]]:
    for source, record, content in there(world):
        known = world.ledger.records.get((source.value, key_of(world, source, content)))
        if known is not None and known.lead_id is not None and known.digest == digest(world, source, content):
            yield record, known


def _alone(world: World, known: Record, word: Word) -> bool:
    """Whether only this record ever spoke of the column to its lead, by a rule that takes its latest word."""
    key = (str(known.lead_id), word.column)
    others = world.ledger.shared.get(str(known.lead_id), set()) - {(known.source, known.source_id)}
    if word.rule not in ("ranked", "sticky") or key in world.ledger.edits or key in world.ledger.ever_edited:
        return False
    if word.quoted and any((key[0], column) in world.ledger.ever_edited for column in QUOTED):
        return False
    return not others if word.quoted else not any(world.spoke(other, word) for other in others)


def _canonical(word: Word, record: ZohoLead | PortalRow) -> object:
    """What the record says of the column now, as it is to stand."""
    source = Source.ZOHO if isinstance(record, ZohoLead) else Source.PORTAL
    raw = record.fields.get(word.name(source) or "")
    if raw is None:
        return None
    return next((value.canonical for value in BY_COLUMN[word.column].values if raw in value.spellings), None)


def _equal(one: object, other: object) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True) or (
        isinstance(one, int | float) and isinstance(other, int | float) and one == other
    )
