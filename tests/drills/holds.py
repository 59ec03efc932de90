"""The named steps of a run, and how it is held at one: a slow answer, or a lock that somebody else has."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import psycopg

from sandbox.world import World
from tests.drills.runs import BACKUP, PRIMARY

POLL_SECONDS = 0.15
Way = Literal["delay_s", "linger_s"]
"""Before the system has done what it was asked, or after that and before its answer."""
LOCK = "select pg_advisory_lock(hashtextextended('leadsync.records', 0))"
WAITS = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
OPENED = "select exists (select from leadsync.attempts where status = 'running' and flow_run_id = %(run)s)"
APPLIED = """
select exists (
    select from leadsync.batches join leadsync.attempts as a using (attempt_id) where a.flow_run_id = %(run)s
)
"""
CLOSED = "select exists (select from leadsync.attempts where status <> 'running' and flow_run_id = %(run)s)"
ALWAYS = "select true"


@dataclass(frozen=True)
class Hold:
    """Where a run is held.

    Attributes:
        path: of the call that is slow, a regular expression; by deployment where they differ.
        way: how it is slow.
        reached: what the backoffice says once the run is there and what it asked for is done.
    """

    path: str | Mapping[str, str]
    way: Way
    reached: str = ALWAYS


STEPS: Mapping[str, Hold] = {
    "before it is opened": Hold("rpc/leadsync_open", "delay_s"),
    "opened, no answer yet": Hold("rpc/leadsync_open", "linger_s", OPENED),
    "before the first read": Hold({PRIMARY: r"crm/v\d+/Leads\?", BACKUP: "^/leads"}, "delay_s"),
    "between fetch and match": Hold("rpc/leadsync_match", "delay_s"),
    "in match": Hold("rpc/leadsync_match", "linger_s"),
    "before apply": Hold("rpc/leadsync_apply", "delay_s"),
    "after apply's commit": Hold("rpc/leadsync_apply", "linger_s", APPLIED),
    "before close": Hold("rpc/leadsync_close", "delay_s"),
    "after close": Hold("rpc/leadsync_close", "linger_s", CLOSED),
}
IN_APPLY = "in apply, before its commit"
NAMED = (*STEPS, IN_APPLY)


def control_url(world: World, step: str, deployment: str) -> str:
    """Where the fault is ordered that holds a run at a step."""
    if step != "before the first read":
        return world.backoffice_control_url
    return world.zoho_control_url if deployment == PRIMARY else world.portal_control_url


@contextmanager
def held(world: World, step: str, deployment: str, seconds: float) -> Iterator[Callable[[str], bool]]:
    """Holds the next run of a deployment at a step for so long; asks whether the run of an id is there.

    What it asked for is done when the time is over, even if it has died by then.
    """
    if step == IN_APPLY:
        lock = psycopg.connect(world.backoffice_dsn, autocommit=True)
        try:
            lock.execute(LOCK)
            yield lambda _: _says(world, WAITS)
        finally:
            lock.close()
        return
    hold, control = STEPS[step], control_url(world, step, deployment)
    path = hold.path if isinstance(hold.path, str) else hold.path[deployment]
    _order(control, {"path": path, hold.way: seconds})
    try:
        yield lambda run_id: _fired(control) and _says(world, hold.reached, run_id)
    finally:
        _forget(control)


def until(there: Callable[[], bool], seconds: float, pause: float = POLL_SECONDS) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not there():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _says(world: World, statement: str, run_id: str | None = None) -> bool:
    with psycopg.connect(world.backoffice_dsn) as backoffice:
        row = backoffice.execute(statement.encode(), {"run": run_id}).fetchone()
    return row is not None and bool(row[0])


def _order(control: str, fault: Mapping[str, Any]) -> None:
    httpx.post(f"{control}/faults", json=[fault], trust_env=False, timeout=30).raise_for_status()


def _fired(control: str) -> bool:
    try:
        report = httpx.get(f"{control}/faults", trust_env=False, timeout=30).raise_for_status().json()
    except httpx.TransportError:
        return False
    return any(fault["fired"] for fault in report)


def _forget(control: str) -> None:
    """The fault is gone, if what it was ordered of is still there."""
    try:
        httpx.delete(f"{control}/faults", trust_env=False, timeout=30)
    except httpx.TransportError:
        return
