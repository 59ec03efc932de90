import json

import pytest

from leads.columns import Column, Columns
from leads.fields import BY_COLUMN
from leads.lead import DeadLetter, Lead
from leads.parsing import parse, remembered
from leads.sources import Source
from leads.values import Json, Values
from tests.unit.leads.model import COLUMNS
from tests.unit.leads.people import PORTAL_ID, ZOHO_ID, lead, portal, portal_row, zoho, zoho_record


def dead(source: Source, record: Json) -> DeadLetter:
    parsed = parse(source, record, COLUMNS)
    assert isinstance(parsed, DeadLetter)
    return parsed


@pytest.mark.parametrize("record", [None, True, 3, 1.5, "text", [], ["a"], float("nan")])
def test_a_record_that_is_no_object_is_a_dead_letter(record: Json) -> None:
    letter = dead(Source.ZOHO, record)
    assert letter.reason == "the record is no object"
    assert letter.source_id.startswith("digest:")
    json.dumps(letter.content, allow_nan=False)


@pytest.mark.parametrize("odd", [None, "", "x", True, 1.5, [], ["1"], {}, {"id": "1"}, 10**400])
@pytest.mark.parametrize("source", list(Source))
def test_an_id_that_is_no_id_makes_a_dead_letter(source: Source, odd: Json) -> None:
    record = {**(zoho_record() if source is Source.ZOHO else portal_row()), "id": odd}
    assert "lead_id is no" in dead(source, record).reason


@pytest.mark.parametrize("odd", [None, "", " ", "123", "--", True, [], ["Borg"], {}, "x" * 300])
def test_a_record_without_a_usable_name_is_a_dead_letter_of_its_own_id(odd: Json) -> None:
    letter = dead(Source.ZOHO, {"id": ZOHO_ID, "Last_Name": odd, "Email": "maria@mail.example"})
    assert letter.source_id == ZOHO_ID
    assert letter.reason.startswith("name ")
    assert letter.content["Email"] == "maria@mail.example"


def test_two_dead_letters_without_an_id_are_two() -> None:
    assert dead(Source.ZOHO, {"Last_Name": "Borg"}).source_id != dead(Source.ZOHO, {"Last_Name": "Vella"}).source_id


def test_a_reason_never_tells_a_value() -> None:
    letter = dead(Source.PORTAL, {"id": "private-id", "name": "Private Name"})
    assert "private" not in letter.reason.lower()
    told = lead(Source.PORTAL, portal_row(email="private@", total_price="private", status="private")).remarks
    assert told
    assert not any("private" in remark for remark in told)


def test_a_malformed_address_is_left_out_and_the_record_goes_on() -> None:
    record = zoho(Email="maria@")
    assert "email" not in record.values
    assert record.email is None
    assert record.remarks == ("email is no e-mail address",)


def test_a_number_as_id_is_kept_exact() -> None:
    assert zoho(id=900719925474099312).source_id == "900719925474099312"


def test_nested_ids_and_claims_of_any_kind_do_no_harm() -> None:
    claims: list[Json] = [[], {}, True, 1.5, "x", 10**400, "\x00"]
    for claim in claims:
        assert portal(zoho_lead_id=claim).claim is None
    assert portal(zoho_lead_id=900719925474099312).claim == "900719925474099312"


def test_a_claim_is_never_a_value() -> None:
    record = portal(zoho_lead_id=ZOHO_ID)
    assert record.zoho_id == ZOHO_ID
    assert "zoho_lead_id" not in record.values


def test_defaults_and_blanks_say_nothing() -> None:
    record = portal(
        address="",
        notes="  ",
        with_battery=False,
        grant_path=True,
        grant_type="pv_only",
        grant_amount=0,
        is_gozo=False,
        status="new",
        location_source="auto",
        email_opted_out=False,
        system_size_kw=0,
        total_price=0.0,
        phone=None,
        coordinates={},
    )
    assert record.values == {"portal_lead_id": PORTAL_ID, "name": "Maria Borg", "email": "maria@mail.example"}
    assert record.remarks == ()


def test_a_text_too_long_for_the_live_column_is_cut_and_remarked() -> None:
    record = zoho(UTM_Medium="ħ" * 300)
    assert record.values["source_medium"] == "ħ" * 100
    assert record.remarks == ("source_medium is cut to 100 characters",)


def test_the_live_tables_smaller_limit_counts() -> None:
    columns = Columns({column: Column(8, nullable=True) for column in BY_COLUMN})
    parsed = parse(Source.PORTAL, portal_row(locality="San Lawrenz"), columns)
    assert isinstance(parsed, Lead)
    assert parsed.values["locality"] == "San Lawr"


def test_nul_surrogates_and_control_characters_reach_neither_values_nor_content() -> None:
    record = portal(name="Mar\x00ia Borg", notes="a\x00b\ud800", extra={"k\x00": ["\ud800", float("nan")]})
    assert record.name == "Maria Borg"
    text = json.dumps([record.values, record.content], ensure_ascii=False, allow_nan=False)
    text.encode()
    assert "\\u0000" not in text


def test_endless_nesting_is_no_harm() -> None:
    nested: Json = []
    for _ in range(700):
        nested = [nested]
    json.dumps(portal(coordinates=nested).content)


def test_wrong_types_are_left_out_one_by_one() -> None:
    record = portal(
        total_price={"a": 1}, system_size_kw=True, panel_count="many", status=["new"], address=["x"], phone={}
    )
    assert set(record.values) == {"portal_lead_id", "name", "email"}
    assert len(record.remarks) == 6


def test_an_unknown_picklist_value_is_remarked_and_says_nothing() -> None:
    record = zoho(Lead_Status="Dreaming", Grant_Type="Sunshine")
    assert "status" not in record.values
    assert "grant_type" not in record.values
    assert len(record.remarks) == 2


def test_phone_and_mobile_are_both_keys() -> None:
    assert zoho(Phone="2155 1234", Mobile="0035679001234").phones == {"+35621551234", "+35679001234"}


def test_the_digest_tells_new_words_and_nothing_else() -> None:
    said = zoho(City="Rabat").digest
    assert (
        zoho(City="Rabat", Modified_Time="2026-05-01T00:00:00Z", Unknown=3, Email=" MARIA@mail.example").digest == said
    )
    assert zoho(City="Rabat", Mobile="79001234").digest != said
    assert zoho(City="Mosta").digest != said
    assert portal(zoho_lead_id=ZOHO_ID).digest != portal().digest


def test_a_malta_pin_beside_an_explicit_gozo_says_malta() -> None:
    record = portal(coordinates={"lat": 35.9, "lng": 14.45}, is_gozo=True)
    assert record.values["coordinates"] == {"lat": 35.9, "lng": 14.45}
    assert record.values.get("is_gozo") is not True


def test_a_gozo_pin_beside_a_default_says_gozo() -> None:
    assert portal(coordinates={"lat": 36.05, "lng": 14.25}, is_gozo=False).values["is_gozo"] is True


def test_an_id_of_blanks_is_none() -> None:
    letter = parse(Source.ZOHO, {"id": "  ", "Last_Name": "Borg"}, COLUMNS)
    assert isinstance(letter, DeadLetter)
    assert letter.source_id.startswith("digest:")


def test_a_battery_sized_in_text_is_a_battery() -> None:
    assert portal(battery_size_kwh="10").values["with_battery"] is True


def test_an_address_too_long_for_the_live_table_is_left_out_not_cut() -> None:
    short = Columns({**COLUMNS.live, "email": Column(length=8, nullable=False)})
    lead = parse(Source.PORTAL, portal_row(), short)
    assert isinstance(lead, Lead)
    assert "email" not in lead.values
    assert "email is longer than 8 characters" in lead.remarks


def test_what_is_kept_of_a_record_is_read_as_it_came_or_revived() -> None:
    lead = parse(Source.ZOHO, zoho_record(City="Rabat", Phone="79001234"), COLUMNS)
    assert isinstance(lead, Lead)
    raw, said = zoho_record(City="Rabat"), lead.snapshot()
    assert remembered(Source.ZOHO, ZOHO_ID, raw, said, None) == raw
    assert remembered(Source.ZOHO, "digest:x", {"Last_Name": "Borg"}, None, None) == {"Last_Name": "Borg"}
    old: Values = {"name": "Old"}
    for content, snapshot in ((said, None), (said, old), (None, said)):
        again = remembered(Source.ZOHO, ZOHO_ID, content, snapshot, None)
        assert isinstance(again, Lead)
        assert (again.values, again.phones, again.digest) == (lead.values, lead.phones, lead.digest)
