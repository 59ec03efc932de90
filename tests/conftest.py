"""What tests share: one world a session, connections to its databases, and a clean slate."""

from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest
from psycopg import sql

from sandbox.world import World
from sandbox.world import world as build_world

TABLES = """
select n.nspname, c.relname
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1, 2
"""
LOCK_TIMEOUT = "10s"  # a test that left a transaction open is to fail, not to hang

Tables = dict[str, list[sql.Identifier]]

STARTED: list[tuple[World, Tables]] = []
"""The session's world, once it is up."""


@pytest.fixture(scope="session")
def _session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Tables]]:
    with build_world(tmp_path_factory.mktemp("world"), empty=True) as built:
        started = built, {dsn: _empty_tables(dsn) for dsn in (built.portal_dsn, built.backoffice_dsn)}
        STARTED.append(started)
        yield started
        STARTED.clear()


@pytest.fixture(scope="module", autouse=True)
def _left_clean() -> Iterator[None]:
    """No file finds what another one left: which ran before depends on how many processes there are."""
    yield
    for started in STARTED:
        _cleaned(*started)


@pytest.fixture(scope="session")
def world(_session: tuple[World, Tables]) -> World:
    """The sandbox without sample leads, migrated; started once, when a test first asks for it."""
    return _session[0]


@pytest.fixture
def clean_world(_session: tuple[World, Tables]) -> World:
    """The same world as if it had just been started: no leads, no faults, Zoho's settings as at first."""
    return _cleaned(*_session)


@pytest.fixture(scope="session")
def clean(_session: tuple[World, Tables]) -> Callable[[], World]:
    """The same on demand, for a module whose tests only read what one story left."""
    return lambda: _cleaned(*_session)


def _cleaned(built: World, tables: Tables) -> World:
    for dsn, names in tables.items():
        _truncate(dsn, names)
    with httpx.Client(trust_env=False) as client:
        for control in (built.portal_control_url, built.backoffice_control_url):
            client.delete(f"{control}/faults").raise_for_status()
            client.delete(f"{control}/calls").raise_for_status()
        client.post(f"{built.zoho_control_url}/reset").raise_for_status()
    return built


@pytest.fixture
def portal_db(world: World) -> Iterator[psycopg.Connection]:
    """An autocommit connection to the portal's database with its owner's rights."""
    with psycopg.connect(world.portal_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def backoffice_db(world: World) -> Iterator[psycopg.Connection]:
    """An autocommit connection to the backoffice's database with its owner's rights."""
    with psycopg.connect(world.backoffice_dsn, autocommit=True) as connection:
        yield connection


def _empty_tables(dsn: str) -> list[sql.Identifier]:
    """The tables that hold data: those that were empty when the world came up. The others hold settings."""
    with psycopg.connect(dsn) as connection:
        names = [sql.Identifier(*row) for row in connection.execute(TABLES).fetchall()]
        return [name for name in names if not _has_rows(connection, name)]


def _has_rows(connection: psycopg.Connection, name: sql.Identifier) -> bool:
    row = connection.execute(sql.SQL("select exists (select from {})").format(name)).fetchone()
    return row is not None and bool(row[0])


def _truncate(dsn: str, names: list[sql.Identifier]) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
        connection.execute(sql.SQL("truncate {} restart identity").format(sql.SQL(", ").join(names)))
