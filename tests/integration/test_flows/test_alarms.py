"""Each automation fired for real: a Prefect server, a worker that dies and comes back, a stand-in for Telegram's API.

`leadsync-backup-after-failures` fires in test_deployment.py. The time windows are shortened, everything else is as
`leadsync deploy` makes it.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from leads.incidents import Memory
from sandbox.demo.crew import environment, worker
from sandbox.world import World
from tests.integration.conftest import QUICK
from tests.integration.telegram_api import TelegramApi
from tests.integration.test_doctor.server import dismiss_workers
from tests.integration.test_flows.server import ask, deploy_once, deployment, quick_client, wait_for

SHORTEST = 10
"""Seconds; Prefect takes no shorter window for what is to be missed."""

ZOMBIE = "retention/weekly"

NEVER_BEGAN = {"retention/weekly": ("PENDING",), "reconcile/weekly": ("PENDING", "RUNNING")}
"""How far a run came before its worker or its process died, by deployment."""


@pytest.fixture
def alarmed(company: World, prefect_url: str, telegram: TelegramApi, tmp_path: Path) -> Iterator[TelegramApi]:
    """A deployed server that nobody has used yet, with short windows and settings that lead to the stand-in."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    from deployments import automations, blueprint, telegram_block  # noqa: PLC0415 - imports Prefect
    from flows.watching import memory  # noqa: PLC0415 - imports Prefect
    from systems.settings import TelegramSettings  # noqa: PLC0415 - as above

    deploy_once(prefect_url)
    assert company
    forget()
    short = tmp_path / "automations.yaml"
    # A run's start may take longer than that, so that what waits for it keeps its 300 s.
    short.write_text(re.sub(r"within: 1[28]0", f"within: {SHORTEST}", automations.FILE.read_text()))
    with get_client(sync_client=True) as client:
        ids = {one.name: client.read_deployment_by_name(one.name).id for one in blueprint.planned()}
        memory.keep(client, Memory(day=date.max))  # the daily line is not due, at whatever hour this runs
        block = telegram_block.block_id(client, TelegramSettings())
        assert block
        told = {**ids, telegram_block.NAME: block}
        changes = [automations.apply(client, one) for one in automations.wanted(told, short)]
        assert changes.count("unchanged") == 1
        yield telegram
        # As it was for the other tests.
        client.delete_block_document(block)
        kept = {one.name for one in automations.wanted(ids) if automations.apply(client, one)}
        kept |= {name for one in blueprint.planned() for name in one.automations}
        assert list(automations.remove_others(client, kept)) == ["leadsync-no-worker"]
    forget()


def forget() -> None:
    """No runs, no memory: what other tests left must not be carried out by our worker."""
    while runs := ask("POST", "/flow_runs/filter", limit=200):
        for run in runs:
            ask("DELETE", f"/flow_runs/{run['id']}")
    for variable in ask("POST", "/variables/filter"):
        ask("DELETE", f"/variables/{variable['id']}")


def test_a_dead_run_a_dead_worker_and_the_end_of_both_are_each_told_once(
    alarmed: TelegramApi, company: World, prefect_url: str, tmp_path: Path
) -> None:
    # A worker that was there is gone, and a run that beat once beats no more.
    beat_as_worker()
    zombie = run_that_beat(prefect_url)
    assert [text.splitlines()[0] for _, text in alarmed.take(1)] == ["🔴 <b>no worker is at work</b>"]
    wait_for(lambda: state_of(zombie) == "CRASHED")
    settings = {**company.settings(), **QUICK, **alarmed.settings()}
    with worker(environment(settings, prefect_url, tmp_path), tmp_path / "worker.log"):
        # The look that the crash asked for waits for a worker, and so does whoever tells that one is back.
        told = sorted(text.splitlines()[0] for _, text in alarmed.take(2))
        assert told == ["🔴 <b>retention crashed</b>", "🟢 Over: <b>no worker is at work</b>"]
        end_a_run(ZOMBIE)
        ((tier, text),) = alarmed.take(1)
        assert (tier, text.splitlines()[0]) == ("admin", "🟢 Over: <b>retention crashed</b>")
        wait_for(lambda: not going_on())
    assert alarmed.take() == []


def test_a_run_that_was_taken_up_and_never_began_crashes_and_makes_room(prefect_url: str, tmp_path: Path) -> None:
    deploy_once(prefect_url)
    forget()
    with shortened("leadsync-never-began", tmp_path):
        dead = {name: new_run(name) for name in NEVER_BEGAN}
        for name, states in NEVER_BEGAN.items():
            assert {set_state(dead[name], state) for state in states} == {"ACCEPT"}
            assert set_state(new_run(name), "PENDING") == "REJECT"
        wait_for(lambda: {state_of(run) for run in dead.values()} == {"CRASHED"})
        assert {set_state(new_run(name), "PENDING") for name in NEVER_BEGAN} == {"ACCEPT"}
    forget()


@contextmanager
def shortened(name: str, folder: Path) -> Iterator[None]:
    """One automation with a short window."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    from deployments import automations  # noqa: PLC0415 - imports Prefect

    short = folder / "automations.yaml"
    short.write_text(re.sub(r"within: \d+", f"within: {SHORTEST}", automations.FILE.read_text()))
    with get_client(sync_client=True) as client:
        there, brief = (
            next(one for one in automations.wanted({}, file) if one.name == name) for file in (automations.FILE, short)
        )
        assert automations.apply(client, brief) == "updated"
        try:
            yield
        finally:
            automations.apply(client, there)


def new_run(name: str) -> str:
    return str(ask("POST", f"/deployments/{deployment(name)['id']}/create_flow_run", state={"type": "SCHEDULED"})["id"])


def set_state(run: str, state: str) -> str:
    """What Prefect says of it: ACCEPT, or REJECT where another run holds the deployment's only slot."""
    return str(ask("POST", f"/flow_runs/{UUID(run)}/set_state", state={"type": state})["status"])


def beat_as_worker() -> None:
    """A worker that beats every second is online, and gone after three without a beat; other files' are forgotten."""
    dismiss_workers()
    ask("POST", "/work_pools/leadsync/workers/heartbeat", name="short-lived", heartbeat_interval_seconds=1)


def run_that_beat(url: str) -> str:
    """A run whose process died after its first beat."""
    run = ask("POST", f"/deployments/{deployment(ZOMBIE)['id']}/create_flow_run", state={"type": "SCHEDULED"})
    ask("POST", f"/flow_runs/{UUID(run['id'])}/set_state", state={"type": "RUNNING"}, force=True)
    beat = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run['id']}", "prefect.resource.name": run["name"]},
        "related": [{"prefect.resource.id": "prefect.tag.leadsync", "prefect.resource.role": "tag"}],
    }
    with quick_client() as client:
        sent = client.post(f"{url}/events", content=json.dumps([beat]), headers={"Content-Type": "application/json"})
    assert sent.status_code == httpx.codes.NO_CONTENT
    return str(run["id"])


def end_a_run(name: str) -> None:
    run = ask("POST", f"/deployments/{deployment(name)['id']}/create_flow_run", state={"type": "PENDING"})
    ask("POST", f"/flow_runs/{UUID(run['id'])}/set_state", state={"type": "COMPLETED"}, force=True)


def state_of(run: str) -> Any:  # noqa: ANN401 - JSON
    return ask("GET", f"/flow_runs/{run}")["state"]["type"]


def going_on() -> Any:  # noqa: ANN401 - JSON
    return ask("POST", "/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["PENDING", "RUNNING"]}}})
