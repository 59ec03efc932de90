"""How runs begin, end and are killed: by Prefect's server and worker, or bare, each as a process without Prefect."""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Protocol
from uuid import uuid4

from sandbox.demo.api import ENDED, Run
from sandbox.processes import SandboxError
from tests.drills.prefect import Prefect
from tests.drills.processes import kill_run, processes_of

PRIMARY, BACKUP = "primary-zoho-sync/hourly", "backup-portal-sync/daily"
KILLED = -9


class Runs(Protocol):
    """Runs of the two deployments, by ids that attempts are on record with."""

    def begin(self, deployment: str) -> str:
        """Lets one begin as the scheduler does; its id."""

    def has_begun(self, run_id: str) -> bool:
        """Whether somebody has taken it up."""

    def end_of(self, run_id: str) -> Run | None:
        """How it ended, if it has."""

    def is_alive(self, run_id: str) -> bool:
        """Whether a process carries it out."""

    def kill(self, run_id: str) -> None:
        """Kills that process with -9."""


@dataclass(frozen=True)
class PrefectRuns:
    """Runs that Prefect's server hands to a worker. While it is too busy to say anything, nothing has changed."""

    server: Prefect
    deployments: Mapping[str, str]

    def begin(self, deployment: str) -> str:
        return self.server.trigger(self.deployments[deployment])

    def has_begun(self, run_id: str) -> bool:
        run = self._look(run_id)
        return run is not None and run.state != "SCHEDULED"

    def end_of(self, run_id: str) -> Run | None:
        run = self._look(run_id)
        return run if run is not None and run.state in ENDED else None

    def is_alive(self, run_id: str) -> bool:
        return bool(processes_of(run_id))

    def kill(self, run_id: str) -> None:
        kill_run(run_id)

    def _look(self, run_id: str) -> Run | None:
        try:
            return self.server.run(run_id)
        except SandboxError:
            return None


@dataclass(frozen=True)
class BareRuns:
    """Each run is a process that a warm interpreter forks: the same code, and hundreds of them in the time of a few."""

    environment: Mapping[str, str]
    children: dict[str, BaseProcess] = field(default_factory=dict)

    def begin(self, deployment: str) -> str:
        run_id = str(uuid4())
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.drills.by_hand", "flows.primary", "flows.backup"])
        child = context.Process(target=carry_out, args=(deployment, run_id, dict(self.environment)), daemon=True)
        child.start()
        self.children[run_id] = child
        return run_id

    def has_begun(self, run_id: str) -> bool:
        return self.children[run_id].pid is not None

    def end_of(self, run_id: str) -> Run | None:
        code = self.children[run_id].exitcode
        if code is None:
            return None
        return Run(run_id, "bare", {0: "COMPLETED", KILLED: "KILLED"}.get(code, "FAILED"), f"exit code {code}")

    def is_alive(self, run_id: str) -> bool:
        return self.children[run_id].is_alive()

    def kill(self, run_id: str) -> None:
        self.children[run_id].kill()
        self.children[run_id].join()


def carry_out(deployment: str, run_id: str, environment: Mapping[str, str]) -> None:
    """What the process of a bare run does; its exit code says how the run ended."""
    from tests.drills import by_hand  # noqa: PLC0415 - imports Prefect

    os.environ.update(environment)
    with by_hand.installed(environment, run_id) as outcomes:
        by_hand.run_one(primary=deployment == PRIMARY)
    sys.exit(0 if outcomes and outcomes[-1].status in ("completed", "findings") else 1)
