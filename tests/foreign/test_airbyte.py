"""Airbyte's public source for Zoho CRM against the sandbox, on version 2 of the API."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.world import World
from tests.foreign.airbyte import Airbyte, airbyte
from tests.integration.zoho_visitor import Visitor, some

LEADS = "/crm/v2/Leads"
MINUTE = "2026-03-01T10:00:00+00:00"


@pytest.fixture(scope="module")
def source(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airbyte]:
    with airbyte(world, tmp_path_factory.mktemp("airbyte")) as started:
        yield started


def calls_of(zoho: Visitor, path: str) -> list[dict[str, Any]]:
    return [call for call in zoho.control("GET", "calls")["calls"] if call["path"] == path]


def names(records: list[dict[str, Any]]) -> set[str]:
    return {record["Last_Name"] for record in records}


def test_it_mints_with_a_query_and_finds_the_connection_good(zoho: Visitor, source: Airbyte) -> None:
    assert source.run("check").of("connectionStatus") == [{"status": "SUCCEEDED"}]
    (mint,) = calls_of(zoho, "/oauth/v2/token")
    assert mint["query"].keys() == {"grant_type", "refresh_token", "client_id", "client_secret"}


def test_it_finds_leads_and_their_fields(zoho: Visitor, source: Airbyte) -> None:
    (catalog,) = source.run("discover").of("catalog")
    (leads,) = catalog["streams"]
    assert (leads["source_defined_primary_key"], leads["default_cursor_field"]) == ([["id"]], ["Modified_Time"])
    assert leads["supported_sync_modes"] == ["full_refresh", "incremental"]
    fields = leads["json_schema"]["properties"]
    assert fields["Modified_Time"]["format"] == "date-time"
    assert "Not Contacted" in fields["Lead_Status"]["enum"]
    assert fields["Annual_Revenue"]["multipleOf"] == 0.01
    assert [call["path"] for call in zoho.control("GET", "calls")["calls"] if call["status"] == 200][1:] == [
        "/crm/v2/settings/modules",
        "/crm/v2/org",
        "/crm/v2/settings/modules/Leads",
        "/crm/v2/settings/fields",
    ]


def test_a_full_refresh_reads_every_page_of_open_leads(zoho: Visitor, source: Airbyte) -> None:
    zoho.plant(*some(201))
    zoho.plant({"Last_Name": "won", "Converted__s": True})
    answer = source.read("full_refresh")
    assert answer.error is None
    assert names(answer.records) == {str(n) for n in range(201)}
    assert [call["query"] for call in calls_of(zoho, LEADS)][-2:] == [{}, {"page": "2"}]
    assert answer.records[0]["Owner"]["name"] == "Sandbox User"


def test_an_incremental_read_goes_on_from_its_state(zoho: Visitor, source: Airbyte) -> None:
    zoho.plant({"Last_Name": "old", "Modified_Time": MINUTE})
    first = source.read("incremental")
    assert names(first.records) == {"old"}
    assert first.last_state["stream"]["stream_state"] == {"Modified_Time": "2026-03-01T11:00:00+01:00"}
    zoho.plant({"Last_Name": "new", "Modified_Time": "2026-03-01T10:00:01+00:00"})
    second = source.read("incremental", first.last_state)
    assert names(second.records) == {"new"}
    third = source.read("incremental", second.last_state)
    assert third.records == []
    last = calls_of(zoho, LEADS)[-1]
    assert (last["if_modified_since"], last["status"]) == ("2026-03-01T11:00:02+01:00", 304)


def test_it_misses_what_is_written_in_the_second_of_its_watermark(zoho: Visitor, source: Airbyte) -> None:
    zoho.plant({"Last_Name": "seen", "Modified_Time": MINUTE})
    state = source.read("incremental").last_state
    zoho.plant({"Last_Name": "late", "Modified_Time": MINUTE})
    assert source.read("incremental", state).records == []
    assert zoho.list(since=MINUTE).json()["info"]["count"] == 2


def test_it_dies_where_page_numbers_end(zoho: Visitor, source: Airbyte) -> None:
    zoho.set(limits={"discrete": 200})
    zoho.plant(*some(201))
    answer = source.read("full_refresh")
    assert len(answer.records) == 200
    assert answer.error is not None
    assert calls_of(zoho, LEADS)[-1]["status"] == 400


def test_a_dead_token_ends_its_read(zoho: Visitor, source: Airbyte) -> None:
    zoho.plant(*some(1))
    refusal = {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"}
    zoho.control("POST", "faults", [{"path": "/v2/Leads", "status": 401, "body": json.dumps(refusal), "times": None}])
    answer = source.read("full_refresh")
    assert (answer.records, len(calls_of(zoho, LEADS))) == ([], 1)
    assert answer.error is not None
