"""The backoffice's SQL on every PostgreSQL that it promises to run on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from sandbox.migrations import apply_migrations, create_project, create_roles
from sandbox.postgres import ADMIN, Postgres
from tests.integration.backoffice_sql import Backoffice

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
