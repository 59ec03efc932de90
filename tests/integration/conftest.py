"""What integration tests share: the backoffice's SQL on every PostgreSQL that it promises to run on, a real Prefect
server, and the settings that lead flows and commands into the sandbox.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from sandbox.migrations import apply_migrations, create_project, create_roles
from sandbox.postgres import ADMIN, Postgres
from sandbox.prefect_api import prefect_api
from sandbox.world import World
from tests.integration.backoffice_sql import STRANGER, Backoffice
from tests.integration.telegram_api import TelegramApi, telegram_api

DEBIAN = Path("/usr/lib/postgresql/15/bin")
BARE = "backoffice"
MIGRATED = "migrated"
SHARED = "shared"
MISSING = (
    f"PostgreSQL 15 is not in {DEBIAN}: run `apt-get install postgresql` (Debian 12), or leave these tests out "
    "with -m 'not postgres15'"
)
TABLES = [
    *("public.leads", "public.quotes", "public.communications", "public.sync_metadata"),
    *(f"leadsync.{name}" for name in ("attempts", "watermarks", "records", "bases", "journal", "conflicts")),
    *("leadsync.tombstones", "leadsync.erasures"),
    *("leadsync.batches", "leadsync.cache"),
]
VERSIONS = [pytest.param(15, marks=pytest.mark.postgres15), 18]

QUICK = {
    "LEADSYNC_RETRY_ATTEMPTS": "3",
    "LEADSYNC_RETRY_SECONDS": "20",
    "LEADSYNC_RETRY_FIRST_WAIT": "0.01",
    "LEADSYNC_RETRY_LONGEST_WAIT": "0.05",
}

SERVER = {
    # It notices within seconds that a worker has gone.
    "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "2",
    # What falls due while there is no worker is not late by itself: tests say what is late.
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
}


@dataclass(frozen=True)
class Databases:
    """A cluster with the company's database before and after our migrations, to be copied."""

    cluster: Postgres
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def open(self, name: str) -> Iterator[Backoffice]:
        dsns = {user: self.cluster.dsn(name, user=user) for user in ("postgres", "authenticator")}
        backoffice = Backoffice(self.cluster.version, dsns)
        try:
            yield backoffice
        finally:
            backoffice.close()

    @contextmanager
    def copy(self, template: str) -> Iterator[Backoffice]:
        name = f"test_{next(self.numbers)}"
        self.run("create database {} template {} owner postgres", name, template)
        with self.open(name) as backoffice:
            yield backoffice
        self.run("drop database {} with (force)", name)

    def run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.cluster.dsn("postgres", user=ADMIN), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture(scope="session", params=VERSIONS, ids=lambda version: f"pg{version}")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    folder = DEBIAN if request.param == 15 else None
    if folder and not folder.exists():
        pytest.fail(MISSING)
    with Postgres.start(tmp_path_factory.mktemp(f"pg{request.param}"), folder=folder) as cluster:
        assert cluster.version == request.param
        create_roles(cluster)
        create_project(cluster, BARE)
        made = Databases(cluster)
        made.run("create role {} nologin noinherit", STRANGER)
        made.run("grant {} to authenticator", STRANGER)
        for name in (MIGRATED, SHARED):
            made.run("create database {} template {} owner postgres", name, BARE)
            apply_migrations(cluster.dsn(name))
        yield made


@pytest.fixture
def backoffice(databases: Databases) -> Iterator[Backoffice]:
    """The company's database with our migrations and no data; its tables are to stay as they are."""
    with databases.open(SHARED) as made:
        for table in TABLES:
            made.rows(f"delete from {table} where true")  # noqa: S608 - our own names
        yield made


@pytest.fixture
def own_backoffice(databases: Databases) -> Iterator[Backoffice]:
    """The same for one test alone, which may alter it."""
    with databases.copy(MIGRATED) as made:
        yield made


@pytest.fixture
def bare(databases: Databases) -> Iterator[Backoffice]:
    """The company's database before our migrations."""
    with databases.copy(BARE) as made:
        yield made


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server, which this process and its children use."""
    with prefect_api(tmp_path_factory.mktemp("prefect"), SERVER) as api:
        # Prefect is imported here, because it takes seconds that other tests need not spend.
        from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings  # noqa: PLC0415

        api.wait()
        with ExitStack() as stack:
            home = tmp_path_factory.mktemp("prefect-client")
            stack.enter_context(temporary_settings({PREFECT_API_URL: api.url, PREFECT_HOME: home}))
            yield api.url
            _drain()


def _drain() -> None:
    """Sends what Prefect still holds in the background, as long as there is a server to take it."""
    from prefect.events.worker import EventsWorker  # noqa: PLC0415
    from prefect.logging.handlers import APILogWorker  # noqa: PLC0415

    with contextlib.suppress(RuntimeError):  # nothing was logged, so there is no worker
        APILogWorker.instance().drain()
    EventsWorker.drain_all()


@pytest.fixture(scope="session")
def _telegram() -> Iterator[TelegramApi]:
    with telegram_api() as api:
        yield api


@pytest.fixture
def telegram(_telegram: TelegramApi, monkeypatch: pytest.MonkeyPatch) -> TelegramApi:
    """A stand-in for Telegram that has received nothing yet, and the settings that lead there."""
    _telegram.status = 200
    _telegram.messages.clear()
    for name, value in _telegram.settings().items():
        monkeypatch.setenv(name, value)
    return _telegram


@pytest.fixture
def company(clean_world: World, prefect_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """A clean world, and the environment of a worker that runs leadsync in it."""
    _settle_in(clean_world, prefect_url, monkeypatch, tmp_path)
    return clean_world


@pytest.fixture(scope="module")
def settled(world: World, prefect_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The environment alone, for a module whose tests only read what one story left."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        _settle_in(world, prefect_url, monkeypatch, tmp_path_factory.mktemp("company"))
        yield


def _settle_in(world: World, prefect_url: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    environment = {**world.settings(), **QUICK, "PREFECT_API_URL": prefect_url, "PREFECT_HOME": str(folder)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    _retry_at_once(monkeypatch)


def _retry_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks import dedupe, extract_portal, fetch_zoho, load_backoffice, record_metadata  # noqa: PLC0415

    for module in (dedupe, extract_portal, fetch_zoho, load_backoffice, record_metadata):
        task = getattr(module, module.__name__.rpartition(".")[2])
        monkeypatch.setattr(task, "retry_delay_seconds", [0, 0])


@pytest.fixture
def attempts(backoffice_db: psycopg.Connection) -> Callable[[], list[dict[str, Any]]]:
    """What the company's dashboard sees: all attempts, oldest first."""

    def read() -> list[dict[str, Any]]:
        with backoffice_db.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            return cursor.execute("select * from sync_metadata order by created_at").fetchall()

    return read
