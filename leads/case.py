"""One field of one record against one lead, and what can become of it.

Three values meet: *base* (what the sync last wrote or adopted), *ours* (the backoffice now) and *theirs* (the record
now), and beside them what the record *said before*.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from leads.cleaning import Unclean, Unusable
from leads.fields import Field, Owner
from leads.sources import Source
from leads.values import Json
from leads.world import Base


class Outcome(StrEnum):
    """What the merge says of one field."""

    KEEP = "keep"
    TAKE = "take"
    CONFIRM = "confirm"
    """Both say the same, and from now on it is the record's source that says it."""
    CONFLICT = "conflict"
    """A person or a job changed it: theirs is not taken, and that is recorded."""
    CLEARED = "cleared at source"
    """The record no longer says what it said; ours stays."""


Decision: TypeAlias = tuple[Outcome, str]
"""What becomes of a field, and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One field of one record against one lead."""

    field: Field
    source: Source
    first_contact: bool
    """Whether the record has never spoken of this lead before."""
    made_by_sync: bool
    """Whether leadsync inserted the lead, rather than finding it there."""
    ours: Json
    theirs: Json
    """None when the record says nothing."""
    before: Json
    """What the record said last; None when it said nothing."""
    base: Base | None

    @property
    def gap(self) -> bool:
        """Whether the backoffice's value says nothing."""
        return self.field.is_gap(self.ours)

    @property
    def news(self) -> bool:
        """Whether the record says something now that it did not say before."""
        if self.theirs is None or self.first_contact:
            return self.theirs is not None
        # A word that counts as a gap where it only stands, such as a pin's "not on Gozo", is one where it is said.
        return self.before is None or not same(self.field, self.theirs, self.before)

    @property
    def unchanged_since_said(self) -> bool:
        """Whether ours is what the record said last."""
        return not self.first_contact and same(self.field, self.ours, self.before)

    @property
    def agrees(self) -> bool:
        """Whether ours and theirs mean the same."""
        return same(self.field, self.theirs, self.ours)

    @property
    def untouched(self) -> bool:
        """Whether the backoffice still has what the sync wrote or adopted."""
        return self.base is not None and same(self.field, self.ours, self.base.value)

    @property
    def emptied(self) -> bool:
        """Whether somebody emptied what the sync had written."""
        return self.base is not None and self.gap and not self.field.is_gap(self.base.value)

    @property
    def edited(self) -> bool:
        """Whether a person or a job changed, filled or emptied it."""
        return self.emptied or not (self.gap or self.untouched)

    @property
    def answered(self) -> bool:
        """Whether a source said what else would be a gap: a pin on Malta says that it is not Gozo."""
        said = self.field.composed and self.speaker is not None
        return bool(said and self.base and self.base.value is not None and self.base.value == self.ours)

    @property
    def outranks(self) -> bool:
        """Whether the record's source ranks above the other one whose value stands."""
        return self.speaker is not None and rank(self.field, self.source) > rank(self.field, self.speaker)

    @property
    def outranked(self) -> bool:
        """Whether the source whose value stands ranks above the record's."""
        return self.speaker is not None and rank(self.field, self.speaker) > rank(self.field, self.source)

    @property
    def speaker(self) -> Source | None:
        """The source whose value stands; None for adopted values."""
        return self.base.source if self.base else None


def same(known: Field, one: Json, other: Json) -> bool:
    """Whether two values mean the same once cleaned: two spellings of a number, an instant in two zones."""
    if one == other and isinstance(one, bool) == isinstance(other, bool):
        return True
    if known.is_gap(one) or known.is_gap(other):
        return known.is_gap(one) and known.is_gap(other)
    return _canonical(known, one) == _canonical(known, other)


def _canonical(known: Field, value: Json) -> Json:
    """The backoffice's value as the field's cleaner would give it; as it stands where it cannot be cleaned."""
    try:
        return known.canonical(value)
    except (Unclean, Unusable):
        return value


def rank(known: Field, source: Source) -> int:
    """Zoho leads, but on the portal's own fields."""
    leading = Source.PORTAL if known.owner is Owner.PORTAL else Source.ZOHO
    return 2 if source is leading else 1
