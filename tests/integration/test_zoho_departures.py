"""Leads that leave the list: deleted and converted ones (facts on Zoho, §3, §7)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.world import World
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, assert_item_error, visit

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


def test_a_deleted_lead_is_gone_and_listed_as_recycled(zoho: Visitor) -> None:
    one, two = zoho.add({"Last_Name": "Vella", "First_Name": "Rita"}, {"Last_Name": "Borg"})
    reply = zoho.call("DELETE", LEADS, params={"ids": f"{one},640000000000000009", "wf_trigger": "false"})
    assert reply.status_code == 207
    assert [item["code"] for item in reply.json()["data"]] == ["SUCCESS", "INVALID_DATA"]
    assert zoho.call("GET", f"{LEADS}/{one}").status_code == 204
    (gone,) = zoho.call("GET", f"{LEADS}/deleted").json()["data"]
    assert (gone["id"], gone["type"], gone["display_name"], gone["deleted_time"]) == (one, "recycle", "Rita Vella", NOW)
    assert gone["deleted_by"].keys() == gone["created_by"].keys() == {"name", "id"}
    assert zoho.call("DELETE", f"{LEADS}/{two}").json()["data"][0]["message"] == "record deleted"
    assert_error(zoho.call("DELETE", LEADS), 400, "REQUIRED_PARAM_MISSING", param_name="ids")


def gone(number: int, **more: object) -> dict[str, object]:
    return {"id": 640000000000000100 + number, "type": "recycle", "display_name": f"N{number}", **more}


@pytest.mark.parametrize(
    ("kind", "shown"), [("all", {"recycle", "permanent"}), ("recycle", {"recycle"}), ("permanent", {"permanent"})]
)
def test_deleted_records_are_listed_by_type(zoho: Visitor, kind: str, shown: set[str]) -> None:
    zoho.control("POST", "deleted", [gone(1), gone(2, type="permanent")])
    rows = zoho.call("GET", f"{LEADS}/deleted?type={kind}").json()["data"]
    assert {row["type"] for row in rows} == shown
    hidden = ("display_name", "deleted_by", "created_by")
    assert all((row[name] is None) == (row["type"] == "permanent") for row in rows for name in hidden)


@pytest.mark.parametrize(
    ("today", "shown"),
    [
        ("2026-04-29", {"recycle", "permanent"}),
        ("2026-05-01", {"permanent"}),
        ("2026-06-28", {"permanent"}),
        ("2026-06-30", set()),
    ],
)
def test_deleted_records_are_kept_for_60_and_120_days(zoho: Visitor, today: str, shown: set[str]) -> None:
    zoho.control("POST", "deleted", [gone(1), gone(2, type="permanent")])
    zoho.set(fixed=f"{today}T10:00:00+00:00")
    reply = zoho.call("GET", f"{LEADS}/deleted", token=zoho.mint())
    assert {row["type"] for row in reply.json()["data"]} == shown if shown else reply.status_code == 204


def test_deleted_records_page_and_know_if_modified_since(zoho: Visitor) -> None:
    url = f"{LEADS}/deleted"
    assert zoho.call("GET", url).status_code == 204
    zoho.control("POST", "deleted", [gone(n, deleted_time=f"2026-02-0{n}T10:00:00+00:00") for n in (1, 2, 3)])
    first = zoho.call("GET", f"{url}?per_page=2").json()
    assert [row["display_name"] for row in first["data"]] == ["N3", "N2"]
    assert first["info"] == {"per_page": 2, "count": 2, "page": 1, "more_records": True}
    assert zoho.call("GET", f"{url}?per_page=2&page=2").json()["info"]["more_records"] is False
    since = {"If-Modified-Since": "2026-02-03T10:00:00+00:00"}
    assert len(zoho.call("GET", url, headers=since).json()["data"]) == 1
    later = zoho.call("GET", url, headers={"If-Modified-Since": "2026-02-03T10:00:01+00:00"})
    assert (later.status_code, later.content) == (304, b"")
    assert_error(zoho.call("GET", f"{url}?type=some"), 400, "PATTERN_NOT_MATCHED")


def test_a_converted_lead_leaves_the_list_and_keeps_its_contact(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella", "Company": "Vella Ltd"})
    zoho.set(fixed="2026-03-01T10:00:09+00:00")
    body = {"data": [{"Deals": {"Deal_Name": "Roof"}}]}
    reply = zoho.call("POST", f"{LEADS}/{lead_id}/actions/convert", json=body)
    made = reply.json()["data"][0]["details"]
    assert (made["Contacts"]["name"], made["Accounts"]["name"], made["Deals"]["name"]) == ("Vella", "Vella Ltd", "Roof")
    lead = read(zoho, lead_id)
    assert (lead["Converted__s"], lead["Converted_Contact"]) == (True, made["Contacts"])
    assert lead["Converted_Date_Time"] == lead["Modified_Time"] == "2026-03-01T11:00:09+01:00"
    assert lead["$converted_detail"]["contact"] == made["Contacts"]["id"]
    assert zoho.list().status_code == 204


def test_a_lead_converts_once_and_is_closed_to_updates_then(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella", "Email": "rita@vella.example"})
    url = f"{LEADS}/{lead_id}/actions/convert"
    assert zoho.call("POST", url, json={"data": [{}]}).status_code == 200
    assert_error(zoho.call("POST", url, json={"data": [{}]}), 400, "ID_ALREADY_CONVERTED", resource_path_index=1)
    assert_item_error(put(zoho, lead_id, City="Mosta"), "INVALID_DATA", api_name="id")
    again = {"data": [{"Last_Name": "Vella", "Email": "rita@vella.example"}]}
    assert zoho.call("POST", f"{LEADS}/upsert", json=again).json()["data"][0]["action"] == "insert"


def test_a_conversion_may_leave_modified_time_alone(zoho: Visitor) -> None:
    (lead_id,) = zoho.add({"Last_Name": "Vella"})
    zoho.set(fixed="2026-03-01T10:00:09+00:00", quiet_conversion=True)
    zoho.call("POST", f"{LEADS}/{lead_id}/actions/convert", json={"data": [{}]})
    assert (read(zoho, lead_id)["Modified_Time"], read(zoho, lead_id)["Converted__s"]) == (NOW, True)
