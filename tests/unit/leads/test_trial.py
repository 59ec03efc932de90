"""The test lead of a verification."""

from datetime import UTC, datetime, timedelta

import pytest

from leads.columns import Column, Columns
from leads.contacts import email_key
from leads.fields import BY_COLUMN
from leads.lead import Lead
from leads.parsing import parse
from leads.sources import Source
from leads.trial import MARK_LENGTH, Trial, is_trial, phone_tail, plus, row_of, sharing_phone, strangers

MOMENT = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
TRIAL = Trial.marked(" Ops@Company.example ", "+356 7912 3456", MOMENT)
LATER = Trial.marked("ops@company.example", "+356 7912 3456", MOMENT + timedelta(microseconds=1))


def row(number: int, **values: str) -> dict[str, str]:
    return {"id": str(number), "created_at": f"2026-11-24T12:00:0{number}+00:00", **values}


def test_a_test_lead_is_marked_in_name_and_address() -> None:
    assert TRIAL.name == "Leadsync Test 20261124t120000123456"
    assert TRIAL.email == "Ops+20261124t120000123456@Company.example"
    assert len(TRIAL.name.split()[-1]) == MARK_LENGTH
    assert is_trial(TRIAL.name)
    assert not any(map(is_trial, ("Leadsync Tester", "Anna Leadsync Test 1", "", None)))


def test_the_mark_keeps_a_plus_that_is_there_and_needs_room() -> None:
    assert plus("ops+leads@company.example", "1") == "ops+leads-1@company.example"
    with pytest.raises(ValueError, match="too long"):
        plus("o" * 50 + "@company.example", "0" * MARK_LENGTH)


def test_two_verifications_share_nothing_but_the_phone() -> None:
    assert LATER.name != TRIAL.name
    assert email_key(LATER.email) != email_key(TRIAL.email)
    assert LATER.tail == TRIAL.tail == "79123456"


def test_what_is_submitted_becomes_a_lead_that_its_address_finds() -> None:
    columns = Columns({name: Column(length=None, nullable=True) for name in BY_COLUMN})
    lead = parse(Source.PORTAL, {"id": "8d6b6cf0-0000-4000-8000-000000000001", **TRIAL.submission()}, columns)
    assert isinstance(lead, Lead)
    assert (lead.name, lead.email) == (TRIAL.name, email_key(TRIAL.email))
    assert TRIAL.is_at(lead.email)
    assert not LATER.is_at(lead.email)


@pytest.mark.parametrize("spelling", ["0035679123456", "79123456", "+356-7912-3456", " 356 79123456"])
def test_phones_are_compared_as_the_portal_does(spelling: str) -> None:
    assert phone_tail(spelling) == TRIAL.tail


def test_a_person_with_the_phone_is_a_stranger_and_an_earlier_test_lead_is_none() -> None:
    person, earlier, other = row(1, phone="79123456", name="Anna"), row(2, phone="79123456", name=LATER.name), row(3)
    rows = sharing_phone([person, earlier, other], TRIAL)
    assert rows == [person, earlier]
    assert strangers(rows) == ["1"]


def test_the_portals_row_is_the_newest_that_the_test_lead_was_written_into() -> None:
    note = str(TRIAL.submission()["notes"])
    own, over = row(1, email=TRIAL.email.upper(), phone="1"), row(2, name=LATER.name, notes=f"[Application] {note}")
    untouched = row(3, phone="79123456", name=LATER.name, notes=str(LATER.submission()["notes"]))
    assert row_of([own, untouched], TRIAL) == own
    assert row_of([untouched, over, own], TRIAL) == over
    assert row_of([untouched], TRIAL) is None
