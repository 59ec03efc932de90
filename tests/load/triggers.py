"""Those who start runs: Prefect's clock once a minute, an external scheduler, and people in the UI."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from sandbox.demo.api import Server
from sandbox.ports import free_port
from sandbox.processes import Child, start
from sandbox.world import CRON_SECRET
from tests.load.runs import open_runs

FLOWS = {"zoho": "primary-zoho-sync/hourly", "portal": "backup-portal-sync/daily"}
EVERY_MINUTE = {"cron": "* * * * *", "timezone": "UTC"}
SECONDS = 60.0


@dataclass
class Triggers:
    """Starts runs.

    Attributes:
        answers: how often the endpoint gave which answer.
    """

    server: Server
    endpoint: str
    random: Random
    answers: Counter[str] = field(default_factory=Counter)

    def every_minute(self, *, active: bool) -> None:
        """Both flows on Prefect's own clock, or neither."""
        for name in FLOWS.values():
            deployment = self.server.ask("GET", f"/deployments/name/{name}")
            (schedule,) = deployment["schedules"]
            path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
            self.server.ask("PATCH", path, {"active": active, "schedule": EVERY_MINUTE})

    def calls_the_endpoint(self) -> None:
        """As an external scheduler does that is not sure of its first call."""
        path = f"/api/cron/{self.random.choice(list(FLOWS))}-sync"
        headers = {"Authorization": f"Bearer {CRON_SECRET}"}
        for _ in range(2):
            answer = httpx.post(f"{self.endpoint}{path}", headers=headers, timeout=SECONDS, trust_env=False)
            told = answer.json()
            self.answers[f"{answer.status_code} {told.get('error') or told.get('reason', 'started')}"] += 1

    def starts_by_hand(self) -> None:
        """As a person does in the UI, now and then with other parameters."""
        deployment = self.server.deployment(self.random.choice(list(FLOWS.values())))
        parameters = self.random.choice(({}, {"dry_run": True}, {"mode": "full"}))
        self.server.ask("POST", f"/deployments/{deployment}/create_flow_run", {"parameters": parameters})

    def drops_what_is_planned(self) -> None:
        """Runs that the clock made ahead of their time."""
        for run in open_runs(self.server):
            if run.planned:
                self.server.ask("DELETE", f"/flow_runs/{run.id}")

    def at_rest(self) -> bool:
        """Whether no run is going on or due."""
        return all(run.planned for run in open_runs(self.server))


@contextmanager
def endpoint(environment: Mapping[str, str], log: Path) -> Iterator[tuple[Child, str]]:
    """`leadsync serve-cron` as a process, once it answers."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("leadsync")), "serve-cron", "--port", str(port)]
    child = start("the endpoint", command, log=log, environment=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        child.wait_until(lambda: _answers(url), seconds=SECONDS)
        yield child, url
    finally:
        child.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False
