"""Zoho as it can be wrong: credentials, data centre, scopes, fields, words, limits, clock."""

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest

from sandbox.world import World
from tests.integration.test_doctor.doctor import Wrong, found, look

CHECKS = (
    *("zoho-token", "zoho-centre", "zoho-organisation", "zoho-leads"),
    *("zoho-deleted", "zoho-exports", "zoho-fields", "zoho-statuses"),
)
LEADS, FIELDS, BULK = "ZohoCRM.modules.leads.READ", "ZohoCRM.settings.fields.READ", "ZohoCRM.bulk.READ"
ORGANISATION = "ZohoCRM.org.READ"


def control(world: World, method: str, what: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    answer = httpx.request(method, f"{world.zoho_control_url}/{what}", json=body, trust_env=False)
    return answer.raise_for_status().json()


def scopes(world: World, *wanted: str) -> None:
    control(world, "POST", "scopes", {"scopes": wanted})


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong(
            {"ZOHO_CLIENT_SECRET": "another-secret"},
            "zoho-token",
            "error",
            "client secret is wrong",
            "ZOHO_CLIENT_SECRET",
        ),
        Wrong(
            {"ZOHO_CLIENT_ID": "1000.ANOTHER"}, "zoho-token", "error", "client is unknown there", "ZOHO_ACCOUNTS_URL"
        ),
        Wrong(
            {"ZOHO_REFRESH_TOKEN": "1000.a.b"}, "zoho-token", "error", "wrong, revoked or of another data", "new one"
        ),
        Wrong({"ZOHO_ACCOUNTS_URL": "http://127.0.0.1:9"}, "zoho-token", "error", "no connection", "ZOHO_ACCOUNTS_URL"),
        Wrong(
            {"ZOHO_ACCOUNTS_URL": "https://accounts.zoho.com", "ZOHO_API_DOMAIN": "https://www.zohoapis.eu"},
            *(
                "zoho-centre",
                "error",
                "accounts.zoho.com and www.zohoapis.eu are of two data centres",
                "ZOHO_API_DOMAIN",
            ),
        ),
        Wrong(
            {"ZOHO_API_DOMAIN": "https://www.zohoapis.com"}, "zoho-centre", "warning", "says that the organ", "own word"
        ),
    ],
    ids=str,
)
@pytest.mark.usefixtures("settled_world")
def test_credentials_and_hosts_that_are_wrong_are_named(wrong: Wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in wrong.environment.items():
        monkeypatch.setenv(name, value)
    ((severity, system, cause, cure),) = found(wrong.check)
    assert (severity, system) == (wrong.severity, "Zoho")
    assert re.search(wrong.cause, cause), cause
    assert re.search(wrong.cure, cure), cure
    assert not [value for name, value in wrong.environment.items() if "SECRET" in name and value in cause + cure]


def test_a_token_endpoint_that_is_none_is_named(settled_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_ACCOUNTS_URL", settled_world.portal_url)
    ((severity, _, cause, cure),) = found("zoho-token")
    assert (severity, cause) == ("error", "no token endpoint is at this address")
    assert "ZOHO_ACCOUNTS_URL" in cure


@dataclass(frozen=True)
class State:
    """Zoho in another state: what is sent to its control endpoint, and what is found."""

    method: str
    what: str
    body: Any
    check: str
    severity: str
    cause: str
    cure: str


STATES = [
    State("POST", "revoke", {}, "zoho-token", "error", "wrong, revoked or of another data centre", "Create a new one"),
    State("PATCH", "settings", {"elsewhere": True}, "zoho-token", "error", "of another data centre", "Create a new"),
    State(
        "PATCH",
        "settings",
        {"limits": {"mints": 0}},
        "zoho-token",
        "error",
        "too many access tokens",
        "half an hour",
    ),
    State("PATCH", "usage", {"left": 0}, "zoho-leads", "error", "API credits are used up", "rolling 24 hours"),
    State("POST", "scopes", {"scopes": [FIELDS, BULK]}, "zoho-leads", "error", "lacks a scope", re.escape(LEADS)),
    State("POST", "scopes", {"scopes": [LEADS, BULK]}, "zoho-fields", "error", "lacks a scope", re.escape(FIELDS)),
    State(
        "POST",
        "scopes",
        {"scopes": [LEADS, FIELDS]},
        "zoho-exports",
        "warning",
        "scope for exports",
        re.escape(BULK),
    ),
    State(
        *("PATCH", "settings", {"missing": ["Panel_Brand", "Battery_Size"]}),
        *("zoho-fields", "warning", "lacks the fields Battery_Size, .*Panel_Brand", "docs/fields.md"),
    ),
    State(
        *("PATCH", "settings", {"missing": ["Lead_Status"]}),
        *("zoho-statuses", "not looked at", "has no field Lead_Status", "^$"),
    ),
    State(
        *("PATCH", "settings", {"offset_s": -90}),
        *("clock", "warning", "the clock of Zoho is (89|9[0-9]) s behind this machine's", "NTP"),
    ),
]


def name(state: State) -> str:
    return f"{state.check}: {state.cause}"


@pytest.mark.parametrize("state", STATES, ids=name)
def test_a_zoho_that_refuses_or_lacks_something_is_named(state: State, settled_world: World) -> None:
    control(settled_world, state.method, state.what, state.body)
    ((severity, _, cause, cure),) = found(state.check)
    assert severity == state.severity
    assert re.search(state.cause, cause), cause
    assert re.search(state.cure, cure), cure


@pytest.mark.parametrize("state", STATES[:2], ids=name)
def test_a_kept_token_that_died_is_named_as_well(state: State, settled_world: World) -> None:
    assert look("zoho-leads")
    test_a_zoho_that_refuses_or_lacks_something_is_named(state, settled_world)


def test_a_kept_token_needs_no_other(settled_world: World) -> None:
    assert look("zoho-leads")
    control(settled_world, "PATCH", "settings", {"limits": {"mints": 0}})
    assert found("zoho-token") == []


def test_one_dead_token_is_one_error_however_many_need_it(settled_world: World) -> None:
    assert look("zoho-leads")
    control(settled_world, "POST", "revoke", {})
    findings = look(*CHECKS)
    assert [finding.severity.value for finding in findings].count("error") == 1
    assert findings[0].severity == "error"


def test_a_missing_scope_is_one_error_and_the_others_are_looked_at(settled_world: World) -> None:
    scopes(settled_world, FIELDS, ORGANISATION)
    severities = {finding.check: finding.severity.value for finding in look(*CHECKS)}
    assert severities["zoho-leads"] == "error"
    assert severities["zoho-deleted"] == "not looked at"
    assert severities["zoho-fields"] == severities["zoho-organisation"] == severities["zoho-token"] == "ok"


@pytest.mark.usefixtures("settled_world")
def test_a_zoho_in_order_has_no_finding() -> None:
    assert [(finding.check, finding.severity.value) for finding in look(*CHECKS)] == [(name, "ok") for name in CHECKS]


def test_the_scopes_of_the_guide_are_enough(settled_world: World) -> None:
    scopes(settled_world, LEADS, FIELDS, BULK)
    findings = look(*CHECKS)
    assert {finding.severity.value for finding in findings} == {"ok"}
    assert "which nothing else needs" in findings[2].cause


def calls(world: World) -> list[str]:
    return [call["path"] for call in control(world, "GET", "calls")["calls"]]


def test_a_kept_token_is_used_and_each_kind_of_call_made_once(settled_world: World) -> None:
    assert look(*CHECKS)
    control(settled_world, "DELETE", "calls")
    assert look(*CHECKS)
    assert sorted(calls(settled_world)) == [
        "/crm/bulk/v8/read/1",
        "/crm/v8/Leads",
        "/crm/v8/Leads/deleted",
        "/crm/v8/org",
        "/crm/v8/settings/fields",
    ]


def test_zoho_is_looked_at_without_a_backoffice(settled_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settled_world
    monkeypatch.setenv("BACKOFFICE_SUPABASE_URL", "")
    assert {finding.severity.value for finding in look("zoho-token", "zoho-leads")} == {"ok"}


def replace(world: World, path: str, body: dict[str, Any]) -> None:
    fault = {"path": path, "status": 200, "body": json.dumps(body), "times": None}
    control(world, "POST", "faults", [fault])


def test_words_for_a_status_without_a_counterpart_are_named(settled_world: World) -> None:
    words = ["New", "Site Visit Booked", "contacted", "-None-"]
    picks = [{"actual_value": each, "type": "used"} for each in words] + [{"actual_value": "Old", "type": "unused"}]
    field = {"api_name": "Lead_Status", "data_type": "picklist", "pick_list_values": picks}
    replace(settled_world, "settings/fields", {"fields": [field]})
    ((severity, _, cause, cure),) = found("zoho-statuses")
    assert severity == "warning"
    assert "does not know: `Site Visit Booked`; they change nothing" in cause
    assert "leads/lifecycle.py" in cure


def test_an_organisation_for_trials_is_named(settled_world: World) -> None:
    replace(settled_world, "/org", {"org": [{"company_name": "Sandbox Solar", "type": "Sandbox"}]})
    ((severity, _, cause, _),) = found("zoho-organisation")
    assert severity == "warning"
    assert "Sandbox Solar is none that people work in, but a sandbox" in cause


def test_no_token_is_told(settled_world: World, backoffice_db: psycopg.Connection) -> None:
    findings = look(*CHECKS)
    ((token,),) = backoffice_db.execute(
        "select value ->> 'access_token' from leadsync.cache where key like 'zoho_access_token:%'"
    ).fetchall()
    said = "".join(finding.cause + finding.cure for finding in findings)
    assert token not in said
    assert settled_world.zoho_refresh_token not in said
