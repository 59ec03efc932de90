"""What a dry run shows: the planned changes, field by field, without what they say of a person."""

from dataclasses import astuple, dataclass

from leads.items import Difference
from leads.plan import Plan

MOST_ROWS = 200
"""Rows kept for display; the rest is only counted, so that a dry run's memory is bounded too."""

MASK = "•••"

HEAD = ("record", "lead", "action", "field", "old", "new", "why")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One planned change as it may be shown: the values are masked, what is empty stays visible."""

    record: str
    lead: str
    action: str
    field: str
    old: str
    new: str
    why: str

    @classmethod
    def of(cls, difference: Difference) -> "Row":
        """Masks one difference."""
        return cls(
            record=difference.source_id,
            lead=difference.lead_id or "",
            action=difference.action.value,
            field=difference.column or "",
            old=_masked(difference.old),
            new=_masked(difference.new),
            why=difference.why,
        )

    def cells(self) -> tuple[str, ...]:
        """The row in the order of `HEAD`."""
        return astuple(self)


class Preview:
    """Collects the first differences of a run's plans and counts all of them."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.total = 0

    def add(self, plan: Plan) -> None:
        """Takes a plan's differences."""
        for difference in plan.differences():
            self.total += 1
            if len(self.rows) < MOST_ROWS:
                self.rows.append(Row.of(difference))


def _masked(value: object) -> str:
    return "" if value in (None, "", [], {}) else MASK
