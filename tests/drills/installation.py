"""The real thing on one machine: three systems, a Prefect server, a worker, all deployed. Each part may be killed."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox.demo.crew import CHECKOUT, deploying, environment, finish
from sandbox.processes import Child, dies_with_parent, start
from sandbox.world import World
from tests.drills.parts import Part
from tests.drills.prefect import Prefect
from tests.drills.runs import BACKUP, PRIMARY, BareRuns, PrefectRuns, Runs
from tests.drills.systems import steady_port, three_systems

TUNABLES = {
    "LEADSYNC_BATCH_SIZE": "200",
    "LEADSYNC_RETRY_ATTEMPTS": "5",
    "LEADSYNC_RETRY_SECONDS": "20",
    "LEADSYNC_RETRY_FIRST_WAIT": "0.2",
    "LEADSYNC_RETRY_LONGEST_WAIT": "1.5",
}
SETTINGS = {
    **TUNABLES,
    # What a drill calls is no browser.
    "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "false",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_WORKER_PREFETCH_SECONDS": "1",
}
SILENT = ("leadsync-no-heartbeat", "leadsync-never-began")
SILENCE_SECONDS = 60
"""After how long without a sign of life a run counts as dead here; runs beat every 30 s. In production it is 120, and
300 before its first sign."""
STARTED_BY_RUNS = ("leadsync-backup-after-failures", "leadsync-look-after-a-run")
"""Automations that make runs of their own after others: switched off, so that each drill sees its own runs alone."""


@dataclass(frozen=True)
class Installation:
    """Everything that runs.

    Attributes:
        world: the three systems.
        runs: of both flows.
        parts: by name: `server` and `worker` unless it is bare, `backoffice database`, the two `… API`, and
            `network to …` zoho, portal and backoffice.
    """

    world: World
    runs: Runs
    parts: Mapping[str, Part]


@contextmanager
def bare_installation(folder: Path) -> Iterator[Installation]:
    """The three systems, and runs without Prefect."""
    parts: dict[str, Part] = {}
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        world = three_systems(parts, folder, stack)
        yield Installation(world, BareRuns({**world.settings(), **TUNABLES}), parts)


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """Builds it below a folder and takes it down at the end.

    Every process dies with the calling thread.

    Raises:
        SandboxError: a part does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        api_port = steady_port()
        parts = {"server": _server(api_port, folder)}
        first = parts["server"].launch()
        stack.callback(parts["server"].end)
        parts["server"].child = first
        world = three_systems(parts, folder, stack)
        api_url = f"http://127.0.0.1:{api_port}/api"
        first.wait_until(lambda: parts["server"].answers(first), seconds=180)
        environ = environment({**world.settings(), **SETTINGS}, api_url, folder)
        server = Prefect.at(api_url)
        stack.callback(server.client.close)
        with deploying(environ, folder / "deploy.log") as deploy:
            finish(deploy)
        parts["worker"] = _worker(environ, folder)
        stack.callback(parts["worker"].end)
        parts["worker"].start()
        deployments = {name: server.deployment(name) for name in (PRIMARY, BACKUP)}
        _calm(server)
        yield Installation(world, PrefectRuns(server, deployments), parts)


def _leadsync(name: str, process: str, environ: Mapping[str, str], folder: Path) -> Child:
    command = [*dies_with_parent("KILL"), str(CHECKOUT / ".venv" / "bin" / "leadsync"), "start", process]
    return start(name, command, log=folder / f"{process}.log", environment=environ)


def _server(port: int, folder: Path) -> Part:
    url = f"http://127.0.0.1:{port}/api"
    asked = {**SETTINGS, "PREFECT_SERVER_API_HOST": "127.0.0.1", "PREFECT_SERVER_API_PORT": str(port)}
    environ = environment(asked, url, folder)

    def answers(_: Child) -> bool:
        try:
            return httpx.get(f"{url}/health", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    return Part("Prefect's server", lambda: _leadsync("Prefect's server", "server", environ, folder), answers)


def _worker(environ: Mapping[str, str], folder: Path) -> Part:
    log = folder / "worker.log"
    before = [0]

    def launch() -> Child:
        before[0] = log.stat().st_size if log.exists() else 0
        return _leadsync("the worker", "worker", environ, folder)

    return Part("the worker", launch, lambda _: b"started!" in log.read_bytes()[before[0] :])


def _calm(server: Prefect) -> None:
    """Only drills make runs; a silent one is noticed sooner than in production."""
    for deployment in server.deployments():
        server.pause(deployment)
    for automation in server.automations():
        if automation["name"] in STARTED_BY_RUNS:
            server.switch_off(automation["id"])
        if automation["name"] in SILENT:
            server.tighten(automation, SILENCE_SECONDS)
