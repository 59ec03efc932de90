"""The cron endpoint over HTTP: who may call it, what it starts, what it answers."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox.world import World
from tests.integration.test_flows.endpoint import BACKUP, PRIMARY, SECRET, Endpoint, ready, serving
from tests.integration.test_flows.server import ask, deploy_once, deployment, wait_for

HOURLY, DAILY = "primary-zoho-sync/hourly", "backup-portal-sync/daily"
NAMES = {PRIMARY: HOURLY, BACKUP: DAILY}
GOING = ["SCHEDULED", "PENDING", "RUNNING"]
NO_PREFECT = "http://127.0.0.1:9/api"
SKIPPED = {"success": True, "skipped": True, "reason": "already running"}


@dataclass(frozen=True)
class Endpoints:
    """One that reaches Prefect, and one that does not."""

    live: Endpoint
    orphan: Endpoint


@pytest.fixture(scope="module")
def endpoints(prefect_url: str, settled: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Both, started side by side."""
    assert settled is None
    deploy_once(prefect_url)
    logs = tmp_path_factory.mktemp("cron")
    live, orphan = logs / "live", logs / "orphan"
    with serving(live) as first, serving(orphan, PREFECT_API_URL=NO_PREFECT) as second:
        yield Endpoints(ready(first, live), ready(second, orphan))
    for name in NAMES.values():
        forget(runs(name, tags={"all_": ["trigger:cron"]}))


@pytest.fixture
def endpoint(endpoints: Endpoints) -> Endpoint:
    """The one that reaches Prefect, with no run going or due."""
    for name in NAMES.values():
        forget(runs(name, state={"type": {"any_": GOING}}))
    return endpoints.live


@pytest.fixture
def paused_backup(prefect_url: str) -> Iterator[None]:
    """The backup, paused for a test."""
    from deployments.pausing import switch  # noqa: PLC0415 - imports Prefect

    deploy_once(prefect_url)
    switch("backup", on=False, schedule_only=False)
    yield
    switch("backup", on=True, schedule_only=False)


@cache
def number(name: str) -> str:
    """The deployment's id."""
    return str(deployment(name)["id"])


def runs(name: str, **wanted: object) -> list[dict[str, Any]]:
    ours = {"deployment_id": {"any_": [number(name)]}}
    found: list[dict[str, Any]] = ask("POST", "/flow_runs/filter", flow_runs={**ours, **wanted})
    return found


def forget(found: list[dict[str, Any]]) -> None:
    for run in found:
        ask("DELETE", f"/flow_runs/{run['id']}")


def started_by_cron(name: str) -> list[str]:
    return [run["id"] for run in runs(name, tags={"all_": ["trigger:cron"]}, state={"type": {"any_": GOING}})]


def end(run_id: str, kind: str = "COMPLETED") -> None:
    ask("POST", f"/flow_runs/{run_id}/set_state", state={"type": kind}, force=True)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        SECRET,
        f"Basic {SECRET}",
        f"Bearer {SECRET[:-1]}",
        f"Bearer {SECRET}, Bearer {SECRET}",
        "Bearer é",
    ],
)
@pytest.mark.parametrize("path", NAMES)
def test_without_the_secret_nothing_starts(endpoint: Endpoint, path: str, authorization: str | None) -> None:
    answer = endpoint.call("POST", path, authorization)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert started_by_cron(NAMES[path]) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("path", "source"), [(PRIMARY, "zoho"), (BACKUP, "portal")])
def test_a_call_starts_a_run_and_tells_where_to_see_it(
    endpoint: Endpoint, prefect_url: str, path: str, source: str, method: str
) -> None:
    answer = endpoint.call(method, path)
    told = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(told) == {"success", "message", "sync_type", "flow_run_id", "flow_run_url", "timestamp"}
    assert (told["success"], told["sync_type"]) == (True, source)
    assert [told["flow_run_id"]] == started_by_cron(NAMES[path])
    assert told["flow_run_url"] == f"{prefect_url.removesuffix('/api')}/runs/flow-run/{told['flow_run_id']}"
    assert datetime.fromisoformat(told["timestamp"]).utcoffset() is not None


def test_the_answer_comes_within_a_second(endpoint: Endpoint) -> None:
    assert min(endpoint.call("POST", PRIMARY).elapsed.total_seconds() for _ in range(4)) < 1


def test_calls_at_once_start_one_run(endpoint: Endpoint) -> None:
    told = [answer.json() for answer in endpoint.call_at_once(PRIMARY, 6)]
    (started,) = [answer["flow_run_id"] for answer in told if "flow_run_id" in answer]
    assert [answer for answer in told if "flow_run_id" not in answer] == [SKIPPED] * 5
    assert started_by_cron(HOURLY) == [started]


def test_calls_to_two_processes_at_once_start_one_run(endpoint: Endpoint) -> None:
    from deployments.cron.trigger import Started, Trigger  # noqa: PLC0415 - imports Prefect
    from deployments.syncs import SYNCS  # noqa: PLC0415 - imports Prefect

    async def both() -> list[object]:
        return list(await asyncio.gather(*(Trigger(SYNCS["primary"]).start() for _ in range(2))))

    outcomes = asyncio.run(both())
    (started,) = [outcome for outcome in outcomes if isinstance(outcome, Started)]
    assert endpoint.call("POST", PRIMARY).json() == SKIPPED
    assert started_by_cron(HOURLY) == [str(started.run_id)]


@pytest.mark.parametrize("kind", GOING)
def test_while_a_run_is_going_or_due_none_is_started(endpoint: Endpoint, kind: str) -> None:
    run = ask("POST", f"/deployments/{number(HOURLY)}/create_flow_run", state={"type": "SCHEDULED"})
    ask("POST", f"/flow_runs/{run['id']}/set_state", state={"type": kind}, force=True)
    answer = endpoint.call("POST", PRIMARY)
    assert (answer.status_code, answer.json()) == (200, SKIPPED)
    assert endpoint.call("POST", BACKUP).json()["sync_type"] == "portal"
    assert started_by_cron(HOURLY) == []


def test_a_run_that_is_due_later_is_no_reason_to_wait(endpoint: Endpoint) -> None:
    later = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2100-01-01T00:00:00Z"}}
    ask("POST", f"/deployments/{number(HOURLY)}/create_flow_run", state=later)
    assert "flow_run_id" in endpoint.call("POST", PRIMARY).json()


def test_after_a_run_the_next_call_starts_the_next_one(endpoint: Endpoint) -> None:
    started = []
    for kind in ("COMPLETED", "CANCELLED", "COMPLETED"):
        run_id = endpoint.call("POST", PRIMARY).json()["flow_run_id"]
        end(run_id, kind)
        started.append(run_id)
    assert len(set(started)) == 3


def test_a_run_that_came_and_went_does_not_block_the_next_one(endpoint: Endpoint) -> None:
    last = endpoint.call("POST", PRIMARY).json()["flow_run_id"]
    end(last)
    ours = {"state": {"type": "SCHEDULED"}, "idempotency_key": f"cron after {last}"}
    hidden = ask("POST", f"/deployments/{number(HOURLY)}/create_flow_run", **ours)
    end(hidden["id"])
    assert endpoint.call("POST", PRIMARY).json()["flow_run_id"] not in (last, hidden["id"])


def test_without_prefect_the_caller_is_asked_to_come_back(endpoints: Endpoints) -> None:
    answer = endpoints.orphan.call("POST", PRIMARY)
    assert answer.status_code == 503
    assert answer.json()["error"].startswith("Prefect: its API does not answer.")
    assert int(answer.headers["Retry-After"]) > 0
    assert "WARNING leadsync.cron: Prefect: its API does not answer." in endpoints.orphan.log.read_text()
    assert endpoints.orphan.call("POST", PRIMARY, "Bearer wrong").status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/api/cron", "/api/cron/portal-sync/", "/api/cron/mail-sync", "/docs", "/healthz/x"]
)
def test_unknown_paths_are_not_there_with_the_secret_or_without(endpoints: Endpoints, path: str) -> None:
    endpoint = endpoints.live
    for answer in (endpoint.call("GET", path), endpoint.call("GET", path, None)):
        assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})


@pytest.mark.parametrize(
    ("method", "path"),
    [("HEAD", PRIMARY), ("PUT", PRIMARY), ("DELETE", BACKUP), ("OPTIONS", BACKUP), ("POST", "/healthz")],
)
def test_other_methods_start_nothing(endpoint: Endpoint, method: str, path: str) -> None:
    answer = endpoint.call(method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert all(started_by_cron(name) == [] for name in NAMES.values())


def test_the_health_of_the_data_is_told_without_the_secret_and_apart_from_prefect(endpoints: Endpoints) -> None:
    for endpoint in (endpoints.live, endpoints.orphan):
        answer, head = endpoint.call("GET", "/healthz", None), endpoint.call("HEAD", "/healthz", None)
        assert answer.json()["status"] in ("fresh", "stale")
        assert (head.status_code, head.content) == (answer.status_code, b"")
        assert endpoint.call("GET", "/livez", None).status_code == 200


def test_the_log_tells_requests_and_runs_but_no_secret_query_or_unknown_path(endpoint: Endpoint) -> None:
    run_id = endpoint.call("POST", f"{PRIMARY}?key=in-the-query").json()["flow_run_id"]
    endpoint.call("GET", "/api/cron/in-the-path")
    endpoint.call("POST", PRIMARY, "Bearer a-wrong-secret")
    log = wait_for(lambda: (text := endpoint.log.read_text()) and " 401, " in text.splitlines()[-1] and text)
    assert f"{HOURLY}: started flow run {run_id}" in log
    assert f"POST {PRIMARY} 200, " in log
    assert "GET (unknown path) 404, " in log
    assert not any(word in log for word in (SECRET, "in-the-query", "in-the-path", "a-wrong-secret", "Traceback"))


def test_the_primary_runs_through_on_call_while_the_backup_is_paused(
    endpoint: Endpoint,
    paused_backup: None,
    company: World,
    attempts: Callable[[], list[dict[str, Any]]],
    tmp_path: Path,
) -> None:
    assert endpoint.call("POST", BACKUP).json() == {**SKIPPED, "reason": "paused"}
    run_id = endpoint.call("POST", PRIMARY).json()["flow_run_id"]
    execute(run_id, tmp_path / "log")
    (record,) = attempts()
    assert (record["sync_type"], record["status"], record["trigger"]) == ("zoho", "completed", "cron")
    assert str(record["flow_run_id"]) == run_id
    assert ask("GET", f"/flow_runs/{run_id}")["state"]["type"] == "COMPLETED"
    assert paused_backup is None
    assert company.zoho_api_domain


def execute(run_id: str, log: Path) -> None:
    """What a worker does with a run."""
    with log.open("w") as output:
        command = [sys.executable, "-m", "prefect", "flow-run", "execute", run_id]
        done = subprocess.run(command, stdout=output, stderr=output, check=False, timeout=120)
    assert done.returncode == 0, log.read_text()
