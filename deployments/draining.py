"""Ending a worker without ending a run: the pool takes nothing new, and what is going on comes to its end."""

import time
from collections.abc import Iterator

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import StateType

from deployments.blueprint import POOL
from systems.errors import Unavailable

PAUSE = 1.0
"""Seconds between two looks."""

GOING_ON = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def drain(client: SyncPrefectClient, seconds: float) -> Iterator[str]:
    """Pauses the pool and waits until nothing runs; says in a line each what it does.

    Raises:
        Unavailable: runs go on for longer than so many seconds. The pool stays paused.
    """
    client.update_work_pool(POOL, WorkPoolUpdate(is_paused=True))
    yield f"work pool {POOL}: paused"
    deadline = time.monotonic() + seconds
    told = -1
    while running := _running(client):
        if running != told:
            yield f"{running} runs are going on"
            told = running
        if time.monotonic() > deadline:
            cause = f"{running} runs still go on after {seconds:.0f} s"
            raise Unavailable("Prefect", cause, "Wait for them; what is stopped is done by the next runs.")
        time.sleep(PAUSE)
    yield "nothing is running"


def resume(client: SyncPrefectClient) -> Iterator[str]:
    """Lets the pool take runs again."""
    client.update_work_pool(POOL, WorkPoolUpdate(is_paused=False))
    yield f"work pool {POOL}: resumed"


def _running(client: SyncPrefectClient) -> int:
    runs = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=GOING_ON))),
        work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL])),
        limit=200,
    )
    return len(runs)
