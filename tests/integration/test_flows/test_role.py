"""The whole of leadsync by a key that may call our functions and nothing else."""

import io
import json
from typing import Any

import psycopg
import pytest

from cli.main import app
from sandbox.keys import BACKOFFICE
from sandbox.world import World
from systems.errors import Misconfigured
from tests.integration.test_doctor.doctor import look
from tests.integration.test_flows.runs import PERSON, ZOHO_LEAD, Attempts, add_row, leads, plant, run

KEY, PUBLIC = "BACKOFFICE_SUPABASE_SERVICE_KEY", "BACKOFFICE_SUPABASE_PUBLISHABLE_KEY"
SPOUSE = {"First_Name": "Paul", "Last_Name": "Vella", "Email": PERSON, "Phone": "+35679990002"}


@pytest.fixture
def token(company: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """A token as `leadsync role-token` makes it, and settings that know no other key of the backoffice."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{BACKOFFICE.jwt_secret}\n"))
    assert leadsync("role-token") == 0
    made = capsys.readouterr().out.strip()
    monkeypatch.setenv(KEY, made)
    monkeypatch.setenv(PUBLIC, company.backoffice_publishable_key)
    return made


def leadsync(*words: str) -> int:
    code: int = app(list(words), exit_on_error=False)
    return code


@pytest.fixture(autouse=True)
def _by_the_role(token: str, backoffice_db: psycopg.Connection) -> None:
    """The service key is of no use meanwhile, so that nothing can fall back to it."""
    assert token.count(".") == 2
    assert backoffice_db


def test_both_flows_a_decision_an_undo_and_all_commands_work(
    company: World,
    portal_db: psycopg.Connection,
    backoffice_db: psycopg.Connection,
    attempts: Attempts,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plant(company, ZOHO_LEAD)
    (spouse,) = plant(company, SPOUSE)
    add_row(portal_db)
    assert [run("primary").status, run("backup").status] == ["findings", "completed"]
    (anna,) = leads(backoffice_db)

    assert leadsync("review", f"zoho:{spouse}", "separate") == 0
    assert run("primary").counts.inserted == 1
    primary = next(str(a["attempt_id"]) for a in reversed(attempts()) if a["sync_type"] == "zoho")
    assert leadsync("undo", primary, "--dry-run") == 0
    assert leadsync("undo", primary) == 0
    assert [lead["deleted_at"] is None for lead in leads(backoffice_db)].count(True) == 1

    ends = {
        ("tidy",): 0,
        ("reconcile", "--heal"): 0,
        ("history", str(anna["id"])): 0,
        ("export", str(anna["id"])): 0,
        ("rejected",): 0,
        ("report", "--to", "-"): 0,
        ("forget", str(anna["id"]), "--yes"): 0,
    }
    assert {words: leadsync(*words) for words in ends} == ends
    assert "without rights" not in capsys.readouterr().err
    assert {a["status"] for a in attempts()} <= {"completed", "findings"}


def test_the_flows_that_only_look_work(company: World) -> None:
    from flows.retention import retention  # noqa: PLC0415 - imports Prefect
    from flows.watch import watch  # noqa: PLC0415 - imports Prefect

    tidy: Any = retention
    assert company
    assert tidy(return_state=True).is_completed()
    assert "backoffice" not in str(watch.fn().message)


def test_doctor_finds_nothing_wrong_with_the_key(token: str) -> None:
    names = ("settings", "backoffice-key", "backoffice-answers", "migrations", "leads-needs", "one-database")
    findings = look(*names)
    assert token
    assert [f"{finding.check}: {finding.cause}" for finding in findings if finding.severity != "ok"] == []
    assert "its key may call leadsync's functions and nothing else" in [finding.cause for finding in findings]


def test_without_the_publishable_key_the_setting_that_is_missing_is_named(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PUBLIC)
    assert token
    outcome = run("primary")
    assert outcome.status == "failed"
    with pytest.raises(Misconfigured, match=f"{PUBLIC} is missing, and a token of the role leadsync needs it"):
        leadsync("tidy")


def test_the_attempts_row_in_sync_metadata_is_read_through_a_function(company: World, attempts: Attempts) -> None:
    from systems.backoffice import Backoffice  # noqa: PLC0415 - only here
    from systems.settings import BackofficeSettings, Tunables, load  # noqa: PLC0415 - only here

    plant(company, ZOHO_LEAD)
    outcome = run("primary")
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice:
        row = backoffice.on_record(str(outcome.attempt_id))
        assert backoffice.on_record("00000000-0000-4000-8000-000000000000") is None
    assert row is not None
    assert (row.status, json.dumps(row.counts, sort_keys=True)) == (
        "completed",
        json.dumps(attempts()[0]["counts"], sort_keys=True),
    )
