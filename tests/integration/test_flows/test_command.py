"""`leadsync run` as a process: what it prints, how it ends, and what it leaves behind when it is ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import psycopg

from sandbox.world import World

Attempts = Callable[[], list[dict[str, Any]]]

PERSON = "anna.zammit@mail.example"
SECONDS = 60


def leadsync(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=SECONDS,
    )


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from cli.main import main; main()", *arguments]


def plant(world: World) -> None:
    lead = {"First_Name": "Anna", "Last_Name": "Zammit", "Email": PERSON}
    httpx.post(f"{world.zoho_control_url}/leads", json=[lead], trust_env=False).raise_for_status()


def order(control_url: str, **fault: object) -> None:
    httpx.post(f"{control_url}/faults", json=[fault], trust_env=False).raise_for_status()


def test_json_is_one_object_on_stdout_and_the_log_is_on_stderr_and_with_the_run(
    company: World, attempts: Attempts
) -> None:
    plant(company)
    done = leadsync("run", "primary", "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert set(told) == {"attempt_id", "flow", "status", "window", "counts"}
    assert (told["flow"], told["status"]) == ("primary-zoho-sync", "completed")
    assert set(told["window"]) == {"from", "to"}
    assert told["counts"]["inserted"] == 1
    (record,) = attempts()
    assert (str(record["attempt_id"]), record["trigger"]) == (told["attempt_id"], "cli")
    assert "load-backoffice" in done.stderr
    lines = logged(record["flow_run_id"])
    for step in ("record-metadata", "fetch-zoho", "dedupe", "load-backoffice"):
        assert any(line.startswith(f"{step}: ") for line in lines), step
    assert "zammit" not in "\n".join([*lines, done.stdout, done.stderr]).lower()


def logged(flow_run_id: UUID) -> list[str]:
    """The lines that Prefect has of a run."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    wanted = {"logs": {"flow_run_id": {"any_": [str(flow_run_id)]}}}
    with get_client(sync_client=True) as client:
        answer = client.request("POST", "/logs/filter", json=wanted)
    return [entry["message"] for entry in answer.json()]


def test_a_dry_run_prints_the_planned_changes_without_anybodys_data(company: World, attempts: Attempts) -> None:
    plant(company)
    done = leadsync("run", "primary", "--dry-run")
    assert done.returncode == 0
    assert "Planned changes" in done.stdout
    assert "email" in done.stdout
    assert PERSON not in done.stdout + done.stderr
    assert attempts() == []


def test_the_json_of_a_dry_run_tells_every_change_masked(company: World) -> None:
    plant(company)
    done = leadsync("run", "primary", "--dry-run", "--json")
    told = json.loads(done.stdout)
    assert set(told) == {"attempt_id", "flow", "status", "window", "counts", "changes"}
    changes = {change["field"]: change for change in told["changes"]}
    assert set(changes["email"]) == {"record", "lead", "action", "field", "old", "new", "why"}
    assert [changes["email"][key] for key in ("lead", "action", "old", "new")] == ["new", "insert", "", "•••"]
    assert "zammit" not in done.stdout.lower()


def test_a_failed_attempt_ends_with_1_and_a_sentence(company: World) -> None:
    order(company.backoffice_control_url, path="leadsync_match", status=200, body="[]", times=None)
    plant(company)
    done = leadsync("run", "primary", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == "failed"
    assert done.stderr.splitlines()[-1].startswith("Backoffice: ")
    assert "Traceback" not in done.stderr


def test_a_missing_setting_ends_with_2_and_its_name(company: World) -> None:
    done = leadsync("run", "primary", "--json", ZOHO_CLIENT_ID="")
    assert done.returncode == 2
    assert "ZOHO_CLIENT_ID is missing" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["attempt_id"] is None
    assert company.zoho_client_id not in done.stderr


def test_a_prefect_server_that_is_not_there_is_said_in_one_sentence(company: World) -> None:
    done = leadsync("run", "primary", "--json", PREFECT_API_URL="http://127.0.0.1:9/api")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Prefect: its API does not answer.")
    assert "Traceback" not in done.stderr
    assert company.zoho_api_domain


def test_a_run_that_is_told_to_end_closes_its_attempt(company: World, attempts: Attempts) -> None:
    process = start_and_wait_for_the_attempt(company, attempts)
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 1
    (record,) = attempts()
    assert record["status"] == "failed"
    assert record["errors"][0]["cause"].startswith("the run was ended from outside")


def test_after_a_kill_the_next_run_completes_and_nothing_is_there_twice(
    company: World, attempts: Attempts, backoffice_db: psycopg.Connection
) -> None:
    process = start_and_wait_for_the_attempt(company, attempts)
    process.kill()
    process.wait(SECONDS)
    httpx.delete(f"{company.zoho_control_url}/faults", trust_env=False).raise_for_status()
    backoffice_db.execute("update leadsync.attempts set beat_at = beat_at - interval '3 minutes'")
    done = leadsync("run", "primary", "--json")
    assert json.loads(done.stdout)["counts"]["inserted"] == 1
    assert [record["status"] for record in attempts()] == ["crashed", "completed"]
    assert backoffice_db.execute("select count(*) from leads").fetchone() == (1,)


def start_and_wait_for_the_attempt(world: World, attempts: Attempts) -> subprocess.Popen[bytes]:
    """A run that has begun and waits for a slow Zoho."""
    plant(world)
    order(world.zoho_control_url, path="crm/v8/Leads", delay_s=25, times=None)
    process = subprocess.Popen(
        command("run", "primary", "--json"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + SECONDS
    while not attempts():
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < deadline, "the run did not begin"
        time.sleep(0.05)
    return process
