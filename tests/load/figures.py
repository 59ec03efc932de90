"""What the load did to the runs, to those who wait for a lead, to memory and to disks."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.load.runs import FlowRun

SQL = Path(__file__).parent / "sql"
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Spread:
    """Median, 95th percentile and most of some numbers."""

    count: int
    median: float
    high: float
    most: float

    @classmethod
    def of(cls, numbers: Iterable[float]) -> "Spread":
        """Of any numbers, none included."""
        told = sorted(numbers)
        if len(told) < 2:
            only = told[0] if told else 0.0
            return cls(len(told), only, only, only)
        cuts = quantiles(told, n=20, method="inclusive")
        return cls(len(told), cuts[9], cuts[18], told[-1])

    def row(self, unit: str) -> str:
        """For a table."""
        return f"median {self.median:.1f}, 95 % {self.high:.1f}, most {self.most:.1f} {unit} (of {self.count})"


@dataclass(frozen=True)
class Ledger:
    """What is on record when all is over.

    Attributes:
        attempts: rows of `leadsync.attempts`.
        seen: when each of Zoho's leads was first seen.
    """

    attempts: list[dict[str, Any]]
    seen: Mapping[str, datetime]

    @classmethod
    def read(cls, dsn: str) -> "Ledger":
        """With the owner's rights."""
        with psycopg.connect(dsn, row_factory=dict_row) as connection:
            attempts = connection.execute((SQL / "attempts.sql").read_bytes()).fetchall()
            seen = connection.execute((SQL / "seen.sql").read_bytes()).fetchall()
        return cls(attempts, {row["source_id"]: row["first_seen_at"] for row in seen})

    def waits(self, born: Mapping[str, datetime]) -> list[tuple[datetime, float]]:
        """How long each lead waited, in seconds, with when it was made."""
        return [(made, (self.seen[lead] - made).total_seconds()) for lead, made in born.items() if lead in self.seen]

    def calls_of(self, runs: Iterable[FlowRun]) -> list[int]:
        """Calls to Zoho of the attempts of these runs."""
        wanted = {run.id for run in runs}
        return [attempt["calls"] for attempt in self.attempts if attempt["flow_run_id"] in wanted]


def lines(
    runs: list[FlowRun], names: Mapping[str, str], ledger: Ledger, born: Mapping[str, datetime], down: Span
) -> Iterator[str]:
    """The figures, a line each.

    Args:
        names: of the deployments that are told of, by id.
        down: when no worker was there.
    """
    for deployment, name in names.items():
        own = [run for run in runs if run.deployment == deployment]
        states = Counter(run.name for run in own if run.ended)
        yield f"{name}: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        yield f"{name}: runs took " + Spread.of(run.seconds for run in own if run.state == "COMPLETED").row("s")
        missed = [run for run in own if run.clock and _within(run.due, down)]
        went = [run for run in missed if run.began and run.state == "COMPLETED"]
        yield (
            f"{name}: {len(missed)} runs were due while no worker was there, {len(went)} of them ran afterwards: "
            + Spread.of(ledger.calls_of(went)).row("calls to Zoho each")
        )
    yield "calls to Zoho of all attempts of the primary: " + Spread.of(
        attempt["calls"] for attempt in ledger.attempts if attempt["flow"] == "primary-zoho-sync"
    ).row("each")
    waits = ledger.waits(born)
    met = Spread.of(seconds for made, seconds in waits if not _within(made, down)).row("s")
    yield f"a new lead waited {met}"
    waited = Spread.of(seconds for made, seconds in waits if _within(made, down)).row("s")
    yield f"a new lead that came while no worker was there waited {waited}"


def _within(moment: datetime, span: Span) -> bool:
    return span[0] <= moment <= span[1]
