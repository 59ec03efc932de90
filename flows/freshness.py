"""How long ago each flow last did all of its work, and whether that is too long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.request import NAMES
from flows.window import iso
from leads.sources import Source
from systems.backoffice_answers import Freshness

LIMITS = {Source.ZOHO: timedelta(hours=2), Source.PORTAL: timedelta(hours=26)}
"""An hourly run may be missed once; a daily one may be late, or come later by the clock's change."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One flow's freshness.

    Attributes:
        flow: its name.
        completed_at: when it last did all of its work; None: it never did.
        age: how long ago that was.
        limit: how long ago that may be.
    """

    flow: str
    completed_at: datetime | None
    age: timedelta | None
    limit: timedelta

    @property
    def fresh(self) -> bool:
        """Whether it did its work within the limit."""
        return self.age is not None and self.age <= self.limit

    @property
    def complaint(self) -> str:
        """What is wrong with it, in a few words without times of day; empty if nothing is."""
        if self.fresh:
            return ""
        if self.age is None:
            return f"{self.flow} has never completed"
        return f"{self.flow} has not completed for {_hours(self.age)} (limit {_hours(self.limit)})"

    def as_json(self) -> dict[str, object]:
        """For programs; seconds are whole."""
        return {
            "fresh": self.fresh,
            "completed_at": iso(self.completed_at),
            "age_seconds": None if self.age is None else int(self.age.total_seconds()),
            "limit_seconds": int(self.limit.total_seconds()),
        }


def standings(told: Freshness) -> Iterator[Standing]:
    """Each flow's freshness by the backoffice's own clock."""
    for source, limit in LIMITS.items():
        completed = told.completed.get(NAMES[source])
        age = None if completed is None else told.now - completed
        yield Standing(flow=NAMES[source], completed_at=completed, age=age, limit=limit)


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.4g} h"
