"""The fields of Leads, and what kinds of them an organisation may add (facts on Zoho, §2, §8, §9)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.world import World
from tests.integration.zoho_bulk import export
from tests.integration.zoho_visitor import LEADS, Visitor, assert_item_error, visit

NOW = "2026-03-01T10:00:00+00:00"


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        visitor.set(fixed=NOW, token_seconds=10**8)
        yield visitor


def described(zoho: Visitor) -> dict[str, dict[str, Any]]:
    reply = zoho.call("GET", "/crm/v8/settings/fields?module=Leads").json()["fields"]
    return {field["api_name"]: field for field in reply}


@pytest.mark.parametrize(
    ("names", "data_type", "length"),
    [
        ("id", "bigint", 18),
        ("Last_Name", "text", 80),
        ("First_Name", "text", 40),
        ("Full_Name", "text", 120),
        ("Company", "text", 200),
        ("Designation City State Country", "text", 100),
        ("Street", "text", 250),
        ("Zip_Code Fax", "text", 30),
        ("Skype_ID Twitter", "text", 50),
        ("Email Secondary_Email", "email", 100),
        ("Phone Mobile", "phone", 30),
        ("Website", "website", 255),
        ("Lead_Source Lead_Status Industry Rating", "picklist", 120),
        ("Salutation", "picklist", 25),
        ("No_of_Employees", "integer", 9),
        ("Annual_Revenue", "currency", 16),
        ("Description", "textarea", 32_000),
        ("Record_Image", "profileimage", 255),
        ("Tag", "text", 2_000),
    ],
)
def test_the_standard_fields_have_their_types_and_lengths(
    zoho: Visitor, names: str, data_type: str, length: int
) -> None:
    fields = described(zoho)
    assert {(fields[name]["data_type"], fields[name]["length"]) for name in names.split()} == {(data_type, length)}


def test_what_zoho_fills_in_is_read_only(zoho: Visitor) -> None:
    names = {name for name, field in described(zoho).items() if field["read_only"] and field["field_read_only"]}
    assert names == {
        "id", "Full_Name", "Created_Time", "Modified_Time", "Last_Activity_Time", "Created_By", "Modified_By",
        "Converted__s", "Converted_Date_Time", "Lead_Conversion_Time", "Converted_Account", "Converted_Contact",
        "Converted_Deal", "Record_Status__s", "Record_Image", "Change_Log_Time__s", "Locked__s", "Enrich_Status__s",
        "Last_Enriched_Time__s", "Data_Source", "Unsubscribed_Mode", "Unsubscribed_Time",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data_type", "said", "told", "cell"),
    [
        ("percent", 12.5, 12.5, "12.5"),
        ("bigint", "900000000000000001", "900000000000000001", "900000000000000001"),
        ("multiselectpicklist", ["roof", "garage"], ["roof", "garage"], "roof;garage"),
        ("richtext", "x" * 600, "x" * 500, "x" * 600),
    ],
)
def test_an_organisation_adds_fields(zoho: Visitor, data_type: str, said: object, told: object, cell: str) -> None:
    zoho.set(extra=[{"api_name": "Ours", "data_type": data_type}])
    (lead_id,) = zoho.add({"Last_Name": "Vella", "Ours": said})
    assert zoho.list(fields="Ours").json()["data"] == [{"id": lead_id, "Ours": told}]
    assert zoho.call("GET", f"{LEADS}/{lead_id}").json()["data"][0]["Ours"] == said
    assert export(zoho, fields=["Ours"]) == [{"Id": lead_id, "Ours": cell}]
    assert (described(zoho)["Ours"]["custom_field"], described(zoho)["Ours"]["read_only"]) == (True, False)


@pytest.mark.parametrize(
    ("data_type", "wrong"),
    [("percent", "half"), ("bigint", "many"), ("bigint", "1" * 19), ("multiselectpicklist", "a")],
)
def test_added_fields_have_rules_too(zoho: Visitor, data_type: str, wrong: object) -> None:
    zoho.set(extra=[{"api_name": "Ours", "data_type": data_type}])
    reply = zoho.call("POST", LEADS, json={"data": [{"Last_Name": "Vella", "Ours": wrong}]})
    assert_item_error(reply.json()["data"][0], "INVALID_DATA", api_name="Ours")


def test_an_autonumber_may_carry_a_prefix_and_cannot_be_written(zoho: Visitor) -> None:
    zoho.set(extra=[{"api_name": "Number", "data_type": "autonumber"}])
    zoho.plant({"Last_Name": "Vella", "Number": "L-0007"})
    zoho.add({"Last_Name": "Borg", "Number": "L-0008"})
    assert [lead["Number"] for lead in zoho.list(fields="Number").json()["data"]] == [None, "L-0007"]


def test_a_subform_comes_with_a_single_record_only(zoho: Visitor) -> None:
    zoho.set(extra=[{"api_name": "Roofs", "data_type": "subform"}])
    (lead_id,) = zoho.plant({"Last_Name": "Vella", "Roofs": [{"id": "1", "Area": 40}]})
    assert zoho.list(fields="Roofs").json()["data"] == [{"id": lead_id}]
    assert zoho.call("GET", f"{LEADS}/{lead_id}").json()["data"][0]["Roofs"] == [{"id": "1", "Area": 40}]


def test_a_formula_changes_without_modified_time(zoho: Visitor) -> None:
    zoho.set(extra=[{"api_name": "Days_Open", "data_type": "formula", "days_since": "Created_Time"}])
    (lead_id,) = zoho.add({"Last_Name": "Vella"})
    first = zoho.list(fields="Days_Open,Modified_Time").json()["data"][0]
    zoho.set(fixed="2026-03-08T10:00:00+00:00")
    second = zoho.list(fields="Days_Open,Modified_Time").json()["data"][0]
    assert (first["Days_Open"], second["Days_Open"]) == (0, 7)
    assert first["Modified_Time"] == second["Modified_Time"]
    assert zoho.list(since="2026-03-01T10:00:01+00:00").status_code == 304
    zoho.call("PUT", f"{LEADS}/{lead_id}", json={"data": [{"Days_Open": 99}]})
    assert zoho.list(fields="Days_Open").json()["data"][0]["Days_Open"] == 7
