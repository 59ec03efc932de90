"""The runbook's way back, one command each, while the primary goes on."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.world import World
from tests.integration.test_flows.endpoint import BACKUP, PRIMARY, SECRET, ready, serving
from tests.integration.test_flows.runs import Attempts, add_row, leads, plant, run
from tests.integration.test_flows.server import deploy_once

ANOTHER = "nobody-else-has-been-told-this-one"
NEWCOMER = {"Last_Name": "Farrugia", "Email": "rita@mail.example"}


@pytest.fixture
def _deployed(prefect_url: str, settled: None) -> Iterator[None]:
    """The backup as it is after a deploy, before and after the test."""
    from deployments.pausing import switch  # noqa: PLC0415 - imports Prefect

    assert settled is None
    deploy_once(prefect_url)
    yield
    switch("backup", on=True, schedule_only=False)


def leadsync(*arguments: str) -> str:
    program = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def names(backoffice: psycopg.Connection) -> list[str]:
    return sorted(lead["name"] for lead in leads(backoffice) if lead["deleted_at"] is None)


@pytest.mark.usefixtures("_deployed")
def test_the_backup_is_stopped_taken_back_and_locked_out_while_the_primary_goes_on(
    company: World,
    portal_db: psycopg.Connection,
    backoffice_db: psycopg.Connection,
    attempts: Attempts,
    tmp_path: Path,
) -> None:
    plant(company, {"Last_Name": "Vella", "Email": "carmen@mail.example"})
    add_row(portal_db, "paul@mail.example", "Paul Camilleri")
    assert [run("primary").status, run("backup").status] == ["completed", "completed"]
    assert names(backoffice_db) == ["Paul Camilleri", "Vella"]
    (backup,) = [str(record["attempt_id"]) for record in attempts() if record["sync_type"] == "portal"]

    assert "backup-portal-sync/daily is paused" in leadsync("pause", "backup")
    leadsync("undo", backup)
    with serving(tmp_path / "log", CRON_SECRET=ANOTHER) as process:
        endpoint = ready(process, tmp_path / "log")
        assert [endpoint.call("POST", path, f"Bearer {SECRET}").status_code for path in (PRIMARY, BACKUP)] == [401, 401]
        assert endpoint.call("POST", BACKUP, f"Bearer {ANOTHER}").json()["reason"] == "paused"

    plant(company, NEWCOMER)
    assert run("primary").counts.inserted == 1
    assert names(backoffice_db) == ["Farrugia", "Vella"]
