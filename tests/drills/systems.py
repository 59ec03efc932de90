"""Zoho, portal and backoffice as parts that may be killed: each comes back to the same address with the same data.

Zoho and the portal have a PostgreSQL of their own, so that the backoffice's can die without them.
"""

import random
import socket
from contextlib import ExitStack
from pathlib import Path

from sandbox import keys
from sandbox.edge_server import Edges, start_edges
from sandbox.migrations import apply_migrations, create_project, create_roles
from sandbox.ports import socket_directory
from sandbox.postgres import SURVIVES, Postgres
from sandbox.postgrest import Postgrest, find_postgrest, start_postgrest
from sandbox.processes import Child
from sandbox.world import World
from sandbox.zoho.process import at, is_ready, start_zoho
from tests.drills.parts import Part

LOWEST_PORT, HIGHEST_PORT = 18_000, 30_000
"""Below the ports that the kernel gives to those who call, so that a part finds its own again."""


def steady_port() -> int:
    """A free port that no caller is given by the kernel."""
    while True:
        port = random.randint(LOWEST_PORT, HIGHEST_PORT)  # noqa: S311 - no secret
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def three_systems(parts: dict[str, Part], folder: Path, stack: ExitStack) -> World:
    """Starts them, and adds their parts to the others in the order in which they are started."""
    sockets = socket_directory(folder / "api")
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
    dsns = {name: sources.dsn(name) for name in ("portal", "zoho")} | {"backoffice": target.dsn("backoffice")}
    return World.at(urls, dsns, at(urls["zoho"]))


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
