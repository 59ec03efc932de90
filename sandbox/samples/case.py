"""A named case: records in the three systems, and what must become of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from leads.sources import Source
from leads.values import Json, Record

Outcome: TypeAlias = Literal["inserted", "updated", "unchanged", "review", "rejected", "ignored"]
Counts: TypeAlias = dict[str, int]

PLACES: dict[Outcome, str] = {
    "inserted": "linked",
    "updated": "linked",
    "unchanged": "linked",
    "review": "review",
    "rejected": "dead_letter",
    "ignored": "ignored",
}
"""Where a record is when it had that outcome."""

FLOWS = {Source.ZOHO: "primary-zoho-sync", Source.PORTAL: "backup-portal-sync"}
"""The flow that reads a source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expect:
    """What must be so after the primary and then the backup have read everything once.

    Attributes:
        zoho: The outcome of each of the case's Zoho records, in their order.
        portal: The same of its portal rows.
        leads: Leads of the backoffice that the case then has, those that were there before included.
        values: Columns of its lead, where there is one, or of the lead of its first record.
    """

    zoho: tuple[Outcome, ...] = ()
    portal: tuple[Outcome, ...] = ()
    leads: int
    values: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """Some records that belong together.

    Attributes:
        name: A slug.
        why: One line: what is special, as people would say it.
        portal: Rows of the portal's `leads`, in the order of their ids.
        zoho: Leads of Zoho by API name, in the order of their Modified_Time.
        deleted: Rows of Zoho's list of deleted leads.
        backoffice: Rows of the backoffice's `leads` before the first sync.
    """

    name: str
    why: str
    portal: tuple[Record, ...] = ()
    zoho: tuple[Record, ...] = ()
    deleted: tuple[Record, ...] = ()
    backoffice: tuple[Record, ...] = ()
    expect: Expect

    def outcomes(self, source: Source) -> tuple[Outcome, ...]:
        """What becomes of the case's records of a source."""
        return self.expect.zoho if source is Source.ZOHO else self.expect.portal

    def records(self, source: Source) -> tuple[Record, ...]:
        """The case's records of a source."""
        return self.zoho if source is Source.ZOHO else self.portal

    def places(self) -> dict[tuple[str, str], str]:
        """Where each source record must be in the end, by source and its id there."""
        return {
            (source.value, str(record["id"])): PLACES[outcome]
            for source in FLOWS
            for record, outcome in zip(self.records(source), self.outcomes(source), strict=True)
        }


def counts(cases: Iterable[Case]) -> dict[str, Counts]:
    """The counts of each flow's first run, the primary before the backup."""
    every = list(cases)
    return {flow: _counts(source, every) for source, flow in FLOWS.items()}


def _counts(source: Source, cases: Iterable[Case]) -> Counts:
    found = Counter(outcome for case in cases for outcome in case.outcomes(source))
    # Deleted leads were never known before a first run, so none is newly found deleted.
    return {"fetched": found.total(), **{outcome: found[outcome] for outcome in PLACES}, "deleted_at_source": 0}
