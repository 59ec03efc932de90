"""Pausing a flow that brings leads, and letting it go on. A run that is going ends by itself.

There are two switches. *Paused*, nothing starts the flow but a person: Prefect's schedule makes no runs, the cron
endpoint starts none, the automation that calls the backup after failures rests. With *the schedule off*, Prefect's
clock alone does not count: another scheduler calls the endpoint.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server import require_server
from deployments.syncs import SYNCS, Which

STARTERS: dict[Which, str] = {"backup": "leadsync-backup-after-failures"}
"""The automation that starts a flow by itself (prefect.yaml)."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What starts a deployment: `paused` nothing does; `scheduled` Prefect's own schedule does as well."""

    name: str
    paused: bool
    scheduled: bool

    def __str__(self) -> str:
        if self.paused:
            return f"{self.name} is paused: neither Prefect's schedule nor the cron endpoint starts it"
        if self.scheduled:
            return f"{self.name} runs by Prefect's schedule"
        return f"{self.name} runs when the cron endpoint is called; Prefect's schedule is off"


def switch(which: Which, *, on: bool, schedule_only: bool) -> list[Standing]:
    """Turns one of the two switches of a flow, however it stood, and tells how both flows stand now.

    Raises:
        Refused: no Prefect API is set.
    """
    require_server()
    with get_client(sync_client=True) as client:
        if schedule_only:
            _set_schedule(client, which, active=on)
        else:
            set_paused(client, which, paused=not on)
        return [_standing(client, each) for each in SYNCS]


def set_paused(client: SyncPrefectClient, which: Which, *, paused: bool) -> None:
    """Pauses a flow's deployment, and with it the automation that starts it; or lets both go on."""
    for automation in client.read_automations_by_name(STARTERS[which]) if which in STARTERS else ():
        (client.pause_automation if paused else client.resume_automation)(automation.id)
    deployment = client.read_deployment_by_name(SYNCS[which].name)
    (client.pause_deployment if paused else client.resume_deployment)(deployment.id)


@contextmanager
def kept(client: SyncPrefectClient) -> Iterator[list[str]]:
    """Pauses again at the end, however it comes, what was paused before: Prefect's own deploy resumes everything.

    Gives the names of those deployments.
    """
    before = [which for which in SYNCS if _is_paused(client, which)]
    try:
        yield [SYNCS[which].name for which in before]
    finally:
        for which in before:
            set_paused(client, which, paused=True)


def _is_paused(client: SyncPrefectClient, which: Which) -> bool:
    try:
        return _standing(client, which).paused
    except ObjectNotFound:
        return False


def _set_schedule(client: SyncPrefectClient, which: Which, *, active: bool) -> None:
    deployment = client.read_deployment_by_name(SYNCS[which].name)
    for schedule in deployment.schedules:
        client.update_deployment_schedule(deployment.id, schedule.id, active=active)


def _standing(client: SyncPrefectClient, which: Which) -> Standing:
    deployment = client.read_deployment_by_name(SYNCS[which].name)
    scheduled = any(schedule.active for schedule in deployment.schedules)
    return Standing(name=SYNCS[which].name, paused=deployment.paused, scheduled=scheduled)
