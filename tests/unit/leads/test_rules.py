"""Every rule of the merge with its reason, one line each: what becomes of one field that stands alone."""

from typing import Any

import pytest

from leads.case import Case, Outcome
from leads.fields import BY_COLUMN
from leads.merge import decide
from leads.sources import Source
from leads.world import ADOPTED, Base

CONFLICT, CLEARED, CONFIRM = Outcome.CONFLICT, Outcome.CLEARED, Outcome.CONFIRM
KEEP, TAKE = Outcome.KEEP, Outcome.TAKE
LATER: dict[str, Any] = {"before": "said before", "first_contact": False}
EARLY, LATE = "2025-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"


def based(value: object, origin: str = "zoho:1") -> Base:
    return Base(value=value, origin=origin)  # type: ignore[arg-type]


def case(column: str, **facts: Any) -> Case:  # noqa: ANN401 -- fields of Case
    told = {"ours": None, "theirs": "new", "before": None, "base": None, "first_contact": True, "made_by_sync": True}
    return Case(field=BY_COLUMN[column], **{"source": Source.ZOHO, **told, **facts})


CASES: list[tuple[str, Case, tuple[Outcome, str]]] = [
    ("nothing said", case("address", theirs=None), (KEEP, "the source cleared it")),
    ("nothing said, ours stands", case("address", theirs=None, ours="a"), (KEEP, "the source cleared it")),
    ("cleared", case("address", theirs=None, ours="a", **LATER), (CLEARED, "the source cleared it")),
    ("cleared, gone here too", case("address", theirs=None, **LATER), (KEEP, "the source cleared it")),
    ("said again", case("address", theirs="said before", **LATER), (KEEP, "the source says what it said")),
    ("agreed", case("address", ours="new", base=based("old")), (KEEP, "both say the same")),
    ("agreed with a default", case("address", ours="new"), (CONFIRM, "both say the same")),
    ("gap", case("address"), (TAKE, "it filled a gap")),
    ("gap later", case("address", **LATER), (TAKE, "it filled a gap")),
    ("emptied, other source", case("address", base=based("old")), (CONFLICT, "it was emptied by hand")),
    ("emptied, old word", case("address", base=based("new"), **LATER), (CONFLICT, "it was emptied by hand")),
    ("emptied, new word", case("address", base=based("old"), **LATER), (TAKE, "the source says a new value")),
    ("edited", case("address", ours="mine", base=based("old")), (CONFLICT, "it was changed in the backoffice")),
    ("filled by hand", case("address", ours="mine"), (CONFLICT, "it was changed in the backoffice")),
    ("own old word", case("address", ours="old", base=based("old"), **LATER), (TAKE, "the source changed it")),
    (
        "outranks at first contact",
        case("address", ours="old", base=based("old", "portal:1")),
        (TAKE, "zoho ranks above what stood there"),
    ),
    (
        "does not outrank at first contact",
        case("address", ours="old", base=based("old"), source=Source.PORTAL),
        (KEEP, "portal ranks above what stood there"),
    ),
    (
        "adopted at first contact",
        case("address", ours="old", base=based("old", ADOPTED)),
        (KEEP, "zoho ranks above what stood there"),
    ),
    (
        "outranked, had agreed",
        case("address", ours="said before", base=based("said before"), source=Source.PORTAL, **LATER),
        (TAKE, "the source changed what it had said itself"),
    ),
    (
        "outranked",
        case("address", ours="old", base=based("old"), source=Source.PORTAL, **LATER),
        (CONFLICT, "the other source's word stands"),
    ),
    (
        "fuller name",
        case("name", ours="Borg", theirs="Maria Borg", base=based("Borg"), source=Source.PORTAL),
        (TAKE, "it is the fuller name"),
    ),
    (
        "shorter name",
        case("name", ours="Maria Borg", theirs="Borg", base=based("Maria Borg", "portal:1")),
        (KEEP, "it is the fuller name"),
    ),
    (
        "an adopted name that says less stays",
        case("name", ours="Borg", theirs="Maria Borg", base=based("Borg", ADOPTED)),
        (KEEP, "zoho ranks above what stood there"),
    ),
    (
        "another field that says less is no name",
        case("address", ours="Maria Borg", theirs="Borg", base=based("Maria Borg", "portal:1")),
        (TAKE, "zoho ranks above what stood there"),
    ),
    ("identity stands", case("portal_lead_id", ours="old", base=based("old")), (KEEP, "it is written once")),
    ("identity missing", case("portal_lead_id"), (TAKE, "it filled a gap")),
    ("measured stands", case("meter_number", ours="old", base=based("old")), (KEEP, "it is written once")),
    ("sticky", case("email_opted_out", ours=False, theirs=True), (TAKE, "once true, always true")),
    ("sticky false", case("email_opted_out", ours=True, theirs=False), (KEEP, "once true, always true")),
    (
        "sticky taken back",
        case("email_opted_out", ours=False, theirs=True, base=based(value=True)),
        (CONFLICT, "it was taken back by hand"),
    ),
    (
        "sticky said anew",
        case("email_opted_out", ours=False, theirs=True, base=based(value=True), first_contact=False),
        (TAKE, "once true, always true"),
    ),
    ("first touch", case("notes"), (TAKE, "it is the first touch")),
    ("first touch of a default", case("source", ours="website"), (TAKE, "it is the first touch")),
    ("later touch", case("notes", **LATER), (KEEP, "only the first touch counts")),
    ("touch of an adopted lead", case("notes", made_by_sync=False), (KEEP, "only the first touch counts")),
    ("first touch, emptied", case("notes", base=based("old", "portal:1")), (KEEP, "it is the first touch")),
    (
        "first touch, outranks",
        case("notes", ours="old", base=based("old", "portal:1")),
        (TAKE, "it is the first touch"),
    ),
    ("first touch, no rank", case("notes", ours="old", base=based("old")), (KEEP, "it is the first touch")),
    (
        "first touch, edited",
        case("notes", ours="mine", base=based("old", "portal:1")),
        (KEEP, "it is the first touch"),
    ),
    ("no age", case("created_at", theirs=LATE), (TAKE, "it filled a gap")),
    ("older", case("created_at", ours=LATE, theirs=EARLY, base=based(LATE)), (TAKE, "it is earlier")),
    ("younger", case("created_at", ours=EARLY, theirs=LATE, base=based(EARLY)), (KEEP, "it is earlier")),
    ("age edited", case("created_at", ours=LATE, theirs=EARLY, base=based(EARLY)), (KEEP, "it is earlier")),
    ("advances", case("status", theirs="contacted"), (TAKE, "it moved forward")),
    (
        "advances what a source said",
        case("status", ours="contacted", theirs="qualified", base=based("contacted"), **LATER),
        (TAKE, "it moved forward"),
    ),
    (
        "advances what was there before",
        case("status", ours="contacted", theirs="qualified", base=based("contacted", ADOPTED)),
        (KEEP, "it was there before"),
    ),
    (
        "advances later what was there before",
        case("status", ours="contacted", theirs="qualified", base=based("contacted", ADOPTED), **LATER),
        (TAKE, "it moved forward"),
    ),
    (
        "advances what a person set",
        case("status", ours="contacted", theirs="qualified", base=based("new")),
        (CONFLICT, "it was changed in the backoffice"),
    ),
    (
        "advances what a person reset",
        case("status", ours="new", theirs="qualified", base=based("contacted")),
        (CONFLICT, "it was changed in the backoffice"),
    ),
    (
        "steps back",
        case("status", ours="qualified", theirs="contacted", base=based("qualified")),
        (KEEP, "it only moves forward"),
    ),
    (
        "the portal leaves lost",
        case("status", ours="lost", theirs="qualified", base=based("lost"), source=Source.PORTAL, **LATER),
        (KEEP, "it only moves forward"),
    ),
    (
        "the portal signs what was lost",
        case("status", ours="lost", theirs="converted", base=based("lost"), source=Source.PORTAL, **LATER),
        (TAKE, "it moved forward"),
    ),
    (
        "Zoho leaves lost",
        case("status", ours="lost", theirs="qualified", base=based("lost"), **LATER),
        (TAKE, "it moved forward"),
    ),
]


@pytest.mark.parametrize(("told", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_field_that_stands_alone(told: Case, expected: tuple[Outcome, str]) -> None:
    assert decide(told) == expected


def test_two_spellings_of_a_number_are_the_same_and_nothing_is_not() -> None:
    assert case("panel_count", ours="12", theirs=12).agrees
    assert not case("panel_count", ours=None, theirs=12).agrees
