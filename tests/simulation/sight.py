"""What is seen of the backoffice after a step: leads, records, the journal, and who wrote a value."""

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str]

SYSTEM = frozenset({"updated_at"})
STAFF = frozenset({"id", "assigned_to", "lead_score", "quality_score", "deleted_at", "report_token", "property_type"})
"""Columns that no source speaks of."""
DEFAULTS: Row = {
    "with_battery": False,
    "is_gozo": False,
    "email_opted_out": False,
    "grant_path": True,
    "grant_type": "pv_only",
    "source": "website",
    "status": "new",
    "location_source": "auto",
}
NUMBERS = frozenset({"system_size_kw", "total_price", "monthly_bill", "household_size", "grant_amount"})


def is_gap(column: str, value: object) -> bool:
    """Whether a value of the backoffice says nothing."""
    blank = isinstance(value, str) and not value.strip()
    zero = column in NUMBERS and value == 0
    return value is None or blank or zero or (column in DEFAULTS and value == DEFAULTS[column])


@dataclass(frozen=True)
class Record:
    """A row of `leadsync.records`."""

    source: str
    source_id: str
    place: str
    lead_id: str | None
    digest: str | None
    snapshot: Row | None
    reason: str | None
    decision: str | None
    decision_lead: str | None
    deleted: bool


@dataclass(frozen=True)
class Lead:
    """A lead that was written: as it was, None for a new one, and as it is."""

    id: str
    before: Row | None
    after: Row

    def changed(self) -> list[str]:
        """The columns that differ; of a new lead those that say something."""
        if self.before is None:
            return [
                column for column, value in self.after.items() if column not in SYSTEM and not is_gap(column, value)
            ]
        return [c for c in self.after if c not in SYSTEM and self.before.get(c) != self.after[c]]


@dataclass(frozen=True)
class Write:
    """A change of one value.

    Attributes:
        at: its number among all writes.
        by: the run that made it, or `PEOPLE`.
        agreed: what the sync had written or found before; None for nothing.
        edited: when a person had written it before; None if the sync had.
    """

    at: int
    by: str
    before: Any
    after: Any
    agreed: Any
    edited: int | None


@dataclass(frozen=True)
class Sight:
    """What a step of a run did, for the rules to judge."""

    run: str
    source: str
    leads: list[Lead]
    journal: list[tuple[str, Row | None, Row]]
    records: dict[Key, Record]
