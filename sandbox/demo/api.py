"""The few calls of Prefect's REST API that the demo makes."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from sandbox.processes import Child, SandboxError

RUN_SECONDS = 180.0
POLL_SECONDS = 0.5
LOGS_SECONDS = 2.5
BUSY_SECONDS = 60.0
BUSY = httpx.codes.SERVICE_UNAVAILABLE
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
SCHEDULED_TAG = "auto-scheduled"
"""What the scheduler puts on the runs that it makes."""


@dataclass(frozen=True)
class Run:
    """A flow run that has ended."""

    id: str
    name: str
    state: str
    """The state's type, such as COMPLETED."""
    message: str

    @property
    def completed(self) -> bool:
        """Whether it ended well."""
        return self.state == "COMPLETED"


@dataclass(frozen=True)
class Server:
    """A Prefect server's API."""

    client: httpx.Client

    @classmethod
    def at(cls, url: str) -> "Server":
        """The server of a PREFECT_API_URL."""
        return cls(httpx.Client(base_url=url, timeout=30, trust_env=False))

    def has_pool(self, name: str) -> bool:
        """Whether the work pool is there."""
        answer = self._try("GET", f"/work_pools/{name}", None)
        return answer is not None and answer.is_success

    def deployment(self, name: str) -> str:
        """The id of `flow/deployment`."""
        return str(self.ask("GET", f"/deployments/name/{name}")["id"])

    def pause(self, deployment: str) -> None:
        """Keep the scheduler from making runs of it: one at the full hour would take the samples from the demo's."""
        self._call("POST", f"/deployments/{deployment}/pause_deployment")

    def resume(self, deployment: str) -> None:
        """Let the scheduler make runs of it again."""
        self._call("POST", f"/deployments/{deployment}/resume_deployment")

    def trigger(self, deployment: str) -> str:
        """Make a run as the scheduler does, due now, and give its id."""
        asked = {"state": {"type": "SCHEDULED"}, "tags": [SCHEDULED_TAG], "idempotency_key": str(uuid4())}
        return str(self.ask("POST", f"/deployments/{deployment}/create_flow_run", asked)["id"])

    def finished(self, run_id: str, worker: Child) -> Run:
        """Wait for the end of a run.

        Raises:
            SandboxError: the worker is gone, or the run takes too long.
        """
        deadline = time.monotonic() + RUN_SECONDS
        while (run := self._run(run_id)).state not in ENDED:
            if worker.process.poll() is not None:
                raise SandboxError(f"the worker has ended: {worker.last_words()}")
            if time.monotonic() > deadline:
                raise SandboxError(f"{run.name} is still {run.state} after {RUN_SECONDS:g} s: {worker.last_words()}")
            time.sleep(POLL_SECONDS)
        return run

    def logs(self, run_id: str) -> list[tuple[int, str]]:
        """Level and message of the first 200 lines of a run's log, once no more come: they are sent every 2 s."""
        lines, before = self._logs(run_id), None
        while lines != before:
            time.sleep(LOGS_SECONDS)
            lines, before = self._logs(run_id), lines
        return lines

    def _logs(self, run_id: str) -> list[tuple[int, str]]:
        asked = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC", "limit": 200}
        return [(line["level"], line["message"]) for line in self.ask("POST", "/logs/filter", asked)]

    def _run(self, run_id: str) -> Run:
        told = self.ask("GET", f"/flow_runs/{run_id}")
        state = told["state"] or {}
        return Run(run_id, told["name"], state.get("type") or "PENDING", state.get("message") or "")

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """What the API answers.

        Raises:
            SandboxError: it refuses, or is too busy for too long.
        """
        answer = self._call(method, path, body)
        return answer.json() if answer.content else None

    def _call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """One call, repeated while the server is busy: on SQLite it refuses what it cannot write in time.

        Every call may be repeated; the one that makes a run names it by a key.
        """
        deadline = time.monotonic() + BUSY_SECONDS
        while (answer := self._try(method, path, body)) is None or answer.status_code == BUSY:
            if time.monotonic() > deadline:
                raise SandboxError(f"Prefect is too busy to answer {method} {path}")
            time.sleep(POLL_SECONDS)
        if not answer.is_success:
            raise SandboxError(f"Prefect answered {answer.status_code} to {method} {path}")
        return answer

    def _try(self, method: str, path: str, body: object) -> httpx.Response | None:
        try:
            return self.client.request(method, path, json=body)
        except httpx.TransportError:
            return None
