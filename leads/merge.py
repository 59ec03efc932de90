"""What a linked record changes in its lead: a three-way merge, field by field (`leads.case`).

Only what a record newly says is a candidate. The fields of a quote travel together (`leads.quote`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from leads.case import Case, Decision, Outcome, same
from leads.cleaning import Unclean
from leads.columns import Columns
from leads.contacts import says_less
from leads.fields import BY_COLUMN, QUOTED, Owner
from leads.lead import Lead
from leads.lifecycle import advances
from leads.quote import Stance, decide_quoted, stance
from leads.scalars import moment
from leads.sources import Source
from leads.values import Json, Values
from leads.world import ADOPTED, Standing


@dataclass(kw_only=True, slots=True)
class Change:
    """What the merge of one record does to its lead."""

    values: Values = field(default_factory=dict)
    """The columns that change; None empties one."""
    why: dict[str, str] = field(default_factory=dict)
    conflicts: list[Values] = field(default_factory=list)
    """Each with `field`, `base`, `ours`, `theirs`; theirs is null where the source cleared its value."""
    confirmed: list[str] = field(default_factory=list)
    """Columns whose value stays and is the record's from now on."""


def merge(lead: Lead, standing: Standing, before: Values | None, columns: Columns) -> Change:
    """Compare a record with the lead that it belongs to.

    Args:
        lead: the record.
        standing: the lead as it stands.
        before: the record's snapshot; None at its first contact with the lead.
        columns: the live table; fields that it lacks are left out.
    """
    spoken = lead.values.keys() | (before or {}).keys()
    quoted = [column for column in columns.quoted if not QUOTED.isdisjoint(spoken)]
    cases = {
        column: _case(column, lead, standing, before)
        for column in columns.tracked
        if column in spoken or column in quoted
    }
    quote = stance({column: cases[column] for column in quoted}) if quoted else Stance.EACH
    change = Change()
    for case in cases.values():
        as_any = decide(case)
        decision = decide_quoted(case, as_any, quote) if case.field.quoted else as_any
        _note(case, decision, change, columns)
    return change


def _case(column: str, lead: Lead, standing: Standing, before: Values | None) -> Case:
    return Case(
        field=BY_COLUMN[column],
        source=lead.source,
        first_contact=before is None,
        made_by_sync=standing.made_by_sync,
        ours=standing.row.get(column),
        theirs=lead.values.get(column),
        before=(before or {}).get(column),
        base=standing.base.get(column),
    )


def _note(case: Case, decision: Decision, change: Change, columns: Columns) -> None:
    outcome, why = decision
    column = case.field.column
    if outcome is Outcome.TAKE and (case.theirs is not None or columns.may_be_empty(column)):
        change.values[column] = case.theirs
        change.why[column] = why
    elif outcome is Outcome.CONFIRM:
        change.confirmed.append(column)
    elif outcome in (Outcome.CONFLICT, Outcome.CLEARED):
        base = case.base.value if case.base else None
        change.conflicts.append({"field": column, "base": base, "ours": case.ours, "theirs": case.theirs})


def decide(case: Case) -> Decision:
    """Say what becomes of one field that stands alone, and why."""
    if case.theirs is None:
        cleared = case.before is not None and not case.gap
        return (Outcome.CLEARED if cleared else Outcome.KEEP), "the source cleared it"
    if not case.news:
        return Outcome.KEEP, "the source says what it said"
    if case.agrees:
        return (Outcome.KEEP if case.base else Outcome.CONFIRM), "both say the same"
    return _RULES[case.field.owner](case)


def _taken(take: bool, why: str) -> Decision:  # noqa: FBT001 -- the outcome of a test
    return (Outcome.TAKE if take else Outcome.KEEP), why


def _sticky(case: Case) -> Decision:
    """Who took it back knew what was said before; a source that says it anew has news."""
    if case.emptied and case.first_contact:
        return Outcome.CONFLICT, "it was taken back by hand"
    return _taken(case.theirs is True, "once true, always true")


def _once(case: Case) -> Decision:
    return _gap(case) if case.gap else (Outcome.KEEP, "it is written once")


def _ranked(case: Case) -> Decision:
    return _gap(case) if case.gap and not case.answered else _said_anew(case)


def _gap(case: Case) -> Decision:
    """Ours is empty: theirs fills it, unless somebody emptied it and theirs is the old word."""
    if not case.emptied:
        return Outcome.TAKE, "it filled a gap"
    old_word = case.first_contact or (case.base is not None and same(case.field, case.theirs, case.base.value))
    return (Outcome.CONFLICT, "it was emptied by hand") if old_word else (Outcome.TAKE, "the source says a new value")


def _said_anew(case: Case) -> Decision:
    """Ours and theirs differ."""
    if not case.untouched or case.base is None:
        return Outcome.CONFLICT, "it was changed in the backoffice"
    if case.first_contact:
        return _met_first(case)
    if not case.outranked:
        return Outcome.TAKE, "the source changed it"
    if case.unchanged_since_said:
        return Outcome.TAKE, "the source changed what it had said itself"
    return Outcome.CONFLICT, "the other source's word stands"


def _met_first(case: Case) -> Decision:
    """A record meets what the other source said: rank decides, but of two names of one person the fuller stands."""
    if case.field.column == "name" and case.base is not None and case.base.origin != ADOPTED:
        if says_less(str(case.ours), str(case.theirs)):
            return Outcome.TAKE, "it is the fuller name"
        if says_less(str(case.theirs), str(case.ours)):
            return Outcome.KEEP, "it is the fuller name"
    return _taken(case.outranks, f"{case.source} ranks above what stood there")


def _first_touch(case: Case) -> Decision:
    """Only a record's first contact with a lead that leadsync made itself, as long as nobody touched the field."""
    if not (case.first_contact and case.made_by_sync):
        return Outcome.KEEP, "only the first touch counts"
    open_gap = case.gap and not case.emptied
    return _taken(open_gap or (case.untouched and case.outranks), "it is the first touch")


def _earliest(case: Case) -> Decision:
    if case.gap:
        return Outcome.TAKE, "it filled a gap"
    ours, theirs = _moment(case.ours), _moment(case.theirs)
    may = case.first_contact and case.made_by_sync and case.untouched
    return _taken(bool(may and ours and theirs and theirs < ours), "it is earlier")


def _forward(case: Case) -> Decision:
    """A status only advances; what a person set stays, and so does what was adopted and says something."""
    theirs = str(case.theirs)
    back_from_lost = case.ours == "lost" and case.source is not Source.ZOHO and theirs != "converted"
    if back_from_lost or not advances(case.ours, theirs):
        return Outcome.KEEP, "it only moves forward"
    if case.gap and not case.emptied:
        return Outcome.TAKE, "it moved forward"
    if not case.untouched or case.base is None:
        return Outcome.CONFLICT, "it was changed in the backoffice"
    if case.first_contact and case.base.origin == ADOPTED:
        return Outcome.KEEP, "it was there before"
    return Outcome.TAKE, "it moved forward"


_RULES: dict[Owner, Callable[[Case], Decision]] = {
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
