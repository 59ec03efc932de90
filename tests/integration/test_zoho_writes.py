"""Insert, update and upsert, item by item (facts on Zoho, §7, §8)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.world import World
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, assert_item_error, names, visit

NOW = "2026-03-01T11:00:00+01:00"


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        visitor.set(fixed="2026-03-01T10:00:00.700000+00:00")
        yield visitor


def put(zoho: Visitor, lead_id: str, **values: object) -> dict[str, Any]:
    """The reply for one updated lead."""
    item: dict[str, Any] = zoho.call("PUT", f"{LEADS}/{lead_id}", json={"data": [values]}).json()["data"][0]
    return item


def read(zoho: Visitor, lead_id: str) -> dict[str, Any]:
    lead: dict[str, Any] = zoho.call("GET", f"{LEADS}/{lead_id}?converted=both").json()["data"][0]
    return lead


def test_an_insert_tells_id_and_times(zoho: Visitor) -> None:
    reply = zoho.call("POST", LEADS, json={"data": [{"Last_Name": "Vella"}], "trigger": []})
    (item,) = reply.json()["data"]
    assert (reply.status_code, item["code"], item["message"]) == (201, "SUCCESS", "record added")
    assert item["details"].keys() == {
        "id", "Created_Time", "Modified_Time", "Created_By", "Modified_By", "$approval_state",
    }  # fmt: skip
    assert (item["details"]["Created_Time"], item["details"]["Modified_Time"]) == (NOW, NOW)


def test_ids_are_long_strings_that_grow(zoho: Visitor) -> None:
    ids = zoho.add(*({"Last_Name": str(n)} for n in range(3)))
    assert [len(lead_id) for lead_id in ids] == [18, 18, 18]
    assert list(ids) == sorted(ids)


def test_an_update_changes_what_it_names_and_moves_modified_time(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella", "City": "Mosta", "Company": "Vella Ltd"})
    zoho.set(fixed="2026-03-01T10:00:09+00:00")
    item = put(zoho, lead_id, City="Naxxar", Company=None)
    lead = read(zoho, lead_id)
    assert (item["code"], item["message"]) == ("SUCCESS", "record updated")
    assert (lead["Last_Name"], lead["City"], lead["Company"]) == ("Vella", "Naxxar", None)
    assert (lead["Created_Time"], lead["Modified_Time"]) == (NOW, "2026-03-01T11:00:09+01:00")


def test_a_call_that_succeeds_in_part_is_207(zoho: Visitor) -> None:
    reply = zoho.call("POST", LEADS, json={"data": [{"First_Name": "Rita"}, {"Last_Name": "Vella"}]})
    failed, added = reply.json()["data"]
    assert (reply.status_code, added["code"]) == (207, "SUCCESS")
    assert_item_error(failed, "MANDATORY_NOT_FOUND", api_name="Last_Name", json_path="$.data[0].Last_Name")
    assert names(zoho.list()) == ["Vella"]


@pytest.mark.parametrize(
    ("name", "value", "details"),
    [
        ("Last_Name", "x" * 81, {"maximum_length": 80}),
        ("Description", "x" * 32_001, {"maximum_length": 32_000}),
        ("First_Name", 7, {"expected_data_type": "text"}),
        ("Email", "rita at home", {"expected_data_type": "email"}),
        ("Phone", "call me!", {"expected_data_type": "phone"}),
        ("Phone", "1" * 31, {"maximum_length": 30}),
        ("Loan_Term", "12", {"expected_data_type": "integer"}),
        ("Loan_Term", 1_000_000_000, {"maximum_length": 9}),
        ("Quote_Amount", "much", {"expected_data_type": "double"}),
        ("Quote_Amount", True, {"expected_data_type": "double"}),
        ("With_Battery", "yes", {"expected_data_type": "boolean"}),
        ("Deposit_Paid_Date", "2026-02-30", {"expected_data_type": "date"}),
        ("First_Contact_Date", "2026-02-01", {"expected_data_type": "datetime"}),
        ("Campaign_Source", "Spring", {"expected_data_type": "jsonobject"}),
    ],
)
def test_a_value_that_its_field_cannot_hold_is_told(
    zoho: Visitor, name: str, value: object, details: dict[str, object]
) -> None:
    reply = zoho.call("POST", LEADS, json={"data": [{"Last_Name": "Vella", name: value}]})
    assert reply.status_code == 400
    assert_item_error(reply.json()["data"][0], "INVALID_DATA", api_name=name, json_path=f"$.data[0].{name}", **details)


def test_several_errors_of_one_record_are_told_in_one(zoho: Visitor) -> None:
    reply = zoho.call("POST", LEADS, json={"data": [{"Email": "rita at home", "Loan_Term": "12"}]})
    (item,) = reply.json()["data"]
    assert_item_error(item, "MULTIPLE_OR_MULTI_ERRORS")
    told = {error["details"]["api_name"]: error["code"] for error in item["details"]["errors"]}
    assert told == {"Last_Name": "MANDATORY_NOT_FOUND", "Email": "INVALID_DATA", "Loan_Term": "INVALID_DATA"}


def test_a_locked_record_is_neither_changed_nor_deleted(zoho: Visitor) -> None:
    (lead_id,) = zoho.plant({"Last_Name": "Vella", "Locked__s": True})
    assert_item_error(put(zoho, lead_id, City="Mosta"), "RECORD_LOCKED", id=lead_id)
    assert_item_error(zoho.call("DELETE", f"{LEADS}/{lead_id}").json()["data"][0], "RECORD_LOCKED")
    assert read(zoho, lead_id)["Locked__s"] is True


def test_values_come_back_as_they_were_said(zoho: Visitor) -> None:
    said = {
        "Last_Name": "Għar 😀", "Phone": "+356 2100 0000", "Loan_Term": 120, "Quote_Amount": 12345.67,
        "With_Battery": True, "Deposit_Paid_Date": "2026-02-28", "First_Contact_Date": NOW, "Lead_Status": "Our own",
    }  # fmt: skip
    (lead_id,) = zoho.add(said)
    assert read(zoho, lead_id).items() >= said.items()


def test_blanks_none_picks_read_only_and_unknown_names_say_nothing(zoho: Visitor) -> None:
    (lead_id,) = zoho.add(
        {"Last_Name": " Vella ", "City": " ", "Rating": "-None-", "Converted__s": True, "Full_Name": "No", "Nope": 1}
    )
    lead = read(zoho, lead_id)
    assert (lead["Last_Name"], lead["City"], lead["Rating"]) == ("Vella", None, None)
    assert (lead["Converted__s"], lead["Full_Name"], "Nope" in lead) == (False, "Vella", False)


def test_an_id_in_a_write_may_be_a_number_and_comes_back_as_a_string(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella"})
    item = {"id": int(lead_id), "Campaign_Source": {"name": "Spring", "id": 640000000000000555}}
    reply = zoho.call("PUT", LEADS, json={"data": [item, {"id": True}, {"id": -1}]})
    assert [each["code"] for each in reply.json()["data"]] == ["SUCCESS", "INVALID_DATA", "INVALID_DATA"]
    lead = read(zoho, lead_id)
    assert (lead["id"], lead["Campaign_Source"]["id"]) == (lead_id, "640000000000000555")


def test_an_update_wants_the_id_of_a_lead_that_is_there(zoho: Visitor) -> None:
    zoho.add({"Last_Name": "Vella"})
    reply = zoho.call("PUT", LEADS, json={"data": [{"City": "Mosta"}, {"id": "640000000000000009"}]})
    without, unknown = reply.json()["data"]
    assert reply.status_code == 400
    assert_item_error(without, "MANDATORY_NOT_FOUND", api_name="id")
    assert_item_error(unknown, "INVALID_DATA", api_name="id")


def test_a_last_name_cannot_be_emptied(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella"})
    assert_item_error(put(zoho, lead_id, Last_Name=None), "MANDATORY_NOT_FOUND", api_name="Last_Name")


def test_an_update_can_insist_on_an_unchanged_lead(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella"})
    url, body = f"{LEADS}/{lead_id}", {"data": [{"City": "Mosta"}]}
    reply = zoho.call("PUT", url, json=body, headers={"If-Unmodified-Since": "2026-03-01T10:59:59+01:00"})
    assert reply.status_code == 412
    assert_item_error(reply.json()["data"][0], "ALREADY_MODIFIED", id=lead_id, Modified_Time=NOW)
    assert zoho.call("PUT", url, json=body, headers={"If-Unmodified-Since": NOW}).status_code == 200


def test_an_upsert_goes_by_email_in_any_letter_case(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella", "Email": "rita@vella.example"})
    people = [
        {"Last_Name": "Vella Borg", "Email": "RITA@vella.example"},
        {"Last_Name": "Camilleri", "Email": "joe@camilleri.example"},
        {"Last_Name": "Camilleri", "Email": "Joe@camilleri.example"},
    ]
    reply = zoho.call("POST", f"{LEADS}/upsert", json={"data": people})
    told = [(item["action"], item["duplicate_field"]) for item in reply.json()["data"]]
    assert (reply.status_code, told) == (200, [("update", "Email"), ("insert", None), ("update", "Email")])
    assert reply.json()["data"][0]["details"]["id"] == lead_id
    assert len(names(zoho.list())) == 2


def test_an_upsert_by_other_fields_ignores_email(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella", "Email": "rita@vella.example", "Mobile": "21000001"})
    data = [
        {"Last_Name": "Vella", "Email": "rita@vella.example"},
        {"Last_Name": "Borg", "Email": "b@borg.example", "Mobile": "21000001"},
    ]
    body = {"data": data, "duplicate_check_fields": ["Mobile"]}
    one, two = zoho.call("POST", f"{LEADS}/upsert", json=body).json()["data"]
    assert (one["action"], two["action"], two["duplicate_field"]) == ("insert", "update", "Mobile")
    assert two["details"]["id"] == lead_id


def test_unique_fields_refuse_a_twin(zoho: Visitor) -> None:
    zoho.set(unique=["Email"])
    (first, second) = zoho.add({"Last_Name": "A", "Email": "a@a.example"}, {"Last_Name": "B", "Email": "b@b.example"})
    reply = zoho.call("POST", LEADS, json={"data": [{"Last_Name": "C", "Email": "A@a.example"}]})
    assert_item_error(reply.json()["data"][0], "DUPLICATE_DATA", api_name="Email", id=first)
    refused = put(zoho, second, Email="a@a.example")
    assert_item_error(refused, "DUPLICATE_DATA", api_name="Email", id=first)
    assert refused["details"]["duplicate_record"]["id"] == first
    assert put(zoho, first, Email="a@a.example")["code"] == "SUCCESS"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MANDATORY_NOT_FOUND"),
        ({"data": []}, "INVALID_DATA"),
        ({"data": "x"}, "INVALID_DATA"),
        ([], "INVALID_DATA"),
        ({"data": [{"Last_Name": "x"}] * 101}, "INVALID_DATA"),
    ],
)
def test_a_body_is_a_list_of_1_to_100_records(zoho: Visitor, body: object, code: str) -> None:
    assert_error(zoho.call("POST", LEADS, json=body), 400, code)
    assert zoho.list().status_code == 204
