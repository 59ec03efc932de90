"""A real Prefect server for the tests of flows, and the settings that lead them into the sandbox."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.prefect_api import prefect_api
from sandbox.world import World

QUICK = {
    "LEADSYNC_RETRY_ATTEMPTS": "3",
    "LEADSYNC_RETRY_SECONDS": "20",
    "LEADSYNC_RETRY_FIRST_WAIT": "0.01",
    "LEADSYNC_RETRY_LONGEST_WAIT": "0.05",
}


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server, which this process and its children use."""
    with prefect_api(tmp_path_factory.mktemp("prefect")) as api:
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
