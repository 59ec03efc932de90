"""An installation that is in order, for tests that break one thing of it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.world import World
from tests.integration.telegram_api import TelegramApi
from tests.integration.test_doctor.doctor import BACKUP, PRIMARY, History
from tests.integration.test_doctor.server import beat, take_down


@pytest.fixture
def environment(world: World, telegram: TelegramApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The settings that lead into the world, however it was left."""
    assert telegram
    for name, value in world.settings().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADSYNC_RETRY_FIRST_WAIT", "0.01")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settled_world(clean_world: World, environment: None) -> World:
    """A clean world and the settings that lead there."""
    assert environment is None
    return clean_world


@pytest.fixture
def history(settled_world: World, backoffice_db: psycopg.Connection) -> History:
    """The history of an installation that has just begun."""
    assert settled_world
    return History(backoffice_db)


@pytest.fixture
def sound(history: History, deployed: None, company: World) -> World:
    """An installation where all is in order."""
    assert deployed is None
    for flow in (PRIMARY, BACKUP):
        history.attempt(flow)
    return company


@pytest.fixture(scope="package")
def deployed(prefect_url: str, _telegram: TelegramApi) -> Iterator[None]:
    """A Prefect server with all that `leadsync deploy` makes, and a worker that has just beaten."""
    from deployments.bootstrap import bootstrap  # noqa: PLC0415 - imports Prefect

    assert prefect_url
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in _telegram.settings().items():
            monkeypatch.setenv(name, value)
        assert list(bootstrap())
    beat()
    yield
    take_down()
