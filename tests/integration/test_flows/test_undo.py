"""`leadsync undo` and `leadsync history` on real parts: what an undo brings back stays so, run after run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, NamedTuple
from unittest.mock import patch
from uuid import uuid4

import httpx
import psycopg
import pytest

from cli.main import main
from sandbox.world import World

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")  # they are in sys.argv

Attempts = Callable[[], list[dict[str, Any]]]
Rows = list[tuple[Any, ...]]

LEADS = "select to_jsonb(l) - 'updated_at' from leads as l order by id"
BASES = "select lead_id, columns from leadsync.bases order by lead_id"
RECORDS = "select to_jsonb(r) - 'seen_at' - 'seen_by' from leadsync.records as r order by source_id"
STATE = (LEADS, BASES, RECORDS)
VERSIONS = "select id, xmin::text from leads order by id"


class Done(NamedTuple):
    """How a command ended."""

    returncode: object
    stdout: str
    stderr: str


def leadsync(*arguments: str) -> Done:
    """Run a command in this process, which saves the seconds that a new one needs for its imports."""
    out, err = StringIO(), StringIO()
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "argv", ["leadsync", *arguments]),
        patch.dict(os.environ, COLUMNS="200"),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Done(ended.value.code, out.getvalue(), err.getvalue())


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from cli.main import main; main()", *arguments]


def answer(*arguments: str) -> dict[str, Any]:
    done = leadsync(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def backup() -> Any:  # noqa: ANN401 - an outcome
    from flows.backup import portal_to_backoffice  # noqa: PLC0415 - imports Prefect

    return portal_to_backoffice(return_state=True).result()


def add_row(portal: psycopg.Connection, email: str) -> str:
    statement = "insert into leads (name, email, phone) values (%s, %s, '') returning id::text"
    row = portal.execute(statement, (email.partition("@")[0].title(), email)).fetchone()
    assert row is not None
    return str(row[0])


def rows(database: psycopg.Connection, *statements: str) -> list[Rows]:
    return [database.execute(statement.encode()).fetchall() for statement in statements]


def pick(told: dict[str, Any]) -> dict[str, Any]:
    return {key: told[key] for key in ("restored", "deleted", "revived", "left")}


@pytest.fixture
def changed(company: World, portal_db: psycopg.Connection) -> str:
    """An attempt that changed one lead and inserted another."""
    add_row(portal_db, "anna@mail.example")
    backup()
    portal_db.execute("update leads set locality = 'Sliema', total_price = 8000")
    add_row(portal_db, "carmen@mail.example")
    outcome = backup()
    assert (outcome.counts.inserted, outcome.counts.updated) == (1, 1)
    assert company.portal_url
    return str(outcome.attempt_id)


def test_what_is_taken_back_does_not_return_with_the_next_run_and_comes_back_when_the_undo_is_undone(
    changed: str, backoffice_db: psycopg.Connection, attempts: Attempts
) -> None:
    written = rows(backoffice_db, *STATE)
    dry = answer("undo", changed, "--dry-run")
    assert (rows(backoffice_db, *STATE), dry["attempt_id"], len(attempts())) == (written, None, 2)

    done = answer("undo", changed)
    assert pick(done) == pick(dry)
    assert [one["field"] for one in done["restored"]] == ["locality", "total_price"]
    assert (len(done["deleted"]), done["left"]) == (1, [])
    taken_back = rows(backoffice_db, LEADS, BASES, VERSIONS)

    outcome = backup()
    assert (outcome.counts.unchanged, outcome.counts.review, outcome.counts.fetched) == (1, 1, 2)
    assert rows(backoffice_db, LEADS, BASES, VERSIONS) == taken_back
    assert rows(backoffice_db, "select 1 from leadsync.conflicts") == [[]]

    back = answer("undo", done["attempt_id"])
    assert pick(back) == {**pick(done), "deleted": [], "revived": done["deleted"]}
    assert rows(backoffice_db, *STATE) == written
    assert backup().counts.unchanged == 2
    assert rows(backoffice_db, *STATE) == written

    first, second, undone, third, redone, last = attempts()
    for record, earlier in ((undone, second), (redone, third)):
        assert (record["sync_type"], record["status"], record["trigger"]) == ("portal", "completed", "cli")
        assert (record["errors"], record["records_pulled"]) == ([], 2)
        assert record["last_sync_at"] == earlier["last_sync_at"]
    assert first["last_sync_at"] < second["last_sync_at"] < third["last_sync_at"] < last["last_sync_at"]


def test_a_source_that_says_something_new_after_an_undo_is_heard(
    changed: str, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    answer("undo", changed)
    portal_db.execute("update leads set locality = 'Gzira' where email like 'anna%'")

    assert backup().counts.updated == 1

    assert rows(backoffice_db, "select locality, total_price from leads where deleted_at is null") == [
        [("Gzira", None)]
    ]
    assert rows(backoffice_db, "select 1 from leadsync.conflicts") == [[]]


def test_what_could_not_be_taken_back_is_said_with_its_reason(changed: str, backoffice_db: psycopg.Connection) -> None:
    backoffice_db.execute("update leads set locality = 'Birgu' where locality = 'Sliema'")

    done = leadsync("undo", changed)

    assert done.returncode == 0
    assert "locality" in done.stdout
    assert "it was changed in the backoffice" in " ".join(done.stdout.split())
    assert "Birgu" not in done.stdout + done.stderr


def test_an_attempt_that_is_unknown_running_or_too_old_is_refused_in_one_sentence(
    company: World, attempts: Attempts, backoffice_db: psycopg.Connection
) -> None:
    running, old = str(uuid4()), inserted(backoffice_db, 1)
    backoffice_db.execute(
        "insert into leadsync.attempts (attempt_id, flow, source) values (%s, 'primary-zoho-sync', 'zoho')", (running,)
    )
    backoffice_db.execute("update leadsync.attempts set tidied_at = now() where attempt_id = %s", (old,))
    for attempt, cause in (
        (str(uuid4()), "has no attempt"),
        (running, "is still running"),
        (old, "no longer in the journal"),
    ):
        done = leadsync("undo", attempt)
        assert (done.returncode, done.stdout) == (2, "")
        assert cause in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert attempts() == []
    assert company.backoffice_url


def test_an_undo_that_fails_is_on_record_as_failed(changed: str, company: World, attempts: Attempts) -> None:
    passes, breaks = {"path": "leadsync_undo"}, {"path": "leadsync_undo", "status": 200, "body": "[]", "times": None}
    faults = f"{company.backoffice_control_url}/faults"
    httpx.post(faults, json=[passes, breaks], trust_env=False).raise_for_status()

    done = leadsync("undo", changed)

    assert done.returncode == 1
    assert done.stderr.startswith("Backoffice: ")
    assert [record["status"] for record in attempts()][-1] == "failed"


def test_a_long_undo_goes_on_to_its_end_and_says_how_far_it_is(
    company: World, backoffice_db: psycopg.Connection, attempts: Attempts
) -> None:
    attempt = inserted(backoffice_db, 501)

    done = leadsync("undo", attempt, "--json")

    assert done.stderr.splitlines() == ["undo: 500 leads are done"]
    assert len(json.loads(done.stdout)["deleted"]) == 501
    assert [record["counts"]["updated"] for record in attempts()] == [501]
    assert company.backoffice_url


def inserted(backoffice: psycopg.Connection, number: int) -> str:
    """A finished attempt that inserted so many leads."""
    attempt = str(uuid4())
    backoffice.execute(
        "insert into leadsync.attempts (attempt_id, flow, source, status, finished_at) "
        "values (%s, 'primary-zoho-sync', 'zoho', 'failed', now())",
        (attempt,),
    )
    backoffice.execute(
        "with made as (insert into leads (name, email, phone) select 'A', n || '@mail.example', '' "
        "from generate_series(1, %s) as n returning id, name) "
        "insert into leadsync.journal (attempt_id, source, source_id, lead_id, after) "
        "select %s, 'zoho', id, id, jsonb_build_object('name', name) from made",
        (number, attempt),
    )
    return attempt


def test_an_undo_that_is_told_to_end_closes_its_attempt(
    company: World, backoffice_db: psycopg.Connection, attempts: Attempts
) -> None:
    attempt = inserted(backoffice_db, 1)
    passes, waits = {"path": "leadsync_undo"}, {"path": "leadsync_undo", "delay_s": 25}
    faults = f"{company.backoffice_control_url}/faults"
    httpx.post(faults, json=[passes, waits], trust_env=False).raise_for_status()
    process = subprocess.Popen(command("undo", attempt), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not attempts():
        assert process.poll() is None, "the undo ended by itself"
        assert time.monotonic() < deadline, "the undo did not begin"
        time.sleep(0.05)

    process.send_signal(signal.SIGTERM)

    told = process.communicate(timeout=60)[1]
    assert (process.returncode, told) == (1, "Interrupted.\n")
    (record,) = attempts()
    assert record["status"] == "failed"
    assert record["errors"][0]["cause"].startswith("the undo was ended from outside")


def test_a_leads_history_tells_its_changes_with_their_values(
    changed: str, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    undone = answer("undo", changed)["attempt_id"]
    backoffice_db.execute("update leads set locality = 'Birgu' where deleted_at is null")
    ((lead,),) = rows(backoffice_db, "select id::text from leads where deleted_at is null")[0]
    ((row,),) = rows(portal_db, "select id::text from leads where email like 'anna%'")[0]

    told = answer("history", lead)

    assert told["lead_id"] == lead
    moves = [(one["kind"], one["flow"], one["old"], one["new"]) for one in told["events"] if one["field"] == "locality"]
    assert moves == [
        ("changed", "backup-portal-sync", None, "Sliema"),
        ("changed", "undo", "Sliema", None),
        ("changed in the backoffice", None, None, "Birgu"),
    ]
    assert [one["attempt_id"] for one in told["events"] if one["flow"] == "undo"] == [undone] * 2
    assert answer("history", f"portal:{row}") == told
    shown = leadsync("history", lead)
    assert "inserted  email: anna@mail.example" in shown.stdout
    assert "to now  changed in the backoffice  locality: nothing → Birgu" in shown.stdout
    assert shown.stderr == ""


def test_a_lead_that_nobody_knows_has_no_history(company: World) -> None:
    for lead, cause in ((str(uuid4()), "nothing is kept on"), ("zoho:1", "nothing is kept on")):
        done = leadsync("history", lead)
        assert (done.returncode, done.stdout) == (2, "")
        assert cause in done.stderr
    assert company.backoffice_url
