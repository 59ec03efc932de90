"""What a run asks of Zoho, by the server's own log, and that it says so."""

from typing import Any

import httpx
import psycopg
import pytest

from sandbox.world import World
from tests.integration.test_flows.runs import ZOHO_LEAD, Attempts, plant, run


def log(world: World) -> list[str]:
    """The paths that were called since the last look."""
    calls = httpx.get(f"{world.zoho_control_url}/calls", trust_env=False).json()["calls"]
    httpx.delete(f"{world.zoho_control_url}/calls", trust_env=False).raise_for_status()
    return [call["path"] for call in calls]


def test_an_hour_without_changes_makes_two_calls(company: World) -> None:
    plant(company, ZOHO_LEAD)
    run("primary")
    assert sorted(log(company)) == [
        "/crm/v8/Leads",
        "/crm/v8/Leads/actions/count",
        "/crm/v8/Leads/deleted",
        "/crm/v8/settings/fields",
        "/oauth/v2/token",
    ]
    for _ in range(3):
        outcome = run("primary")
        assert log(company) == ["/crm/v8/Leads", "/crm/v8/Leads/deleted"]
        assert outcome.cost is not None
        assert outcome.cost.as_json() == {"calls": 2, "credits": 2, "tokens": 0, "credits_left": None}


def test_the_cost_is_on_record_in_the_log_and_in_the_outcome(
    company: World, attempts: Attempts, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = run("primary")
    (record,) = attempts()
    assert record["cost"] == {"calls": 4, "credits": 4, "tokens": 1}
    assert outcome.cost is not None
    assert outcome.cost.as_json() == record["cost"] | {"credits_left": None}
    assert "Zoho: 4 calls and 1 for tokens, 4 credits" in caplog.text
    assert run("backup").cost is None
    assert company.zoho_control_url


def test_a_run_says_how_many_credits_are_left_once_zoho_says_so(company: World) -> None:
    change: dict[str, Any] = {"limits": {"credits": 100}}
    httpx.patch(f"{company.zoho_control_url}/settings", json=change, trust_env=False).raise_for_status()
    httpx.patch(f"{company.zoho_control_url}/usage", json={"left": 40}, trust_env=False).raise_for_status()
    cost = run("primary").cost
    assert cost is not None
    assert cost.credits_left is not None
    assert cost.credits_left < 40


def test_used_up_credits_end_the_run_and_the_next_hour_goes_on(
    company: World, backoffice_db: psycopg.Connection
) -> None:
    run("primary")
    plant(company, ZOHO_LEAD)
    httpx.patch(f"{company.zoho_control_url}/usage", json={"left": 0}, trust_env=False).raise_for_status()
    log(company)
    outcome = run("primary")
    assert (outcome.status, len(log(company))) == ("failed", 1)
    assert "the API credits are used up" in outcome.message
    httpx.patch(f"{company.zoho_control_url}/usage", json={"left": 1000}, trust_env=False).raise_for_status()
    assert run("primary").counts.inserted == 1
    assert backoffice_db.execute("select count(*) from leads").fetchall() == [(1,)]
