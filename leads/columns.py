"""What the live `leads` table can take: its columns, their lengths, whether they may be null."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leads.fields import BY_COLUMN, Field
from leads.values import Json, Values


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the live table."""

    length: int | None
    """Most characters, None for no limit."""
    nullable: bool
    default: bool = False
    """Whether the table fills it by itself."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the live table, by name."""

    live: Mapping[str, Column]

    @classmethod
    def of(cls, context: Mapping[str, Mapping[str, Any]]) -> "Columns":
        """Read the `columns` of `leadsync_context`."""
        return cls(
            {
                name: Column(facts.get("length"), bool(facts.get("nullable", True)), bool(facts.get("default")))
                for name, facts in context.items()
            }
        )

    @property
    def missing(self) -> list[str]:
        """Fields of ours that the table lacks; they are left out, and said once a run."""
        return [column for column in BY_COLUMN if column not in self.live]

    @property
    def tracked(self) -> list[str]:
        """Fields of ours that the table has."""
        return [column for column in BY_COLUMN if column in self.live]

    @property
    def quoted(self) -> list[str]:
        """Fields of a quote that the table has."""
        return [column for column in self.tracked if BY_COLUMN[column].quoted]

    def may_be_empty(self, column: str) -> bool:
        """Whether null may be written: it stands, or takes the column's default."""
        return self.live[column].nullable or self.live[column].default

    def length(self, field: Field) -> int | None:
        """Most characters that fit: the smaller of the field's and the table's limit."""
        live = self.live[field.column].length if field.column in self.live else None
        return min((limit for limit in (field.length, live) if limit is not None), default=None)

    def row(self, values: Values) -> Values:
        """A whole new row: every tracked column, with what stands for nothing where null may not stand."""
        return {column: self._filled(BY_COLUMN[column], values) for column in self.tracked}

    def _filled(self, field: Field, values: Values) -> Json:
        value = values.get(field.column)
        needed = value is None and not self.live[field.column].nullable
        return field.required if needed else value
