"""What the Zoho server's control endpoint does to it, and what it keeps of its calls."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.world import World
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, names, some, visit

ROOT = Path(__file__).parents[2]
HOLDS_A_SERVER = """
import sys, time
from sandbox.zoho.process import zoho_server
with zoho_server(sys.argv[1]) as server:
    print(server.control_url, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        yield visitor


def test_the_clock_runs_beside_the_real_one_or_stands(zoho: Visitor) -> None:
    zoho.set(offset_s=86_400)
    told = datetime.fromisoformat(zoho.control("GET", "settings")["now"])
    assert abs(told - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=1)
    zoho.set(fixed="2026-03-29T01:30:00+00:00")
    assert zoho.list().headers["Date"] == "Sun, 29 Mar 2026 01:30:00 GMT"


@pytest.mark.parametrize("wrong", [{"zone": "Europe/Atlantis"}, {"envelope": "none"}, {"speed": 2}])
def test_an_order_that_makes_no_sense_is_refused(zoho: Visitor, wrong: dict[str, object]) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        zoho.set(**wrong)


def test_a_fault_spoils_the_calls_it_is_meant_for_and_no_more(zoho: Visitor) -> None:
    fault = {"path": "/Leads", "method": "GET", "times": 2, "status": 429, "html": "<p>busy</p>"}
    zoho.control("POST", "faults", [{**fault, "headers": {"Retry-After": "3"}}])
    assert zoho.call("GET", "/crm/v8/org").status_code == 200
    spoilt = zoho.list()
    assert (spoilt.status_code, spoilt.text, spoilt.headers["Retry-After"]) == (429, "<p>busy</p>", "3")
    assert [zoho.list().status_code for _ in range(2)] == [429, 204]


def test_a_body_can_be_cut_short(zoho: Visitor) -> None:
    zoho.plant(*some(1))
    zoho.control("POST", "faults", [{"path": "/Leads", "truncate_at": 20}])
    assert len(zoho.list().content) == 20


@pytest.mark.parametrize(("cut", "leads"), [("before", []), ("after", ["Vella"])])
def test_a_connection_can_be_cut_before_or_after_the_work(zoho: Visitor, cut: str, leads: list[str]) -> None:
    zoho.list()
    zoho.control("POST", "faults", [{"path": "/Leads", "method": "POST", "cut": cut}])
    with pytest.raises(httpx.TransportError):
        zoho.add({"Last_Name": "Vella"})
    reply = zoho.list()
    assert (names(reply) if reply.status_code == 200 else []) == leads


def test_the_log_of_calls_counts_and_hides(zoho: Visitor) -> None:
    zoho.list(per_page=7, word="rita@vella.example", since="2026-03-01T10:00:00+00:00")
    zoho.call("POST", LEADS, json={"data": [{"Last_Name": "Vella"}]})
    log = zoho.control("GET", "calls")
    assert log["counts"] == {"POST /oauth/v2/token": 1, f"GET {LEADS}": 1, f"POST {LEADS}": 1}
    listed = log["calls"][1]
    assert (listed["method"], listed["path"], listed["status"]) == ("GET", LEADS, 304)
    assert (listed["query"]["per_page"], listed["if_modified_since"]) == ("7", "2026-03-01T10:00:00+00:00")
    assert not [word for word in ("vella", "secret", "refresh.") if word in json.dumps(log).lower()]
    zoho.control("DELETE", "calls")
    assert zoho.control("GET", "calls") == {"calls": [], "counts": {}}


@pytest.mark.parametrize(
    "poison",
    [
        {"Last_Name": "a\x00b\ud800"},
        {"Last_Name": None, "Email": "no mail", "System_Size": "big"},
        {"Last_Name": "x" * 40_000, "Loan_Term": 10**30},
        {"Last_Name": ["x"], "Campaign_Source": {"name": "Spring"}},
    ],
)
def test_planted_values_are_shown_as_they_are(zoho: Visitor, poison: dict[str, Any]) -> None:
    (lead_id,) = zoho.plant(poison)
    shown = zoho.list(fields=",".join(poison)).json()["data"][0]
    assert shown == {"id": lead_id, **poison}


def test_planted_ids_and_times_place_a_lead_or_are_shown_raw(zoho: Visitor) -> None:
    placed = {"id": "640000000000999001", "Modified_Time": "2026-03-01T10:00:00+00:00"}
    raw = {"id": "zcrm_x", "Modified_Time": "2026-03-01T09:00:00Z", "Created_Time": "never"}
    zoho.plant({"Last_Name": "placed", **placed}, {"Last_Name": "raw", **raw})
    query: dict[str, Any] = {"fields": "Modified_Time,Created_Time", "sort_by": "Modified_Time", "sort_order": "asc"}
    first, second = zoho.list(**query).json()["data"]
    assert first == raw
    assert (second["id"], second["Modified_Time"]) == (placed["id"], "2026-03-01T11:00:00+01:00")
    assert zoho.add({"Last_Name": "new"})[0] > placed["id"]


def test_planting_an_id_again_replaces_the_lead_and_restores_a_deleted_one(zoho: Visitor) -> None:
    (lead_id,) = zoho.plant({"Last_Name": "Vella"})
    zoho.plant({"id": lead_id, "Last_Name": "Borg"})
    assert names(zoho.list()) == ["Borg"]
    zoho.control("POST", "deleted", [{"id": lead_id}])
    assert zoho.list().status_code == 204
    zoho.plant({"id": lead_id, "Last_Name": "Back"})
    assert names(zoho.list()) == ["Back"]
    assert zoho.call("GET", f"{LEADS}/deleted").status_code == 204


def test_a_reset_brings_back_the_beginning(zoho: Visitor) -> None:
    beginning = {**zoho.control("GET", "settings"), "now": None}
    zoho.plant(*some(1))
    zoho.set(offset_s=99, zone="UTC", envelope="data", missing=["Email"], limits={"walk": 1})
    zoho.control("POST", "faults", [{"status": 500, "times": None}])
    zoho.control("POST", "revoke", {})
    zoho.reset()
    assert {**zoho.control("GET", "settings"), "now": None} == beginning
    assert zoho.list().status_code == 204


def test_many_leads_are_planted_and_walked_in_one_go(zoho: Visitor) -> None:
    zoho.plant(*({"Last_Name": str(n), "Modified_Time": "2026-03-01T10:00:00+00:00"} for n in range(5_000)))
    query: dict[str, Any] = {"sort_by": "Modified_Time", "sort_order": "asc"}
    reply, seen = zoho.list(**query), list[str]()
    while reply.json()["info"]["more_records"]:
        seen += names(reply)
        reply = zoho.list(page_token=reply.json()["info"]["next_page_token"], **query)
    assert seen + names(reply) == [str(n) for n in range(5_000)]


def test_the_server_dies_with_its_parent(world: World) -> None:
    command = [sys.executable, "-c", HOLDS_A_SERVER, world.zoho_dsn]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = f"{parent.stdout.readline().strip()}/settings"
        assert httpx.get(url, trust_env=False).status_code == 200
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while answers(url):
        assert time.monotonic() < deadline, "the server outlives its parent"


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_no_token_is_needed_but_the_path_must_exist(zoho: Visitor) -> None:
    assert zoho.http.get("/control/nothing").status_code == 404
    assert_error(zoho.http.get(LEADS), 401, "AUTHENTICATION_FAILURE")
