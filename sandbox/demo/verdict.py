"""Whether everything is where it should be: the samples' expectations against the backoffice's tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from leads.values import Json, Values
from sandbox.samples.case import FLOWS, Case

_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A row of `sync_metadata`."""

    sync_type: str
    status: str
    trigger: str | None
    started_at: datetime
    finished_at: datetime | None
    records_pulled: int
    last_sync_at: datetime
    remarks: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Place:
    """Where a source record is."""

    place: str
    lead_id: str | None
    reason: str | None


@dataclass(frozen=True)
class Landed:
    """What the backoffice holds.

    Attributes:
        attempts: In the order of their beginning.
        records: By source and id there.
        leads: Rows of `leads` by id.
    """

    attempts: tuple[Attempt, ...]
    records: Mapping[tuple[str, str], Place]
    leads: Mapping[str, Values]

    @classmethod
    def read(cls, dsn: str) -> "Landed":
        """Read it with the schema owner's rights."""
        with psycopg.connect(dsn, row_factory=dict_row) as connection:

            def rows(name: str) -> list[dict[str, Any]]:
                return connection.execute((_SQL / f"{name}.sql").read_bytes()).fetchall()

            attempts = tuple(Attempt(**row) for row in rows("attempts"))
            records = {(row.pop("source"), row.pop("source_id")): Place(**row) for row in rows("records")}
            leads = {row["to_jsonb"]["id"]: row["to_jsonb"] for row in rows("leads")}
        return cls(attempts, records, leads)

    def counts(self, sync_type: str) -> dict[str, int]:
        """The counts of the first attempt of a kind; empty if there is none."""
        return next((attempt.counts for attempt in self.attempts if attempt.sync_type == sync_type), {})

    def lead_of(self, case: Case) -> Values | None:
        """The lead of the first of a case's records that has one, or the one that was there before."""
        return next(iter(self.leads_of(case)), None)

    def leads_of(self, case: Case) -> list[Values]:
        """A case's leads: those of its records, then those that were there before."""
        first = ((source.value, str(record["id"])) for source in FLOWS for record in case.records(source))
        linked = [self.records[key].lead_id for key in first if key in self.records]
        ids = dict.fromkeys([*linked, *(str(row["id"]) for row in case.backoffice)])
        return [self.leads[lead_id] for lead_id in ids if lead_id and lead_id in self.leads]


def complaints(cases: Iterable[Case], landed: Landed) -> list[tuple[str, str]]:
    """Names of cases that ended otherwise than expected, and what is wrong; without anybody's data."""
    return [(case.name, wrong) for case in cases for wrong in _wrong(case, landed)]


def _wrong(case: Case, landed: Landed) -> Iterator[str]:
    for key, place in case.places().items():
        found = landed.records.get(key)
        if found is None or found.place != place:
            yield f"{key[0]} record: {place} expected, {found.place if found else 'nowhere'} found"
    leads = landed.leads_of(case)
    if len(leads) != case.expect.leads:
        yield f"{case.expect.leads} leads expected, {len(leads)} found"
    lead = leads[0] if leads else {}
    yield from (
        f"{column} is not as expected" for column, value in case.expect.values.items() if lead.get(column) != value
    )


def same_counts(expected: Mapping[str, int], found: Mapping[str, Json]) -> bool:
    """Whether every expected count was found."""
    return all(found.get(name) == value for name, value in expected.items())
