"""The real thing on one machine: three systems, a Prefect server, a worker, all deployed. Each part may be killed.

Zoho and the portal have a PostgreSQL of their own, so that the backoffice's can die without them.
"""

import random
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox import keys
from sandbox.demo.crew import CHECKOUT, deploying, environment, finish
from sandbox.edge_server import Edges, start_edges
from sandbox.migrations import apply_migrations, create_project, create_roles
from sandbox.ports import socket_directory
from sandbox.postgres import SURVIVES, Postgres
from sandbox.postgrest import Postgrest, find_postgrest, start_postgrest
from sandbox.processes import Child, dies_with_parent, start
from sandbox.world import World
from sandbox.zoho.process import at, is_ready, start_zoho
from tests.drills.parts import Part
from tests.drills.prefect import Prefect

PRIMARY, BACKUP = "primary-zoho-sync/hourly", "backup-portal-sync/daily"
LOWEST_PORT, HIGHEST_PORT = 18_000, 30_000
"""Below the ports that the kernel gives to those who call, so that a part finds its own again."""
SETTINGS = {
    "LEADSYNC_BATCH_SIZE": "200",
    "LEADSYNC_RETRY_ATTEMPTS": "5",
    "LEADSYNC_RETRY_SECONDS": "20",
    "LEADSYNC_RETRY_FIRST_WAIT": "0.2",
    "LEADSYNC_RETRY_LONGEST_WAIT": "1.5",
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
        server: Prefect's API.
        parts: by name: `server`, `worker`, `backoffice database`, `portal API` and `backoffice API` (PostgREST), and
            `network to …` zoho, portal and backoffice.
        deployments: ids by name.
        folder: takes logs and state.
    """

    world: World
    server: Prefect
    parts: Mapping[str, Part]
    deployments: Mapping[str, str]
    folder: Path


def steady_port() -> int:
    """A free port that no caller is given by the kernel."""
    while True:
        port = random.randint(LOWEST_PORT, HIGHEST_PORT)  # noqa: S311 - no secret
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """Builds it below a folder and takes it down at the end.

    Every process dies with the calling thread.

    Raises:
        SandboxError: a part does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        sockets = socket_directory(folder / "api")
        api_port = steady_port()
        parts = {"server": _server(api_port, folder)}
        first = parts["server"].launch()
        stack.callback(parts["server"].end)
        parts["server"].child = first
        world = _three_systems(parts, sockets, folder, stack)
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
        _calm(server, deployments)
        yield Installation(world, server, parts, deployments, folder)


def _three_systems(parts: dict[str, Part], sockets: Path, folder: Path, stack: ExitStack) -> World:
    sources = stack.enter_context(Postgres.start(folder / "sources", flags=SURVIVES))
    target = Postgres.start(folder / "target", flags=SURVIVES)
    parts["backoffice database"] = _database(target)
    stack.callback(target.stop)
    stack.callback(parts["backoffice database"].end)
    for cluster, projects in ((sources, ("portal", "zoho")), (target, ("backoffice",))):
        create_roles(cluster)
        for project in projects:
            create_project(cluster, project)
    apply_migrations(target.dsn("backoffice"))
    urls = {"zoho": _zoho(parts, sources, folder)}
    for project, cluster in (("portal", sources), ("backoffice", target)):
        parts[f"{project} API"] = _api(project, cluster, sockets / project, folder)
        urls[project] = _edge(parts, project, sockets / project, folder)
    for name, part in parts.items():
        if name not in ("server", "backoffice database"):
            stack.callback(part.end)
            part.start()
    return _world(sources, target, urls)


def _database(cluster: Postgres) -> Part:
    running = [cluster]

    def launch() -> Child:
        running[0] = running[0].launched_again()
        return running[0].child

    return Part("backoffice database", launch, lambda _: running[0].is_ready(), cluster.child)


def _api(project: str, cluster: Postgres, place: Path, folder: Path) -> Part:
    def launch() -> Child:
        place.unlink(missing_ok=True)
        dsn = cluster.dsn(project, user="authenticator")
        log = folder / f"{project}-api.log"
        return start_postgrest(find_postgrest(), dsn=dsn, keys=keys.OF_PROJECT[project], socket=place, log=log).child

    return Part(f"{project} API", launch, lambda child: Postgrest(child, place).is_ready())


def _edge(parts: dict[str, Part], project: str, place: Path, folder: Path) -> str:
    port = steady_port()
    url = f"http://127.0.0.1:{port}"
    name = f"network to {project}"

    def launch() -> Child:
        return start_edges({project: place}, folder / f"{project}-edge.log", port).child

    parts[name] = Part(name, launch, lambda child: Edges(child, {project: url}).is_ready())
    return url


def _zoho(parts: dict[str, Part], cluster: Postgres, folder: Path) -> str:
    port = steady_port()
    url = f"http://127.0.0.1:{port}"
    name = "network to zoho"

    def launch() -> Child:
        return start_zoho(cluster.dsn("zoho"), folder / "zoho.log", port)[0]

    parts[name] = Part(name, launch, lambda _: is_ready(url))
    return url


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


def _calm(server: Prefect, deployments: Mapping[str, str]) -> None:
    """Only drills make runs; a silent one is noticed sooner than in production."""
    for deployment in server.deployments():
        server.pause(deployment)
    for deployment in deployments.values():
        server.pause(deployment)
    for automation in server.automations():
        if automation["name"] in STARTED_BY_RUNS:
            server.switch_off(automation["id"])
        if automation["name"] in SILENT:
            server.tighten(automation, SILENCE_SECONDS)


def _world(sources: Postgres, target: Postgres, urls: Mapping[str, str]) -> World:
    zoho = at(urls["zoho"])
    return World(
        portal_url=urls["portal"],
        portal_secret_key=keys.PORTAL.secret_key,
        portal_publishable_key=keys.PORTAL.publishable_key,
        portal_dsn=sources.dsn("portal"),
        portal_control_url=f"{urls['portal']}/control",
        backoffice_url=urls["backoffice"],
        backoffice_secret_key=keys.BACKOFFICE.secret_key,
        backoffice_publishable_key=keys.BACKOFFICE.publishable_key,
        backoffice_dsn=target.dsn("backoffice"),
        backoffice_control_url=f"{urls['backoffice']}/control",
        zoho_accounts_url=zoho.accounts_url,
        zoho_api_domain=zoho.api_domain,
        zoho_control_url=zoho.control_url,
        zoho_client_id=zoho.client_id,
        zoho_client_secret=zoho.client_secret,
        zoho_refresh_token=zoho.refresh_token,
        zoho_dsn=sources.dsn("zoho"),
    )
