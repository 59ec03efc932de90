"""A record beside the leads that it may belong to, field by field, for the person who decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leads.case import same
from leads.fields import FIELDS
from leads.values import Json, Values


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One field: what the record says, and what stands in each lead."""

    column: str
    said: Json
    standing: tuple[Json, ...]
    differs: tuple[bool, ...]
    """For each lead, whether both say something and not the same."""


def side_by_side(said: Values, leads: Sequence[Values]) -> Iterator[Row]:
    """The fields of which the record or one of the leads says something.

    Args:
        said: the record's canonical values.
        leads: rows of `leads`.
    """
    for field in FIELDS:
        theirs = said.get(field.column)
        standing = tuple(row.get(field.column) for row in leads)
        gaps = [field.is_gap(ours) for ours in standing]
        if theirs is None and all(gaps):
            continue
        differs = tuple(
            theirs is not None and not gap and not same(field, theirs, ours)
            for ours, gap in zip(standing, gaps, strict=True)
        )
        yield Row(column=field.column, said=theirs, standing=standing, differs=differs)
