"""What a dry run shows: the planned changes, field by field, without what they say of a person."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from operator import attrgetter
from typing import TypeAlias

from leads.items import Action, Difference

MOST_KEPT = 100_000
"""Changes that `--json` tells; the rest is only counted, so that a dry run's memory is bounded too."""

MOST_LINES = 200
"""Lines that a person is shown."""

MASK = "•••"

HEAD = ("record", "lead", "action", "field", "old", "new", "why")

Cells: TypeAlias = tuple[str, ...]
"""A line in the order of `HEAD`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One planned change as it may be told: the values are masked, what is empty stays visible."""

    record: str
    lead: str | None
    action: str
    field: str | None
    old: str
    new: str
    why: str

    @classmethod
    def of(cls, difference: Difference) -> "Row":
        """Masks one difference."""
        return cls(
            record=difference.source_id,
            lead=difference.lead,
            action=difference.action.value,
            field=difference.column,
            old=_masked(difference.old),
            new=_masked(difference.new),
            why=difference.why,
        )

    @property
    def head(self) -> Cells:
        """What all changes of a record have in common."""
        return self.record, self.lead or "", self.action

    def tail(self) -> Cells:
        """What they differ in."""
        return self.field or "", self.old, self.new, self.why

    def as_json(self) -> dict[str, str | None]:
        """The change as `--json` tells it."""
        return asdict(self)


class Preview:
    """Collects the first changes that a run's plans would make, and counts all of them."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.total = 0

    def add(self, differences: Iterable[Difference]) -> None:
        """Takes what a batch would change."""
        for difference in differences:
            self.total += 1
            if len(self.rows) < MOST_KEPT:
                self.rows.append(Row.of(difference))

    @property
    def cut(self) -> bool:
        """Whether not even all changes are kept."""
        return self.total > len(self.rows)

    def shown(self) -> tuple[list[Cells], int]:
        """What a person is shown of it: lines, and how many changes are not among them."""
        lines = list(islice(self._lines(), MOST_LINES))
        return [cells for cells, _ in lines], self.total - sum(changes for _, changes in lines)

    def _lines(self) -> Iterator[tuple[Cells, int]]:
        """A line for each new lead, and for each change of another; with the number of changes that it tells."""
        for head, group in groupby(self.rows, key=attrgetter("head")):
            rows = list(group)
            if rows[0].action == Action.INSERT:
                yield (*head, ", ".join(row.field or "" for row in rows), "", MASK, ""), len(rows)
                continue
            for number, row in enumerate(rows):
                yield (*(("", "", "") if number else head), *row.tail()), 1


def _masked(value: object) -> str:
    return "" if value in (None, "", [], {}) else MASK
