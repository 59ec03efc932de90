"""Get Records and its relatives, by the documented contract (facts on Zoho, §2, §3, §6, §8)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.world import World
from sandbox.zoho.refusals import STATUSES
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, names, some, visit

EARLY, LATE = "2026-03-01T10:00:00+00:00", "2026-03-02T10:00:00+00:00"


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        yield visitor


@pytest.mark.parametrize("query", [{"fields": ""}, {"fields": " , "}])
def test_a_list_needs_fields(zoho: Visitor, query: dict[str, str]) -> None:
    assert_error(zoho.list(**query), 400, "REQUIRED_PARAM_MISSING", param_name="fields")


def test_version_2_needs_no_fields_and_shows_all_but_the_newer_ones(zoho: Visitor) -> None:
    zoho.plant(*some(1))
    reply = zoho.call("GET", "/crm/v2/Leads").json()
    assert reply["data"][0].keys() >= {"Email", "Converted__s", "$approval_state"}
    assert "Converted_Contact" not in reply["data"][0]
    assert reply["info"].keys() == {"per_page", "count", "page", "more_records"}


def test_fifty_fields_are_answered_and_one_more_is_refused(zoho: Visitor) -> None:
    zoho.plant(*some(1))
    fifty = ",".join(f"F{n}" for n in range(50))
    assert zoho.list(fields=fifty).status_code == 200
    assert_error(zoho.list(fields=f"{fifty},Email"), 400, "LIMIT_EXCEEDED", limit=50)


def test_unknown_fields_are_left_out_and_unset_ones_are_null(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella"})
    lead = zoho.list(fields="Last_Name,Nonsense,Email,Grant_Path,$converted").json()["data"][0]
    assert lead == {"id": lead_id, "Last_Name": "Vella", "Email": None, "Grant_Path": False, "$converted": False}


def test_fields_that_the_organisation_lacks_are_neither_shown_nor_described(zoho: Visitor) -> None:
    zoho.plant({"Last_Name": "Vella", "Panel_Count": 4})
    zoho.set(missing=["Panel_Count"])
    assert "Panel_Count" not in zoho.list(fields="Panel_Count").json()["data"][0]
    described = zoho.call("GET", "/crm/v8/settings/fields?module=Leads").json()["fields"]
    assert "Panel_Count" not in {field["api_name"] for field in described}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("per_page", 201),
        ("per_page", 0),
        ("page", "x"),
        ("sort_by", "Email"),
        ("sort_order", "up"),
        ("converted", "maybe"),
        ("ids", "1,x"),
    ],
)
def test_a_parameter_outside_its_values_is_named(zoho: Visitor, name: str, value: object) -> None:
    query: dict[str, Any] = {name: value}
    assert_error(zoho.list(**query), 400, "INVALID_DATA", param_name=name)


def test_a_wrong_word_is_told_with_the_right_ones(zoho: Visitor) -> None:
    right = ["id", "Created_Time", "Modified_Time"]
    assert_error(zoho.list(sort_by="Email"), 400, "INVALID_DATA", supported_values=right)


@pytest.mark.parametrize(("asked", "shown"), [("false", ["open"]), ("true", ["won"]), ("both", ["open", "won"])])
def test_converted_leads_come_only_when_asked_for(zoho: Visitor, asked: str, shown: list[str]) -> None:
    zoho.plant({"Last_Name": "open"}, {"Last_Name": "won", "Converted__s": True})
    assert sorted(names(zoho.list(converted=asked))) == shown
    assert names(zoho.list()) == ["open"]


def test_ids_choose_records(zoho: Visitor) -> None:
    ids = zoho.plant(*some(4))
    assert names(zoho.list(ids=f"{ids[2]},{ids[0]}")) == ["2", "0"]


def test_no_records_at_all_are_204_and_no_changes_are_304(zoho: Visitor) -> None:
    assert (zoho.list().status_code, zoho.list().content) == (204, b"")
    zoho.plant({"Last_Name": "Vella", "Modified_Time": EARLY})
    unchanged = zoho.list(since=LATE)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert zoho.list(since=EARLY, page=2).status_code == 204


def test_if_modified_since_is_inclusive_and_compares_instants(zoho: Visitor) -> None:
    zoho.plant({"Last_Name": "Vella", "Modified_Time": EARLY})
    assert names(zoho.list(since="2026-03-01T15:30:00+05:30")) == ["Vella"]
    assert zoho.list(since="2026-03-01T15:30:01+05:30").status_code == 304


@pytest.mark.parametrize(
    "form", ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.5+00:00", "yesterday", "2026-02-30T00:00:00+00:00"]
)
def test_other_forms_of_if_modified_since_are_refused(zoho: Visitor, form: str) -> None:
    assert_error(zoho.list(since=form), 400, "INVALID_DATA", param_name="If-Modified-Since")


def test_times_are_told_in_the_users_zone(zoho: Visitor) -> None:
    zoho.plant({"Last_Name": "Vella", "Modified_Time": "2026-07-01T10:00:00+00:00", "First_Contact_Date": EARLY})
    asked = "Modified_Time,First_Contact_Date"
    lead = zoho.list(fields=asked).json()["data"][0]
    assert (lead["Modified_Time"], lead["First_Contact_Date"]) == (
        "2026-07-01T12:00:00+02:00",
        "2026-03-01T11:00:00+01:00",
    )
    zoho.set(zone="Asia/Kolkata")
    assert zoho.list(fields=asked).json()["data"][0]["Modified_Time"] == "2026-07-01T15:30:00+05:30"


def test_a_single_read_shows_everything_and_needs_no_fields(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"First_Name": "Ġorġ", "Last_Name": "Vella"})
    lead = zoho.call("GET", f"{LEADS}/{lead_id}").json()["data"][0]
    assert lead["Full_Name"] == "Ġorġ Vella"
    assert lead.keys() >= {"Email", "Owner", "Layout", "Panel_Brand", "$converted", "$converted_detail"}
    narrow = zoho.call("GET", f"{LEADS}/{lead_id}?fields=Email").json()["data"][0]
    assert narrow == {"id": lead_id, "Email": None}


def test_a_single_read_of_no_lead_is_empty(zoho: Visitor) -> None:
    assert zoho.call("GET", f"{LEADS}/640000000000000009").status_code == 204


def test_a_single_read_of_a_converted_lead_is_empty_unless_asked_for(zoho: Visitor) -> None:
    (lead_id,) = zoho.plant({"Last_Name": "Vella", "Converted__s": True})
    assert zoho.call("GET", f"{LEADS}/{lead_id}").status_code == 204
    assert zoho.call("GET", f"{LEADS}/{lead_id}?converted=true").json()["data"][0]["Converted__s"] is True


def test_the_metadata_describes_the_fields(zoho: Visitor) -> None:
    reply = zoho.call("GET", "/crm/v8/settings/fields?module=Leads").json()["fields"]
    fields = {field["api_name"]: field for field in reply}
    name, status, ours = fields["Last_Name"], fields["Lead_Status"], fields["System_Size"]
    assert (name["length"], name["system_mandatory"], name["read_only"]) == (80, True, False)
    assert {"actual_value", "display_value", "type"} <= status["pick_list_values"][0].keys()
    assert (ours["custom_field"], ours["data_type"], ours["json_type"]) == (True, "double", "double")
    assert [field["api_name"] for field in reply if field["system_mandatory"]] == ["Last_Name"]


def test_the_metadata_is_of_a_module_that_exists(zoho: Visitor) -> None:
    assert_error(zoho.call("GET", "/crm/v8/settings/fields"), 400, "REQUIRED_PARAM_MISSING", param_name="module")
    assert_error(zoho.call("GET", "/crm/v8/settings/fields?module=Dragons"), 400, "INVALID_MODULE")


def test_the_organisation_tells_its_zone(zoho: Visitor) -> None:
    zoho.set(zone="Europe/Berlin")
    assert zoho.call("GET", "/crm/v8/org").json()["org"][0]["time_zone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/crm/v8/coql"),
        ("POST", "/crm/v8/actions/watch"),
        ("GET", "/crm/latest/Leads"),
        ("GET", "/"),
    ],
)
def test_what_is_not_implemented_is_refused_loudly(zoho: Visitor, method: str, path: str) -> None:
    assert_error(zoho.call(method, path), 404, "INVALID_URL_PATTERN")


def test_a_wrong_method_is_told_from_a_wrong_address(zoho: Visitor) -> None:
    assert_error(zoho.call("PATCH", LEADS), 400, "INVALID_REQUEST_METHOD")


@pytest.mark.parametrize("version", ["v3", "v4", "v5", "v6", "v7"])
def test_versions_3_to_8_answer_alike(zoho: Visitor, version: str) -> None:
    zoho.plant(*some(2))
    reply = zoho.list(path=f"/crm/{version}/Leads", per_page=1)
    assert names(reply) == ["1"]
    assert reply.json()["info"]["next_page_token"]


def test_versions_that_are_not_in_use_are_told_from_nonsense(zoho: Visitor) -> None:
    assert_error(zoho.call("GET", "/crm/v9/Leads"), 400, "API_NOT_SUPPORTED", supported_version="v8")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/crm/v8/Contacts"), ("POST", "/crm/v8/Dragons"), ("GET", "/crm/v8/Contacts/deleted")],
)
def test_there_is_no_other_module(zoho: Visitor, method: str, path: str) -> None:
    assert_error(zoho.call(method, path), 400, "INVALID_MODULE", resource_path_index=0)


@pytest.mark.parametrize(
    ("envelope", "keys"),
    [("top", {"code", "details", "message", "status"}), ("data", {"data"}), ("bare", {"code", "message", "status"})],
)
def test_errors_come_at_top_level_or_wrapped_or_without_details(zoho: Visitor, envelope: str, keys: set[str]) -> None:
    zoho.set(envelope=envelope)
    error = zoho.list(fields="").json()
    assert error.keys() == keys
    (error,) = error.get("data", [error])
    assert (error["code"], error["status"]) == ("REQUIRED_PARAM_MISSING", "error")


@pytest.mark.parametrize(("code", "status"), STATUSES.items())
def test_each_code_can_be_ordered(zoho: Visitor, code: str, status: int) -> None:
    zoho.control("POST", "refusals", [{"code": code, "path": "/Leads"}])
    assert_error(zoho.list(), status, code)
    assert zoho.list().status_code == 204


def test_a_code_may_come_with_another_status_and_in_the_envelope_of_the_day(zoho: Visitor) -> None:
    zoho.set(envelope="data")
    zoho.control("POST", "refusals", [{"code": "OAUTH_SCOPE_MISMATCH", "status": 403, "path": "/Leads"}])
    reply = zoho.list()
    assert (reply.status_code, reply.json()["data"][0]["code"]) == (403, "OAUTH_SCOPE_MISMATCH")


def test_a_list_has_no_criteria(zoho: Visitor) -> None:
    zoho.plant(*some(2))
    assert len(names(zoho.list(criteria="(Last_Name:equals:1)", approved="true"))) == 2


def test_the_parameter_fields_may_be_bounded_in_its_length(zoho: Visitor) -> None:
    assert zoho.list(fields="x" * 1025).status_code == 204
    zoho.set(limits={"fields_length": 1024})
    assert zoho.list(fields="x" * 1024).status_code == 204
    assert_error(zoho.list(fields="x" * 1025), 400, "INVALID_DATA", param_name="fields", maximum_length=1024)


def test_restricted_fields_come_back_null(zoho: Visitor) -> None:
    zoho.set(restricted=["Email"])
    (lead_id,) = zoho.add({"Last_Name": "Vella", "Email": "rita@vella.example"})
    for reply in (zoho.list(fields="Email,Last_Name"), zoho.call("GET", f"{LEADS}/{lead_id}")):
        (lead,) = reply.json()["data"]
        assert (lead["Last_Name"], lead["Email"]) == ("Vella", None)
