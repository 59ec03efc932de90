"""Starting a deployment for another scheduler: one run at a time, however many calls come at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.utilities.urls import url_for

from deployments.cron.answers import PAUSED, RUNNING
from deployments.prefect_server import told
from deployments.syncs import Sync
from flows.origin import CALLER
from systems.errors import Unavailable

SECONDS = 5.0
"""Other schedulers wait some 30 seconds for an answer; Prefect usually takes a fraction of one."""

TAG = f"{CALLER}cron"
GOING = ("SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING")


@dataclass(frozen=True)
class Started:
    """A flow run that this call started; `url` is its page in Prefect's UI, None where none is configured."""

    run_id: UUID
    url: str | None


@dataclass(frozen=True)
class Skipped:
    """Why nothing was started."""

    reason: str


class Trigger:
    """Starts one deployment. Calls that come at once take turns, so that the second finds the first one's run."""

    def __init__(self, sync: Sync) -> None:
        self.sync = sync
        self._lock = asyncio.Lock()

    async def start(self) -> Started | Skipped:
        """Starts a run unless one is going or due, or a person has paused the deployment.

        Raises:
            Unavailable: Prefect does not answer, or not in time.
            LeadsyncError: what else is wrong with Prefect.
        """
        async with _prefect() as client, self._lock:
            deployment = await client.read_deployment_by_name(self.sync.name)
            if deployment.paused:
                return Skipped(PAUSED)
            busy, last = await _look(client, deployment.id)
            return Skipped(RUNNING) if busy else await _create(client, deployment.id, last)


async def rehearse(sync: Sync) -> None:
    """Asks what a start asks, so that the first call need not wait for all that Prefect's client loads when it is used.

    Raises:
        LeadsyncError: as a start would.
    """
    async with _prefect() as client:
        deployment = await client.read_deployment_by_name(sync.name)
        await _look(client, deployment.id)


@asynccontextmanager
async def _prefect() -> AsyncIterator[PrefectClient]:
    try:
        async with asyncio.timeout(SECONDS), get_client() as client:
            yield client
    except TimeoutError:
        raise Unavailable("Prefect", "it did not answer in time", "Try again later.") from None
    except Exception as error:  # noqa: BLE001 - the endpoint answers whatever happens
        raise told(error) from None


async def _look(client: PrefectClient, deployment_id: UUID) -> tuple[bool, FlowRun | None]:
    """Whether a run is going or due, and the newest run that the endpoint started."""
    going, last = await asyncio.gather(_going(client, deployment_id), _last(client, deployment_id))
    # By our own clock the newest of our runs may not be due yet.
    return going or (last is not None and not _ended(last)), last


async def _create(client: PrefectClient, deployment_id: UUID, last: FlowRun | None) -> Started | Skipped:
    """Creates the run that follows the last one. Two processes that saw the same last one get one run together."""
    name = f"cron-{uuid4()}"
    key = f"cron after {last.id if last else 'none'}"
    run = await _named(client, deployment_id, name, key)
    if run.name != name and _ended(run):
        # It came and went meanwhile, or a clock that went back hides it; it must not block the runs to come.
        run = await _named(client, deployment_id, name, name)
    return Started(run.id, url_for("flow-run", obj_id=run.id)) if run.name == name else Skipped(RUNNING)


async def _named(client: PrefectClient, deployment_id: UUID, name: str, key: str) -> FlowRun:
    """A run of that name, or the one of another name that has the key already."""
    return await client.create_flow_run_from_deployment(deployment_id, name=name, tags=[TAG], idempotency_key=key)


async def _going(client: PrefectClient, deployment_id: UUID) -> bool:
    due = {"state": {"type": {"any_": GOING}}, "expected_start_time": {"before_": datetime.now(UTC)}}
    return bool(await client.read_flow_runs(flow_run_filter=_of(deployment_id, **due), limit=1))


async def _last(client: PrefectClient, deployment_id: UUID) -> FlowRun | None:
    ours = _of(deployment_id, tags={"all_": [TAG]})
    runs = await client.read_flow_runs(flow_run_filter=ours, sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=1)
    return runs[0] if runs else None


def _of(deployment_id: UUID, **more: object) -> FlowRunFilter:
    return FlowRunFilter.model_validate({"deployment_id": {"any_": [deployment_id]}, **more})


def _ended(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_final()
