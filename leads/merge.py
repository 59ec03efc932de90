"""What a linked record changes in its lead: a three-way merge, field by field.

Three values meet: *base* (what the sync last wrote or adopted), *ours* (the backoffice now) and *theirs* (the record
now), and beside them what the record *said before*. Only what a record newly says is a candidate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from leads.cleaning import Unclean, Unusable
from leads.columns import Columns
from leads.contacts import says_less
from leads.fields import BY_COLUMN, Field, Owner
from leads.lead import Lead
from leads.lifecycle import advances
from leads.scalars import moment
from leads.sources import Source
from leads.values import Json, Values
from leads.world import ADOPTED, Base, Standing


class Outcome(StrEnum):
    """What the merge says of one field."""

    KEEP = "keep"
    TAKE = "take"
    CONFLICT = "conflict"
    """A person or a job changed it: theirs is not taken, and that is recorded."""
    CLEARED = "cleared at source"
    """The record no longer says what it said; ours stays."""


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
    def untouched(self) -> bool:
        """Whether the backoffice still has what the sync wrote or adopted."""
        return self.base is not None and _same(self.field, self.ours, self.base.value)

    @property
    def emptied(self) -> bool:
        """Whether somebody emptied what the sync had written."""
        return self.base is not None and self.field.is_gap(self.ours) and not self.field.is_gap(self.base.value)

    @property
    def answered(self) -> bool:
        """Whether a source said what else would be a gap: a pin on Malta says that it is not Gozo."""
        said = self.field.composed and self._other is not None
        return bool(said and self.base and self.base.value is not None and self.base.value == self.ours)

    @property
    def outranks(self) -> bool:
        """Whether the record's source ranks above the other one whose value stands."""
        return self._other is not None and _rank(self.field, self.source) > _rank(self.field, self._other)

    @property
    def outranked(self) -> bool:
        """Whether the source whose value stands ranks above the record's."""
        return self._other is not None and _rank(self.field, self._other) > _rank(self.field, self.source)

    @property
    def _other(self) -> Source | None:
        """The source whose value stands; None for adopted values."""
        known = self.base is not None and self.base.origin != ADOPTED
        return Source(self.base.origin.split(":", 1)[0]) if known and self.base else None


@dataclass(kw_only=True, slots=True)
class Change:
    """What the merge of one record does to its lead."""

    values: Values = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    conflicts: list[Values] = field(default_factory=list)
    """Each with `field`, `base`, `ours`, `theirs`; theirs is null where the source cleared its value."""


def merge(lead: Lead, standing: Standing, before: Values | None, columns: Columns) -> Change:
    """Compare a record with the lead that it belongs to.

    Args:
        lead: the record.
        standing: the lead as it stands.
        before: the record's snapshot; None at its first contact with the lead.
        columns: the live table; fields that it lacks are left out.
    """
    change = Change()
    for case in _cases(lead, standing, before, columns):
        _note(case, change)
    return change


def _cases(lead: Lead, standing: Standing, before: Values | None, columns: Columns) -> Iterator[Case]:
    for column in columns.tracked:
        theirs, said = lead.values.get(column), (before or {}).get(column)
        if theirs is not None or said is not None:
            yield Case(
                field=BY_COLUMN[column],
                source=lead.source,
                first_contact=before is None,
                made_by_sync=standing.made_by_sync,
                ours=standing.row.get(column),
                theirs=theirs,
                before=said,
                base=standing.base.get(column),
            )


def _note(case: Case, change: Change) -> None:
    outcome, why = decide(case)
    column = case.field.column
    if outcome is Outcome.TAKE:
        change.values[column] = case.theirs
        change.why[column] = why
    elif outcome in (Outcome.CONFLICT, Outcome.CLEARED):
        base = case.base.value if case.base else None
        change.conflicts.append({"field": column, "base": base, "ours": case.ours, "theirs": case.theirs})


def decide(case: Case) -> tuple[Outcome, str]:
    """Say what becomes of one field, and why."""
    if case.theirs is None:
        kept = not case.field.is_gap(case.ours)
        return (Outcome.CLEARED if kept else Outcome.KEEP), "the source cleared it"
    if not case.first_contact and _same(case.field, case.theirs, case.before):
        return Outcome.KEEP, "the source says what it said"
    if _same(case.field, case.theirs, case.ours):
        return Outcome.KEEP, "both say the same"
    return _RULES[case.field.owner](case)


def _taken(take: bool, why: str) -> tuple[Outcome, str]:  # noqa: FBT001 -- the outcome of a test
    return (Outcome.TAKE if take else Outcome.KEEP), why


def _sticky(case: Case) -> tuple[Outcome, str]:
    return _taken(case.theirs is True, "once true, always true")


def _once(case: Case) -> tuple[Outcome, str]:
    return _gap(case) if case.field.is_gap(case.ours) else (Outcome.KEEP, "it is written once")


def _ranked(case: Case) -> tuple[Outcome, str]:
    return _gap(case) if case.field.is_gap(case.ours) and not case.answered else _said_anew(case)


def _gap(case: Case) -> tuple[Outcome, str]:
    """Ours is empty: theirs fills it, unless somebody emptied it and theirs is the old word."""
    if not case.emptied:
        return Outcome.TAKE, "it filled a gap"
    old_word = case.first_contact or (case.base is not None and _same(case.field, case.theirs, case.base.value))
    return (Outcome.CONFLICT, "it was emptied by hand") if old_word else (Outcome.TAKE, "the source says a new value")


def _said_anew(case: Case) -> tuple[Outcome, str]:
    """Ours and theirs differ."""
    if not case.untouched or case.base is None:
        return Outcome.CONFLICT, "it was changed in the backoffice"
    if case.first_contact:
        return _met_first(case)
    if not case.outranked:
        return Outcome.TAKE, "the source changed it"
    if _same(case.field, case.ours, case.before):
        return Outcome.TAKE, "the source changed what it had said itself"
    return Outcome.CONFLICT, "the other source's word stands"


def _met_first(case: Case) -> tuple[Outcome, str]:
    """A record meets what the other source said: rank decides, but of two names of one person the fuller stands."""
    if case.field.column == "name" and case.base is not None and case.base.origin != ADOPTED:
        if says_less(str(case.ours), str(case.theirs)):
            return Outcome.TAKE, "it is the fuller name"
        if says_less(str(case.theirs), str(case.ours)):
            return Outcome.KEEP, "it is the fuller name"
    return _taken(case.outranks, f"{case.source} ranks above what stood there")


def _first_touch(case: Case) -> tuple[Outcome, str]:
    """Only a record's first contact with a lead that leadsync made itself, as long as nobody touched the field."""
    if not (case.first_contact and case.made_by_sync):
        return Outcome.KEEP, "only the first touch counts"
    open_gap = case.field.is_gap(case.ours) and not case.emptied
    return _taken(open_gap or (case.untouched and case.outranks), "it is the first touch")


def _earliest(case: Case) -> tuple[Outcome, str]:
    if case.field.is_gap(case.ours):
        return Outcome.TAKE, "it filled a gap"
    ours, theirs = _moment(case.ours), _moment(case.theirs)
    may = case.first_contact and case.made_by_sync and case.untouched
    return _taken(bool(may and ours and theirs and theirs < ours), "it is earlier")


def _forward(case: Case) -> tuple[Outcome, str]:
    """A status only advances; what a person set stays, and so does what was adopted and says something."""
    theirs = str(case.theirs)
    back_from_lost = case.ours == "lost" and case.source is not Source.ZOHO and theirs != "converted"
    if back_from_lost or not advances(case.ours, theirs):
        return Outcome.KEEP, "it only moves forward"
    if case.field.is_gap(case.ours) and not case.emptied:
        return Outcome.TAKE, "it moved forward"
    if not case.untouched or case.base is None:
        return Outcome.CONFLICT, "it was changed in the backoffice"
    if case.first_contact and case.base.origin == ADOPTED:
        return Outcome.KEEP, "it was there before"
    return Outcome.TAKE, "it moved forward"


_RULES: dict[Owner, Callable[[Case], tuple[Outcome, str]]] = {
    Owner.IDENTITY: _once,
    Owner.EARLIEST: _earliest,
    Owner.ZOHO: _ranked,
    Owner.PORTAL: _ranked,
    Owner.MEASURED: _once,
    Owner.FIRST: _first_touch,
    Owner.STAFF: _first_touch,
    Owner.STICKY: _sticky,
    Owner.FORWARD: _forward,
}


def _moment(value: Json) -> float | None:
    try:
        read = moment(value)
    except Unclean:
        return None
    return read.timestamp() if read else None


def _same(known: Field, one: Json, other: Json) -> bool:
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


def _rank(known: Field, source: Source) -> int:
    """Zoho leads, but on the portal's own fields."""
    leading = Source.PORTAL if known.owner is Owner.PORTAL else Source.ZOHO
    return 2 if source is leading else 1
