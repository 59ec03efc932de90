"""The Prefect server as an operator changes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

POOL = "leadsync"
WORKER = {"name": "steady", "heartbeat_interval_seconds": 600}


def ask(method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    with get_client(sync_client=True) as client:
        answer = client.request(method, path, json=body or None)  # type: ignore[arg-type]  # a path of ours
    return answer.json() if answer.content else None


def beat() -> None:
    """A worker says that it is there."""
    ask("POST", f"/work_pools/{POOL}/workers/heartbeat", **WORKER)


def dismiss_workers() -> None:
    """No worker is there, this file's or another's."""
    for worker in ask("POST", f"/work_pools/{POOL}/workers/filter"):
        ask("DELETE", f"/work_pools/{POOL}/workers/{quote(worker['name'])}")


def take_down() -> None:
    """Removes all that `leadsync deploy` made."""
    for automation in ask("POST", "/automations/filter"):
        ask("DELETE", f"/automations/{automation['id']}")
    for deployment in ask("POST", "/deployments/filter"):
        ask("DELETE", f"/deployments/{deployment['id']}")
    for pool in ask("POST", "/work_pools/filter"):
        ask("DELETE", f"/work_pools/{pool['name']}")


def deployment(name: str) -> Any:  # noqa: ANN401 - JSON
    return ask("GET", f"/deployments/name/{name}")


@contextmanager
def late_runs(name: str, number: int) -> Iterator[None]:
    """Runs of a deployment that nobody took up when their time came."""
    state = {"type": "SCHEDULED", "name": "Late", "state_details": {"scheduled_time": "2026-11-01T00:00:00Z"}}
    there = deployment(name)["id"]
    runs = [ask("POST", f"/deployments/{there}/create_flow_run", state=state)["id"] for _ in range(number)]
    try:
        yield
    finally:
        for run in runs:
            ask("DELETE", f"/flow_runs/{run}")


@contextmanager
def changed_schedule(name: str, **change: object) -> Iterator[None]:
    """A deployment's schedule as a person changed it in the UI."""
    there = deployment(name)
    (schedule,) = there["schedules"]
    path = f"/deployments/{there['id']}/schedules/{schedule['id']}"
    ask("PATCH", path, **change)
    try:
        yield
    finally:
        ask("PATCH", path, active=schedule["active"], schedule=schedule["schedule"])


@contextmanager
def changed(path: str, before: dict[str, object], **change: object) -> Iterator[None]:
    """Something that a person changed, and changes back."""
    ask("PATCH", path, **change)
    try:
        yield
    finally:
        ask("PATCH", path, **before)
