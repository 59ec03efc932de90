"""The whole world in one directory: both projects, Zoho, and the addresses and keys that lead there."""

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import keys
from sandbox.edge_server import control_url, start_edges
from sandbox.migrations import apply_migrations, create_project, create_roles
from sandbox.ports import socket_directory
from sandbox.postgres import Postgres
from sandbox.postgrest import find_postgrest, start_postgrest
from sandbox.zoho.process import ZohoServer, zoho_server

CRON_SECRET = "sandbox-cron-secret-which-opens-nothing-else"


@dataclass(frozen=True)
class World:
    """Where everything is. The DSNs have the rights of the schemas' owner; keys and secrets are invented.

    The control URLs order faults and count calls, see `sandbox.edge`; Zoho's has a contract of its own.
    """

    portal_url: str
    portal_secret_key: str
    portal_publishable_key: str
    portal_dsn: str
    portal_control_url: str
    backoffice_url: str
    backoffice_secret_key: str
    backoffice_publishable_key: str
    backoffice_dsn: str
    backoffice_control_url: str
    zoho_accounts_url: str
    zoho_api_domain: str
    zoho_control_url: str
    zoho_client_id: str
    zoho_client_secret: str
    zoho_refresh_token: str
    zoho_dsn: str

    @classmethod
    def at(cls, gateways: Mapping[str, str], dsns: Mapping[str, str], zoho: ZohoServer) -> "World":
        """The world whose parts are there.

        Args:
            gateways: URLs of the portal's and the backoffice's, by project.
            dsns: of both and of Zoho's database, likewise.
            zoho: where Zoho's server is, and what it knows leadsync by.
        """
        return cls(
            portal_url=gateways["portal"],
            portal_secret_key=keys.PORTAL.secret_key,
            portal_publishable_key=keys.PORTAL.publishable_key,
            portal_dsn=dsns["portal"],
            portal_control_url=control_url(gateways["portal"]),
            backoffice_url=gateways["backoffice"],
            backoffice_secret_key=keys.BACKOFFICE.secret_key,
            backoffice_publishable_key=keys.BACKOFFICE.publishable_key,
            backoffice_dsn=dsns["backoffice"],
            backoffice_control_url=control_url(gateways["backoffice"]),
            zoho_accounts_url=zoho.accounts_url,
            zoho_api_domain=zoho.api_domain,
            zoho_control_url=zoho.control_url,
            zoho_client_id=zoho.client_id,
            zoho_client_secret=zoho.client_secret,
            zoho_refresh_token=zoho.refresh_token,
            zoho_dsn=dsns["zoho"],
        )

    def settings(self) -> dict[str, str]:
        """The environment that points leadsync here: design.md §6, and `LEADSYNC_SANDBOX_…` for direct access."""
        return {
            "PORTAL_SUPABASE_URL": self.portal_url,
            "PORTAL_SUPABASE_SERVICE_KEY": self.portal_secret_key,
            "BACKOFFICE_SUPABASE_URL": self.backoffice_url,
            "BACKOFFICE_SUPABASE_SERVICE_KEY": self.backoffice_secret_key,
            "ZOHO_CLIENT_ID": self.zoho_client_id,
            "ZOHO_CLIENT_SECRET": self.zoho_client_secret,
            "ZOHO_REFRESH_TOKEN": self.zoho_refresh_token,
            "ZOHO_ACCOUNTS_URL": self.zoho_accounts_url,
            "ZOHO_API_DOMAIN": self.zoho_api_domain,
            "CRON_SECRET": CRON_SECRET,
            "LEADSYNC_SANDBOX_PORTAL_DSN": self.portal_dsn,
            "LEADSYNC_SANDBOX_BACKOFFICE_DSN": self.backoffice_dsn,
            "LEADSYNC_SANDBOX_ZOHO_DSN": self.zoho_dsn,
            "LEADSYNC_SANDBOX_PORTAL_CONTROL_URL": self.portal_control_url,
            "LEADSYNC_SANDBOX_BACKOFFICE_CONTROL_URL": self.backoffice_control_url,
            "LEADSYNC_SANDBOX_ZOHO_CONTROL_URL": self.zoho_control_url,
        }


@contextmanager
def world(directory: Path, *, empty: bool = False, migrate: bool = True) -> Iterator[World]:
    """Build a world below `directory` and take it down at the end.

    Every process dies with the calling thread (see `sandbox.processes`), so the thread must outlive the world.

    Args:
        directory: Takes data, sockets and logs; made if missing. The logs stay.
        empty: Without sample leads.
        migrate: With the backoffice's migrations applied.

    Raises:
        SandboxError: a part is missing or does not start.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        sockets = _sockets(directory, stack)
        # The edges start first: Python takes its time, and PostgreSQL is made meanwhile.
        postgrests = {name: sockets / name for name in keys.OF_PROJECT}
        edges = start_edges(postgrests, directory / "edge.log")
        stack.callback(edges.stop)
        cluster = stack.enter_context(Postgres.start(directory))
        create_roles(cluster)
        create_project(cluster, "zoho")
        # Only SQL goes to another thread: a child would die with it.
        projects = stack.enter_context(ThreadPoolExecutor(1)).submit(_create_projects, cluster, migrate=migrate)
        zoho = stack.enter_context(zoho_server(cluster.dsn("zoho")))
        projects.result()
        for name, socket in postgrests.items():
            _serve(name, cluster, socket, directory / f"{name}-postgrest.log", stack)
        edges.wait()
        dsns = {name: cluster.dsn(name) for name in (*keys.OF_PROJECT, "zoho")}
        built = World.at(edges.urls, dsns, zoho)
        if not empty:
            _seed(built)
        yield built


def _create_projects(cluster: Postgres, *, migrate: bool) -> None:
    for name in keys.OF_PROJECT:
        create_project(cluster, name)
    if migrate:
        apply_migrations(cluster.dsn("backoffice"))


def _sockets(directory: Path, stack: ExitStack) -> Path:
    sockets = socket_directory(directory / "api")
    stack.callback(shutil.rmtree, sockets, ignore_errors=True)
    return sockets


def _serve(name: str, cluster: Postgres, socket: Path, log: Path, stack: ExitStack) -> None:
    api = start_postgrest(
        find_postgrest(),
        dsn=cluster.dsn(name, user="authenticator"),
        keys=keys.OF_PROJECT[name],
        socket=socket,
        log=log,
    )
    stack.callback(api.stop)
    api.wait()


def _seed(built: World) -> None:
    # The samples know the domain, and an empty world does without it.
    from sandbox.samples import seed  # noqa: PLC0415

    seed(built)
