"""What a dry run shows: the planned changes, field by field, without what they say of a person."""

from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass

from leads.items import Difference

MOST_KEPT = 100_000
"""Rows that `--json` tells; the rest is only counted, so that a dry run's memory is bounded too."""

MOST_SHOWN = 200
"""Rows that a person is shown."""

MASK = "•••"

HEAD = ("record", "lead", "action", "field", "old", "new", "why")
OF_A_RECORD = 3
"""So many cells are the same for all changes of a record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One planned change as it may be shown: the values are masked, what is empty stays visible."""

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

    def cells(self) -> tuple[str, ...]:
        """The row in the order of `HEAD`, as it is shown."""
        return tuple(cell or "" for cell in astuple(self))

    def as_json(self) -> dict[str, str | None]:
        """The row as `--json` tells it."""
        return asdict(self)


class Preview:
    """Collects the first differences of a run's plans and counts all of them."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.total = 0

    def add(self, differences: Iterable[Difference]) -> None:
        """Takes what a batch would change."""
        for difference in differences:
            self.total += 1
            if len(self.rows) < MOST_KEPT:
                self.rows.append(Row.of(difference))

    def shown(self) -> list[tuple[str, ...]]:
        """The first rows as cells in the order of `HEAD`; what repeats from the row above is left out."""
        cells = [row.cells() for row in self.rows[:MOST_SHOWN]]
        return [
            ("", "", "", *row[OF_A_RECORD:]) if row[:OF_A_RECORD] == above[:OF_A_RECORD] else row
            for row, above in zip(cells, [(), *cells], strict=False)
        ]

    @property
    def cut(self) -> bool:
        """Whether not even all rows are kept."""
        return self.total > len(self.rows)

    @property
    def rest(self) -> int:
        """How many changes are not shown."""
        return max(0, self.total - MOST_SHOWN)


def _masked(value: object) -> str:
    return "" if value in (None, "", [], {}) else MASK
