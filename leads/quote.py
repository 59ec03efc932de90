"""A quote travels as a whole: equipment, size and price that stand in a lead come from one offer.

The source that gives size or price holds the quote, Zoho before portal. Where a quote takes another's place, what it
leaves empty is emptied: the panels of one offer beside the price of another would be an offer that nobody made. Two
sources that agree on size and price speak of one quote, which each of them may complete.
"""

from collections.abc import Mapping
from enum import StrEnum

from leads.case import Case, Decision, Outcome, rank
from leads.sources import Source
from leads.world import ADOPTED

ANCHORS = ("system_size_kw", "total_price")
"""Who says one of these has a quote."""


class Stance(StrEnum):
    """How a record's quote stands to the lead's."""

    EACH = "each"
    """It may speak field by field, as of anything else."""
    WHOLE = "whole"
    """It takes the place of what stands there."""
    ASIDE = "aside"
    """Another quote stands."""
    STAFF = "staff"
    """It would take the place of a quote that a person worked on: that one stands."""


def stance(cases: Mapping[str, Case]) -> Stance:
    """Say how the record's quote stands to the lead's.

    Args:
        cases: the quote's fields that the live table has, by column.
    """
    anchors = [cases[column] for column in ANCHORS if column in cases]
    if not anchors or _one_quote(anchors):
        return Stance.EACH
    holder, own = _holder(anchors), anchors[0].source
    if not any(case.theirs is not None for case in anchors):
        return Stance.EACH if holder in (None, own) else Stance.ASIDE
    chosen = _at_first_contact(anchors, holder) if anchors[0].first_contact else _later(anchors, holder)
    if chosen is Stance.WHOLE and any(case.edited for case in cases.values()):
        return Stance.EACH if holder is own else Stance.STAFF
    return chosen


def decide_quoted(case: Case, as_any: Decision, standing: Stance) -> Decision:
    """Say what becomes of one field of a quote.

    Args:
        case: the field.
        as_any: what would become of it if it stood alone.
        standing: how the record's quote stands to the lead's.
    """
    if standing is Stance.WHOLE:
        return _replaced(case, as_any)
    if standing is Stance.EACH:
        return as_any
    if case.theirs is None or case.agrees or not case.news:
        return Outcome.KEEP, "another quote stands"
    if standing is Stance.ASIDE and case.first_contact:
        return Outcome.KEEP, "another quote stands"
    return Outcome.CONFLICT, "another quote stands"


def _replaced(case: Case, as_any: Decision) -> Decision:
    """The record's quote stands from now on."""
    if case.first_contact and case.base is not None and case.base.origin == ADOPTED and not case.gap:
        return Outcome.KEEP, "it was there before"
    if case.edited:
        return as_any
    if case.theirs is not None:
        return (Outcome.CONFIRM if case.agrees else Outcome.TAKE), "its quote takes the place of the other"
    if case.gap or case.speaker is case.source:
        return as_any
    return Outcome.TAKE, "the quote that stands now has none"


def _at_first_contact(anchors: list[Case], holder: Source | None) -> Stance:
    if holder is None:
        if any(case.base is not None and not case.gap for case in anchors):
            return Stance.ASIDE if _contradicts(anchors) else Stance.EACH
        return Stance.WHOLE
    return Stance.WHOLE if _outranks(anchors, holder) else Stance.ASIDE


def _later(anchors: list[Case], holder: Source | None) -> Stance:
    """The record has spoken before: its changed quote replaces its own, a lesser source's, or what both had said."""
    own = anchors[0].source
    if not any(case.news for case in anchors):
        return Stance.EACH if holder is own else Stance.ASIDE
    both_said = all(case.unchanged_since_said for case in anchors)
    return Stance.WHOLE if holder in (None, own) or _outranks(anchors, holder) or both_said else Stance.ASIDE


def _holder(anchors: list[Case]) -> Source | None:
    """The source whose quote stands; None where none has said any, or the quote was there before."""
    speakers = [case.speaker for case in anchors if case.speaker is not None]
    return max(speakers, key=lambda source: rank(anchors[0].field, source), default=None)


def _outranks(anchors: list[Case], holder: Source) -> bool:
    known = anchors[0].field
    return rank(known, anchors[0].source) > rank(known, holder)


def _contradicts(anchors: list[Case]) -> bool:
    return any(not case.agrees for case in _shared(anchors))


def _one_quote(anchors: list[Case]) -> bool:
    """Whether record and lead speak of the same offer."""
    return bool(_shared(anchors)) and not _contradicts(anchors)


def _shared(anchors: list[Case]) -> list[Case]:
    """The anchors of which both record and lead say something."""
    return [case for case in anchors if case.theirs is not None and not case.gap]
