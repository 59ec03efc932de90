"""What can happen in a history: one small function for each kind.

An action names its subjects by what the history calls them, and does nothing where there is no such subject: so a
history may lose any of its actions and still be one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from psycopg import sql

from tests.simulation.portal import PortalRow
from tests.simulation.runs import TRIES
from tests.simulation.words import PEOPLE
from tests.simulation.world import World
from tests.simulation.zoho import ZohoLead

Fields = dict[str, Any]
Act = Callable[..., bool]


@dataclass(frozen=True)
class Action:
    """Something that happens.

    Attributes:
        kind: one of `ACTS`.
        about: what it is about, by its name in the history.
        more: further arguments of the kind's function.
        wait: seconds that pass before it.
        label: what it is counted as besides.
    """

    kind: str
    about: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    wait: float = 0.0
    label: str = ""

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.more.items())
        return f"+{self.wait:<6g} {self.kind:<28} {self.about:<5} {told}".rstrip()


def do(world: World, action: Action) -> None:
    """Lets it happen, and counts it if it did."""
    world.clock.turn += 1
    if action.wait:
        world.pass_time(action.wait)
    if ACTS[action.kind](world, action.about, **action.more):
        world.tally.update(filter(None, (action.kind, action.label)))


def zoho_id(name: str) -> str:
    """An id as long as Zoho's, which no float can hold; ids of one history lie within one float's reach."""
    return str(752_000_000_000_000_001 + 2 * int(name[1:]))


def portal_id(name: str) -> str:
    return str(UUID(int=Random(name).getrandbits(128), version=4))  # noqa: S311 - to be had again


def _zoho(world: World, name: str, *, gone: bool = False) -> ZohoLead | None:
    record = world.records.get(name)
    return record if isinstance(record, ZohoLead) and (record.gone is not None) is gone else None


def _portal(world: World, name: str) -> PortalRow | None:
    record = world.records.get(name)
    return record if isinstance(record, PortalRow) and not record.gone else None


def zoho_creates(world: World, name: str, person: int, fields: Fields, age: float = 0.0, odd: bool = False) -> bool:
    created = world.clock.second_before(age)
    world.records[name] = world.zoho.create(zoho_id(name), person, fields, created)
    _mark(world, person, odd=odd)
    return True


def portal_creates(
    world: World, name: str, person: int, fields: Fields, age: float = 0.0, claims: str = "", odd: bool = False
) -> bool:
    claimed = {"zoho_lead_id": zoho_id(claims)} if claims else {}
    created = {"created_at": world.clock.second_before(age).isoformat()}
    world.records[name] = world.portal.create(portal_id(name), person, {**created, **fields, **claimed})
    _mark(world, person, odd=odd)
    return True


def zoho_edits(world: World, name: str, fields: Fields, odd: bool = False) -> bool:
    lead = _zoho(world, name)
    if lead is None:
        return False
    world.zoho.change(lead, fields)
    _mark(world, lead.person, odd=odd)
    return True


def portal_edits(world: World, name: str, fields: Fields, odd: bool = False) -> bool:
    row = _portal(world, name)
    if row is None:
        return False
    world.portal.change(row, fields)
    _mark(world, row.person, odd=odd)
    return True


def zoho_swaps_emails(world: World, name: str, other: str) -> bool:
    one, two = _zoho(world, name), _zoho(world, other)
    if one is None or two is None or one is two:
        return False
    first, second = one.fields.get("Email"), two.fields.get("Email")
    world.zoho.change(one, {"Email": second})
    world.zoho.change(two, {"Email": first})
    world.odd |= {one.person, two.person}
    return True


def zoho_converts(world: World, name: str) -> bool:
    lead = _zoho(world, name)
    if lead is None or lead.fields.get("Converted__s"):
        return False
    at = world.zoho.text(world.clock.second)
    world.zoho.change(lead, {"Converted__s": True, "Converted_Date_Time": at})
    return True


def zoho_deletes(world: World, name: str, for_good: bool) -> bool:
    lead = _zoho(world, name)
    if lead is None:
        return False
    world.zoho.delete(lead, for_good=for_good)
    return True


def zoho_restores(world: World, name: str) -> bool:
    lead = _zoho(world, name, gone=True)
    if lead is None or lead.gone_for_good:
        return False
    world.zoho.restore(lead)
    return True


def zoho_merges(world: World, name: str, into: str) -> bool:
    loser, winner = _zoho(world, name), _zoho(world, into)
    if loser is None or winner is None or loser is winner:
        return False
    gaps = {key: value for key, value in loser.fields.items() if winner.fields.get(key) in (None, "")}
    gaps.pop("id", None)
    world.zoho.change(winner, gaps)
    world.zoho.delete(loser, for_good=False)
    world.odd |= {loser.person, winner.person}
    return True


def portal_removes(world: World, name: str) -> bool:
    row = _portal(world, name)
    if row is None:
        return False
    row.gone = True
    return True


def staff_edits(world: World, name: str, values: Fields) -> bool:
    lead_id = world.lead_of(name)
    if lead_id is None:
        return False
    places = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(c), sql.Literal(v)) for c, v in values.items())
    statement = sql.SQL("update public.leads set {} where id = {}").format(places, sql.Literal(lead_id))
    world.database.rows(statement.as_string())
    if {"email", "name", "phone", "deleted_at"} & values.keys():
        _mark(world, world.person_of(name), odd=True)
    return world.ledger.see_people()


def staff_deletes(world: World, name: str) -> bool:
    return staff_edits(world, name, {"deleted_at": world.clock.database.isoformat()})


def staff_restores(world: World, name: str) -> bool:
    lead_id = world.lead_of(name)
    deleted = lead_id is not None and world.ledger.rows[lead_id]["deleted_at"]
    return bool(deleted) and staff_edits(world, name, {"deleted_at": None})


def staff_removes(world: World, name: str) -> bool:
    lead_id = world.lead_of(name)
    if lead_id is None:
        return False
    world.database.rows("delete from public.leads where id = %s", lead_id)
    _mark(world, world.person_of(name), odd=True)
    return world.ledger.see_people()


def job_inserts(world: World, name: str, person: int, values: Fields, knows: str = "") -> bool:
    lead_id = portal_id(name)
    row = {"id": lead_id, **values, **({"zoho_lead_id": zoho_id(knows)} if knows else {})}
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    places = sql.SQL(", ").join(map(sql.Literal, row.values()))
    world.database.rows(sql.SQL("insert into public.leads ({}) values ({})").format(columns, places).as_string())
    world.jobs[name] = lead_id
    world.job_people[name] = person
    _mark(world, person, odd=True)
    return world.ledger.see_people()


def run_starts(world: World, name: str, flow: str, parameters: Fields, since: float = 0.0) -> bool:
    asked = dict(parameters)
    if since:
        asked["since"] = world.clock.second_before(since).isoformat()
    world.start(name, flow, asked)
    return True


def run_steps(world: World, name: str, steps: int) -> bool:
    run = world.runs.get(name)
    if run is None or run.ended:
        return False
    for _ in range(steps):
        if not run.ended:
            world.step(run)
    return True


def run_ends(world: World, name: str) -> bool:
    run = world.runs.get(name)
    if run is None or run.ended:
        return False
    world.finish(run)
    return True


def run_dies(world: World, name: str) -> bool:
    run = world.runs.get(name)
    if run is None or run.ended:
        return False
    world.tally[f"dies before {run.waits_for}"] += 1
    run.kill()
    return True


def run_is_told_to_end(world: World, name: str) -> bool:
    run = world.runs.get(name)
    if run is None or run.ended:
        return False
    run.tell_to_end()
    world.finish(run)
    return True


def run_meets(world: World, name: str, fault: str) -> bool:
    run = world.runs.get(name)
    if run is None or run.ended:
        return False
    run.faults.extend([fault] * (TRIES if fault == "not available" else 1))
    return True


def run_is_pestered(world: World, name: str, times: int) -> bool:
    run = world.runs.get(name)
    if run is None or run.ended:
        return False
    world.pestered[name] = times
    return True


def _mark(world: World, person: int, *, odd: bool) -> None:
    if odd:
        world.odd.add(person)


ACTS: dict[str, Act] = {
    act.__name__.replace("_", " "): act
    for act in (
        *(zoho_creates, zoho_edits, zoho_swaps_emails, zoho_converts, zoho_deletes, zoho_restores, zoho_merges),
        *(portal_creates, portal_edits, portal_removes),
        *(staff_edits, staff_deletes, staff_restores, staff_removes, job_inserts),
        *(run_starts, run_steps, run_ends, run_dies, run_is_told_to_end, run_meets, run_is_pestered),
    )
}
PERSONS = len(PEOPLE)
