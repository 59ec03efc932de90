from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.batch import read
from leads.erasure import NOBODY, Held, anonymised, remaining
from leads.fields import BY_COLUMN, PERSONAL
from leads.sources import Source
from tests.unit.leads.model import COLUMNS
from tests.unit.leads.people import portal_row, zoho_record

LEAD = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "aaaaaaaa-0000-4000-8000-000000000002"
PLACED = "2026-11-24T10:00:00+00:00"
TEXT = {"type": "text", "length": None, "nullable": True}
LIVE: dict[str, dict[str, Any]] = {
    **dict.fromkeys(BY_COLUMN, TEXT),
    "name": {"type": "character varying", "length": 255, "nullable": False},
    "email": {"type": "character varying", "length": 255, "nullable": False},
    "phone": {"type": "character varying", "length": 50, "nullable": False},
    "coordinates": {"type": "jsonb", "nullable": True},
    "assigned_to": TEXT,
}


def record(**facts: object) -> dict[str, Any]:
    empty = {"snapshot": None, "content": None, "decision": None, "decision_lead": None, "decided_at": None}
    named = {"source": "zoho", "source_id": "1", "place": "linked", "reason": None, "lead_id": LEAD}
    return {**empty, **named, "placed_at": PLACED, **facts}


def story(**parts: object) -> dict[str, Any]:
    empty = dict.fromkeys(("records", "journal", "conflicts", "attempts"), ())
    return {"lead": None, "base": None, **empty, **parts}


ZOHO = {"source": "zoho", "source_id": "1"}


def written(before: dict[str, Any], after: dict[str, Any], **facts: object) -> dict[str, Any]:
    return {**ZOHO, "before": before, "after": after, **facts}


def held(*records: dict[str, Any], **parts: object) -> Held:
    return Held.of(story(records=list(records), **parts), lead_id=LEAD)


def test_every_address_that_anything_says_or_said_is_a_key() -> None:
    known = held(
        record(snapshot={"name": "Maria Borg", "email": "snapshot@mail.example"}),
        record(source="portal", place="dead_letter", reason="r", content={"email": " Content@Mail.example "}),
        record(place="review", reason="was deleted", content={"Email": "zoho@mail.example", "Last_Name": "Borg"}),
        lead={"name": "Maria Borg", "email": "LEAD@mail.example", "phone": ""},
        base={"email": {"value": "base@mail.example", "origin": "zoho:1"}},
        journal=[
            written({"email": "before@mail.example"}, {"email": "after@mail.example"}),
            written({}, {"email": "somebody@mail.example"}, source_id="another's"),
        ],
        conflicts=[
            {**ZOHO, "field": "email", "base": None, "ours": "ours@mail.example", "theirs": "theirs@mail.example"}
        ],
    )
    said = {"snapshot", "content", "zoho", "lead", "base", "before", "after", "ours", "theirs"}
    assert known.keys().emails == {f"{word}@mail.example" for word in said}


def test_every_name_goes_with_every_phone_wherever_either_was_said() -> None:
    known = held(
        record(snapshot={"name": "Maria Borg", "phone": "+35679000001", "phones": ["+35679000001", "+35621000002"]}),
        lead={"name": "Vella Maria", "email": "", "phone": "+356 7900 0003"},
        journal=[written({"phone": "79000004"}, {"phone": None})],
    )
    tails = ("79000001", "21000002", "79000003", "79000004")
    assert known.keys().persons == {f"{tail}|{name}" for tail in tails for name in ("borg maria", "maria vella")}


@pytest.mark.parametrize(
    "words", [{"email": "noreply@mail.example"}, {"email": "no address"}, {"email": None}, {"email": 5}, {"phones": 1}]
)
def test_placeholders_and_what_is_no_address_are_no_keys(words: dict[str, Any]) -> None:
    keys = held(record(snapshot=words)).keys()
    assert (keys.emails, keys.persons) == (frozenset(), frozenset())


@given(
    name=st.sampled_from([("Ġużè", "Ħili"), ("Maria", "Borg"), (None, "Vella Borg")]),
    email=st.sampled_from(["Anna.Z@Mail.example", " anna@mail.example", "anna@ħal.example", None]),
    phones=st.tuples(*[st.sampled_from(["+35679000001", " 356 7900 0002", "00356 79000003", "21 000 004", None])] * 2),
)
def test_a_forgotten_record_is_asked_for_by_the_keys_that_were_buried(
    name: tuple[str | None, str], email: str | None, phones: tuple[str | None, str | None]
) -> None:
    raw = zoho_record(First_Name=name[0], Last_Name=name[1], Email=email, Phone=phones[0], Mobile=phones[1])
    row = portal_row(name=" ".join(filter(None, name)), email=email, phone=phones[0])
    for source, sent in ((Source.ZOHO, raw), (Source.PORTAL, row)):
        (asked,) = read(source, [sent], COLUMNS).asks()
        for kept in ({"content": sent}, {"snapshot": _snapshot(source, sent)}):
            keys = held(record(**kept)).keys().payload()
            assert keys["emails"] == asked["emails"]
            assert set(keys["persons"]) >= set(asked["persons"])  # type: ignore[arg-type]


def _snapshot(source: Source, sent: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    (parsed,) = read(source, [sent], COLUMNS).records
    return parsed.snapshot()  # type: ignore[union-attr]


def test_a_record_that_only_may_be_the_persons_gives_no_keys_and_no_content() -> None:
    waiting = record(
        source_id="2",
        lead_id=None,
        place="review",
        reason="the e-mail is another person's",
        content={"Email": "stranger@mail.example"},
        candidates=[LEAD],
    )
    known = held(record(snapshot={"email": "maria@mail.example"}), waiting)
    assert known.keys().emails == {"maria@mail.example"}
    assert "stranger" not in repr(known.export())
    assert [row["source_id"] for row in known.export()["may_be_theirs"]] == ["2"]  # type: ignore[union-attr,index,call-overload]


def test_a_record_that_a_person_decided_to_be_the_leads_is_the_persons() -> None:
    decided = record(
        source_id="2",
        lead_id=None,
        place="review",
        reason="r",
        content={"Email": "second@mail.example"},
        decision="same",
        decision_lead=LEAD,
        decided_at="2026-11-24T11:00:00+00:00",
    )
    assert held(decided).keys().emails == {"second@mail.example"}


CHANGED: dict[str, Any] = {
    "place": "review",
    "reason": "identity changed",
    "snapshot": {"email": "maria@mail.example"},
    "content": {"Email": "stranger@mail.example", "Last_Name": "Stranger"},
}


def test_a_record_that_now_speaks_of_somebody_else_is_a_strangers_but_what_it_said_before_is_not() -> None:
    known = held(record(**CHANGED), lead={"id": LEAD, "name": "Maria Borg"})
    assert (known.records, len(known.waiting)) == ([], 1)
    assert known.keys().emails == {"maria@mail.example"}
    assert "maria@mail.example" in repr(known.export())
    assert "tranger" not in repr(known.export())


def test_asked_for_by_its_own_id_such_a_record_is_held_without_the_lead() -> None:
    told = story(lead={"id": LEAD, "email": "maria@mail.example"}, records=[record(**CHANGED), record(source_id="2")])
    known = Held.of(told, record=("zoho", "1"))
    assert known.lead is None
    assert [row["source_id"] for row in known.records] == ["1"]
    assert known.keys().emails == {"stranger@mail.example"}
    assert "maria" not in repr(known.export())


def test_a_changed_record_that_a_person_said_is_still_the_leads_is_the_persons() -> None:
    still = record(**CHANGED, decision="same", decision_lead=LEAD, decided_at="2026-11-24T10:00:00.5+00:00")
    assert held(still).keys().emails == {"maria@mail.example", "stranger@mail.example"}
    before = record(**CHANGED, decision="same", decision_lead=LEAD, decided_at="2026-11-24T09:00:00+00:00")
    assert held(before).records == []


AFTER = "2026-11-24T11:00:00+00:00"
"""Later than it was placed: the decision has not been carried out."""


@pytest.mark.parametrize("decision", [("separate", None), ("same", OTHER)])
def test_a_record_that_a_person_parted_from_the_lead_is_a_strangers(decision: tuple[str, str | None]) -> None:
    said = {"snapshot": {"email": "stranger@mail.example"}, "place": "review", "reason": "split from its lead"}
    parted = record(**said, decision=decision[0], decision_lead=decision[1], decided_at=AFTER)
    known = held(parted, lead={"id": LEAD, "email": "maria@mail.example"})
    assert (known.records, known.former, known.waiting) == ([], [], [parted])
    assert "stranger" not in repr(known.export())
    itself = Held.of(story(records=[parted], lead={"id": LEAD, "email": "maria@mail.example"}), record=("zoho", "1"))
    assert itself.lead is None
    assert itself.keys().emails == {"stranger@mail.example"}


def test_a_record_whose_decided_lead_is_deleted_is_still_that_leads() -> None:
    reason = "the lead of the decision is deleted"
    decided = record(lead_id=None, place="review", reason=reason, decision="same", decision_lead=LEAD)
    assert len(held({**decided, "decided_at": "2026-11-24T09:00:00+00:00"}).records) == 1


def test_a_record_leads_to_all_records_of_its_lead() -> None:
    records = [record(), record(source="portal", source_id="p"), record(source_id="3", lead_id=OTHER)]
    known = Held.of(story(records=records), record=("portal", "p"))
    assert [row["source_id"] for row in known.records] == ["1", "p"]


def test_nothing_is_known_where_no_table_says_anything() -> None:
    assert Held.of(story(), record=("zoho", "1")).nothing
    assert Held.of(story(records=[record(lead_id=None, place="review", candidates=[LEAD])]), lead_id=LEAD).nothing
    assert not held(record()).nothing
    assert not held(lead={"id": LEAD}).nothing


def test_an_anonymised_lead_keeps_nothing_personal_and_loses_nothing_else() -> None:
    values = anonymised(LIVE)
    assert values.keys() == PERSONAL
    assert {name: value for name, value in values.items() if value is not None} == {
        "name": NOBODY,
        "email": "",
        "phone": "",
    }
    assert not {"status", "total_price", "consumption_kwh", "is_gozo", "converted_at", "source"} & values.keys()


def test_a_column_that_the_table_lacks_is_not_overwritten() -> None:
    assert anonymised({"name": LIVE["name"]}) == {"name": NOBODY}


def test_a_short_name_column_gets_as_much_of_the_word_as_fits() -> None:
    assert anonymised({"name": {"type": "character varying", "length": 6, "nullable": False}}) == {"name": NOBODY[:6]}


def test_what_a_person_should_look_at_is_what_is_not_ours_and_what_may_not_be_empty() -> None:
    live = {**LIVE, "coordinates_lat": {"type": "numeric", "nullable": False}}
    assert remaining(["assigned_to", "status", "panel_brand"], live) == ["assigned_to", "coordinates_lat"]
    assert "coordinates_lat" not in anonymised(live)
