"""`leadsync pause` and `leadsync resume` on a real Prefect server."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.test_flows.server import ask, deploy_once, deployment, wait_for

HOURLY, DAILY = "primary-zoho-sync/hourly", "backup-portal-sync/daily"
BY_SCHEDULE = "primary-zoho-sync/hourly runs by Prefect's schedule"
ON_CALL = "backup-portal-sync/daily runs when the cron endpoint is called; Prefect's schedule is off"
PAUSED = "backup-portal-sync/daily is paused: neither Prefect's schedule nor the cron endpoint starts it"


@pytest.fixture(autouse=True)
def _deployed(prefect_url: str, settled: None) -> Iterator[None]:
    """Both flows as they are after a deploy, before and after each test."""
    from deployments.pausing import switch  # noqa: PLC0415 - imports Prefect

    assert settled is None
    deploy_once(prefect_url)
    yield
    switch("backup", on=True, schedule_only=False)
    switch("backup", on=True, schedule_only=True)


def leadsync(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)


def planned(name: str) -> list[Any]:
    """What the scheduler has made of a deployment's schedule."""
    ours = {"deployment_id": {"any_": [deployment(name)["id"]]}, "tags": {"all_": ["auto-scheduled"]}}
    found: list[Any] = ask("POST", "/flow_runs/filter", flow_runs={**ours, "state": {"type": {"any_": ["SCHEDULED"]}}})
    return found


def starter() -> bool:
    """Whether failures of the primary start the backup."""
    everything = ask("POST", "/automations/filter")
    (found,) = [one for one in everything if one["name"] == "leadsync-backup-after-failures"]
    return bool(found["enabled"])


def scheduled() -> bool:
    """Whether Prefect's own schedule of the backup counts."""
    (found,) = deployment(DAILY)["schedules"]
    return bool(found["active"])


def test_a_paused_backup_is_started_by_nothing_while_the_primary_is_still_planned() -> None:
    from deployments.pausing import switch  # noqa: PLC0415 - imports Prefect

    wait_for(lambda: planned(HOURLY) and planned(DAILY))
    done = leadsync("pause", "backup")
    assert (done.returncode, done.stdout.splitlines()) == (0, [BY_SCHEDULE, PAUSED])
    assert [str(each) for each in switch("backup", on=False, schedule_only=False)] == [BY_SCHEDULE, PAUSED]
    assert (planned(DAILY), starter()) == ([], False)
    assert planned(HOURLY)


def test_a_deploy_keeps_both_switches_and_resume_brings_all_back() -> None:
    from deployments.bootstrap import bootstrap  # noqa: PLC0415 - imports Prefect
    from deployments.pausing import switch  # noqa: PLC0415 - imports Prefect

    switch("backup", on=False, schedule_only=False)
    switch("backup", on=False, schedule_only=True)
    assert "deployment backup-portal-sync/daily: stays paused" in list(bootstrap())
    assert (deployment(DAILY)["paused"], scheduled(), starter()) == (True, False, False)
    standings = switch("backup", on=True, schedule_only=False)
    assert str(standings[1]) == ON_CALL
    assert (deployment(DAILY)["paused"], scheduled(), starter()) == (False, False, True)
    standings = switch("backup", on=True, schedule_only=True)
    assert str(standings[1]) == "backup-portal-sync/daily runs by Prefect's schedule"
    assert wait_for(lambda: planned(DAILY))


def test_a_deploy_that_fails_leaves_it_paused_too() -> None:
    from deployments.pausing import switch  # noqa: PLC0415 - imports Prefect

    switch("backup", on=False, schedule_only=False)
    with pytest.raises(RuntimeError, match="half way"):
        resume_and_fail()
    assert deployment(DAILY)["paused"]


def resume_and_fail() -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    from deployments.pausing import kept  # noqa: PLC0415 - imports Prefect

    with get_client(sync_client=True) as client, kept(client):
        client.resume_deployment(deployment(DAILY)["id"])
        raise RuntimeError("half way")
