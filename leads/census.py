"""Where a source and the backoffice differ, and why: what comparing everything finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leads.items import Action, Item
from leads.lead import Lead
from leads.plan import Plan
from leads.sources import Source


class Kind(StrEnum):
    """How systems differ."""

    MISSING = "missing"
    """The source has the record, and no lead stands for it."""
    DIFFERING = "differing"
    """The record says something else than what the backoffice knows of it."""
    EXTRA = "extra"
    """The backoffice knows the record, and the source does not have it any more."""
    DOUBLE = "double"
    """Several leads have the same key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One difference, without values.

    Attributes:
        kind: how they differ.
        source: whose record it is; None for leads that no record is needed to compare.
        record: its id.
        leads: ids of leads.
        cause: why, as far as can be known.
    """

    kind: Kind
    source: Source | None = None
    record: str | None = None
    leads: tuple[str, ...] = ()
    cause: str

    def as_json(self) -> dict[str, object]:
        """For programs."""
        source = self.source.value if self.source else None
        return {
            "kind": self.kind.value,
            "source": source,
            "record": self.record,
            "leads": list(self.leads),
            "cause": self.cause,
        }


class Census:
    """Goes over the plans for everything that a source has.

    Args:
        source: which one.
        read_until: up to when its changes had been read before; None: never.

    Attributes:
        present: ids of its records.
    """

    def __init__(self, source: Source, read_until: datetime | None) -> None:
        self._source = source
        self._read_until = read_until
        self.present: set[str] = set()

    def take(self, plan: Plan) -> Iterator[Finding]:
        """What a plan says of differences."""
        self.present |= {record.source_id for record in plan.batch.records if plan.batch.sent}
        for item in plan.items:
            kind = _kind(item)
            if kind is not None:
                leads = (item.lead_id,) if item.lead_id and item.action is not Action.INSERT else item.candidates
                record = item.record.source_id
                yield Finding(kind=kind, source=self._source, record=record, leads=leads, cause=self._cause(item))

    def gone(self, records: list[tuple[str, str | None]]) -> Iterator[Finding]:
        """Those of the records that the backoffice knows (id, lead) which the source did not have."""
        for record, lead in records:
            if record not in self.present:
                leads = (lead,) if lead else ()
                cause = f"{self._source} neither lists it nor says that it was deleted"
                yield Finding(kind=Kind.EXTRA, source=self._source, record=record, leads=leads, cause=cause)

    def _cause(self, item: Item) -> str:
        if item.reason:
            return item.reason
        if not item.remembered:
            return "no run has read it yet" if self._is_news(item) else "no run has read it, though it is no news"
        columns = f" ({', '.join(item.change.values)})" if item.change.values else ""
        return f"changed since the last run{columns}" if self._is_news(item) else f"changed without a new time{columns}"

    def _is_news(self, item: Item) -> bool:
        """Whether the record was changed after its source was last read; the portal tells no time."""
        modified = item.record.modified_at if isinstance(item.record, Lead) else None
        return modified is None or self._read_until is None or modified >= self._read_until


def _kind(item: Item) -> Kind | None:
    if item.action is Action.IGNORED:
        return None
    if not item.remembered or item.action in (Action.INSERT, Action.REVIEW, Action.REJECTED):
        return Kind.MISSING
    return Kind.DIFFERING
