"""What must be true of the three systems once a drill is over, asked of their databases: nothing of leadsync's own code
or functions has a say in it. Sentences name ids of leads and records, nothing of a person.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from sandbox.world import World

FOLDER = Path(__file__).parent
SHOWN = 20
"""Sentences of one kind that are told; the rest is counted."""

Row = dict[str, Any]
Key = tuple[str, str]
"""A source and the record's id there."""


@dataclass(frozen=True)
class Edit:
    """A person's word in the backoffice: what a column of a lead has to be, as JSON says it."""

    lead_id: str
    column: str
    value: Any


@dataclass(frozen=True)
class Said:
    """What a source says of one of its records now: the marker that drills write, and when it was changed."""

    household: int | None
    modified_at: datetime | None = None


class Databases:
    """Connections to the three databases with their owners' rights."""

    def __init__(self, world: World, stack: ExitStack) -> None:
        dsns = {"portal": world.portal_dsn, "backoffice": world.backoffice_dsn, "zoho": world.zoho_dsn}
        self._connections = {
            name: stack.enter_context(psycopg.connect(dsn, autocommit=True, row_factory=dict_row))
            for name, dsn in dsns.items()
        }
        for connection in self._connections.values():
            connection.execute("set timezone = 'UTC'")

    def rows(self, database: str, name: str, values: Row | None = None) -> list[Row]:
        """The rows of a statement of this folder."""
        return self._connections[database].execute((FOLDER / f"{name}.sql").read_bytes(), values).fetchall()


def broken(world: World, edits: Sequence[Edit] = ()) -> list[str]:
    """Which invariants do not hold, a sentence each; empty when all do.

    It is meant for a world at rest: both flows have completed since the sources last changed, and none is running.

    Args:
        world: where.
        edits: all that people wrote into leads, the last word on each column.
    """
    with ExitStack() as stack:
        databases = Databases(world, stack)
        watermark, said, places = watermark_of(databases), sources(databases), known(databases)
        checks = {
            "1": (*lost(said, places), *stale(said, places, edits), *unmarked(databases, places)),
            "2": tuple(doubled(databases)),
            "3": tuple(clobbered(databases, edits)),
            "6": tuple(passed_over(watermark, said, places)),
            "8": tuple(off_the_record(databases)),
            "9": tuple(unexplained(databases, edits)),
        }
    return [f"{number}: {sentence}" for number, found in checks.items() for sentence in _first(found)]


def passed_by_watermark(world: World) -> list[str]:
    """Invariant 6 alone, which holds at any moment, while a run goes on or has just died, too."""
    with ExitStack() as stack:
        databases = Databases(world, stack)
        # The watermark first: a run that goes on moves it only behind what it has written.
        watermark, said = watermark_of(databases), sources(databases)
        return [f"6: {sentence}" for sentence in _first(passed_over(watermark, said, known(databases)))]


def quiet(world: World, run_both: Callable[[], object]) -> list[str]:
    """Invariant 5: leads that a further run of each flow writes, although nothing has changed.

    Args:
        world: where.
        run_both: runs each flow once and returns when both have ended.
    """
    before = _versions(world)
    run_both()
    after = _versions(world)
    touched = sorted(lead for lead in before.keys() | after.keys() if before.get(lead) != after.get(lead))
    return [f"5: {sentence}" for sentence in _first([f"lead {lead} was written without a reason" for lead in touched])]


def sources(databases: Databases) -> dict[Key, Said]:
    """Every record that a source has and that is known by its own id: a few samples have none."""
    portal = {
        ("portal", row["source_id"]): Said(_number(row["household"])) for row in databases.rows("portal", "portal_rows")
    }
    zoho: dict[Key, Said] = {}
    for row in databases.rows("zoho", "zoho_leads"):
        content = json.loads(row["content"])
        if "id" not in content:
            zoho["zoho", row["source_id"]] = Said(_number(content.get("Household_Size")), row["modified_time"])
    return portal | zoho


def watermark_of(databases: Databases) -> datetime | None:
    """Up to when everything of Zoho is said to be accounted for."""
    return next((row["watermark"] for row in databases.rows("backoffice", "watermark")), None)


def known(databases: Databases) -> dict[Key, Row]:
    """What the backoffice knows of each record."""
    return {(row["source"], row["source_id"]): row for row in databases.rows("backoffice", "places")}


def lost(said: dict[Key, Said], places: dict[Key, Row]) -> Iterator[str]:
    """1: records in no place, and places that lead nowhere."""
    yield from (f"{source} record {record} is in no place" for source, record in sorted(said.keys() - places.keys()))
    for (source, record), row in places.items():
        if row["place"] == "linked" and not row["lead_exists"]:
            yield f"{source} record {record} is linked to a lead that does not exist"


def stale(said: dict[Key, Said], places: dict[Key, Row], edits: Sequence[Edit]) -> Iterator[str]:
    """1: records that are known by an older word, and leads that do not show what their only record says."""
    edited = {edit.lead_id for edit in edits if edit.column == "household_size"}
    for source, record in sorted(said.keys() & places.keys()):
        row, household = places[source, record], said[source, record].household
        if row["place"] in ("linked", "review") and _number(row["household"]) != household:
            yield f"{source} record {record} is known by what it no longer says"
        if row["speaks_alone"] and household and row["lead_id"] not in edited and row["shown"] != household:
            yield f"lead {row['lead_id']} does not show what {source} record {record} says"


def unmarked(databases: Databases, places: dict[Key, Row]) -> Iterator[str]:
    """1: records that Zoho has deleted and that are not marked so."""
    for row in databases.rows("zoho", "zoho_deleted"):
        place = places.get(("zoho", row["source_id"]))
        if place is not None and place["deleted_at_source"] is None:
            yield f"zoho record {row['source_id']} is deleted and not marked"


def doubled(databases: Databases) -> Iterator[str]:
    """2: live leads that share an id or an address, and records that made two leads."""
    for row in databases.rows("backoffice", "doubles"):
        yield f"leads {', '.join(row['leads'])} share their {row['name']}"
    for row in databases.rows("backoffice", "made_twice"):
        yield f"{row['source']} record {row['source_id']} made {row['leads']} leads"


def clobbered(databases: Databases, edits: Sequence[Edit]) -> Iterator[str]:
    """3: words of people that do not stand."""
    for edit in edits:
        asked = {"lead_id": edit.lead_id, "column": edit.column, "value": Jsonb(edit.value)}
        if [row["stands"] for row in databases.rows("backoffice", "stands", asked)] != [True]:
            yield f"{edit.column} of lead {edit.lead_id} is not what a person made it"


def passed_over(watermark: datetime | None, said: dict[Key, Said], places: dict[Key, Row]) -> Iterator[str]:
    """6: records of Zoho that were changed before the watermark and are unknown."""
    for source, record in sorted(said.keys() - places.keys()):
        modified_at = said[source, record].modified_at
        if watermark is not None and modified_at is not None and modified_at < watermark:
            yield f"the watermark has passed {source} record {record}, which is unknown"


def off_the_record(databases: Databases) -> Iterator[str]:
    """8: attempts that are told otherwise than they ended, go on, or do not balance."""
    for row in databases.rows("backoffice", "attempts"):
        name = f"attempt {row['attempt_id']}"
        if row["status"] is None:
            yield f"{name} is in sync_metadata alone"
        elif row["told"] != row["status"]:
            yield f"{name} is {row['status']} and told as {row['told'] or 'nothing'}"
        if row["status"] == "running":
            yield f"{name} of {row['flow']} is still running"
        if row["status"] in ("completed", "findings") and row["unaccounted"] != 0:
            yield f"{name} is {row['status']} and its counts do not balance"


def unexplained(databases: Databases, edits: Sequence[Edit]) -> Iterator[str]:
    """9: columns that nobody edited and that differ from the journal's last word."""
    edited = {(edit.lead_id, edit.column) for edit in edits}
    for row in databases.rows("backoffice", "words"):
        if not row["lead_exists"]:
            yield f"lead {row['lead_id']} is in the journal and does not exist"
        elif (row["lead_id"], row["field"]) not in edited:
            yield f"{row['field']} of lead {row['lead_id']} is not the journal's last word"


def _number(value: object) -> int | None:
    """The marker; 0 says nothing, and what is no number is not taken over."""
    number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    return number if isinstance(number, int) and number else None


def _versions(world: World) -> dict[str, str]:
    with psycopg.connect(world.backoffice_dsn) as connection:
        return dict(connection.execute((FOLDER / "versions.sql").read_bytes()).fetchall())


def _first(found: Iterable[str]) -> Iterator[str]:
    different = list(dict.fromkeys(found))
    yield from different[:SHOWN]
    if len(different) > SHOWN:
        yield f"and {len(different) - SHOWN} more"
