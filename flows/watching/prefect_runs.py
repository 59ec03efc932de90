"""How the deployments that run by themselves are doing, as Prefect's server tells it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.utilities.urls import url_for

TAG = "leadsync"
WATCHERS = "watch"
"""The tag of those that watch; nobody watches them here."""

ENOUGH = 20
"""Runs that are looked through for the last one that was no dry run."""

ENDED = ("COMPLETED", "FAILED", "CRASHED")
"""Types of final states; a cancelled run says nothing, neither good nor bad."""

GOING_ON = ("PENDING", "RUNNING", "CANCELLING")

OURS = re.compile(r"(failed|Zoho|Portal|Backoffice|Settings|Prefect|leadsync): ")
"""How a final state's message begins that is ours; Prefect's own quote exceptions and parameters."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A flow run.

    Attributes:
        state: the type of its state, such as FAILED.
        at: when it came into that state.
        message: what we said of its end; empty where the words are not ours.
        url: its page in Prefect's UI.
    """

    state: str
    at: datetime
    message: str = ""
    url: str | None = None

    @property
    def done(self) -> bool:
        """Whether it did what it was to do."""
        return self.state == "COMPLETED"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployment that has a schedule.

    Attributes:
        flow: the flow's name.
        paused: whether a person paused it.
        created: since when it is there.
        last: the last run that ended.
        completed: when one last did what it was to do.
        going_on: the runs that have begun and not ended.
    """

    flow: str
    paused: bool
    created: datetime
    last: Run | None = None
    completed: datetime | None = None
    going_on: tuple[Run, ...] = ()


def deployed(client: SyncPrefectClient) -> Iterator[Deployed]:
    """All deployments of leadsync that run by themselves; of those that a person starts, that person sees the end."""
    ours = DeploymentFilter.model_validate({"tags": {"all_": [TAG]}})
    for deployment in client.read_deployments(deployment_filter=ours, limit=200):
        if deployment.schedules and WATCHERS not in deployment.tags:
            yield _told(client, deployment)


def page_of(client: SyncPrefectClient, name: str) -> str | None:
    """The page of a deployment in Prefect's UI; None if it is not there."""
    ours = DeploymentFilter.model_validate({"tags": {"all_": [TAG]}, "name": {"any_": [name]}})
    found = client.read_deployments(deployment_filter=ours, limit=1)
    return url_for("deployment", obj_id=found[0].id) if found else None


def _told(client: SyncPrefectClient, deployment: DeploymentResponse) -> Deployed:
    ended = _runs(client, deployment, ENDED, FlowRunSort.END_TIME_DESC)
    completed = next((run for run in ended if run.done), None)
    if completed is None:
        completed = next(iter(_runs(client, deployment, ("COMPLETED",), FlowRunSort.END_TIME_DESC)), None)
    return Deployed(
        flow=client.read_flow(deployment.flow_id).name,
        paused=deployment.paused,
        created=deployment.created or datetime.now(UTC),
        last=ended[0] if ended else None,
        completed=completed.at if completed else None,
        going_on=tuple(_runs(client, deployment, GOING_ON, FlowRunSort.EXPECTED_START_TIME_ASC)),
    )


def _runs(
    client: SyncPrefectClient, deployment: DeploymentResponse, states: tuple[str, ...], sort: FlowRunSort
) -> list[Run]:
    wanted: dict[str, Any] = {"deployment_id": {"any_": [deployment.id]}, "state": {"type": {"any_": list(states)}}}
    found = client.read_flow_runs(flow_run_filter=FlowRunFilter.model_validate(wanted), sort=sort, limit=ENOUGH)
    return [_run(run) for run in found if not run.parameters.get("dry_run")]


def _run(run: FlowRun) -> Run:
    state = run.state
    message = (state.message or "") if state else ""
    return Run(
        state=state.type.value if state else "PENDING",
        at=(run.end_time or state.timestamp) if state else datetime.now(UTC),
        message=message if OURS.match(message) else "",
        url=url_for("flow-run", obj_id=run.id),
    )
