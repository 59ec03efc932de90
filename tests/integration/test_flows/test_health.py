"""/healthz over HTTP: what a watch that shares nothing with our host is told of the data."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import httpx
import psycopg
import pytest

from sandbox.world import World
from systems.backoffice import Backoffice
from systems.settings import BackofficeSettings, Tunables
from tests.integration.test_flows.listening import listening
from tests.integration.test_flows.server import quick_client

DONE = """
insert into leadsync.attempts (attempt_id, flow, source, status, finished_at, watermark)
values (gen_random_uuid(), %s, %s, 'completed', clock_timestamp() - make_interval(mins => %s), now())
"""
PRIMARY, BACKUP = "primary-zoho-sync", "backup-portal-sync"


@dataclass
class Watch:
    """A caller of a running endpoint, and the endpoint's clock."""

    url: str
    seconds: list[float]

    def look(self, path: str = "/healthz") -> httpx.Response:
        with quick_client() as client:
            return client.get(f"{self.url}{path}")

    def later(self, path: str = "/healthz") -> httpx.Response:
        """Looks once what was told before is no longer told again."""
        self.seconds[0] += 11
        return self.look(path)


@pytest.fixture
def watch(clean_world: World) -> Iterator[Watch]:
    from deployments.cron.app import cron_app  # noqa: PLC0415 - imports Prefect
    from deployments.cron.door import Door  # noqa: PLC0415 - imports Prefect
    from deployments.cron.health import Health  # noqa: PLC0415 - imports Prefect
    from deployments.cron.report import ReportPage  # noqa: PLC0415 - imports Prefect

    settings = BackofficeSettings.model_validate(
        {"url": clean_world.backoffice_url, "service_key": clean_world.backoffice_secret_key}
    )
    seconds = [0.0]
    with Backoffice(settings, tunables=Tunables(retry_attempts=1)) as backoffice:
        health = Health(backoffice.freshness, clock=lambda: seconds[0])
        secret = "a-secret-of-this-test"
        with listening(cron_app(Door(secret), health, ReportPage(Door(secret), never))) as url:
            yield Watch(url, seconds)


def never() -> NoReturn:
    raise AssertionError


def done(backoffice: psycopg.Connection, *, primary: int, backup: int) -> None:
    """Lets both flows have completed so many minutes ago."""
    backoffice.execute(DONE, (PRIMARY, "zoho", primary))
    backoffice.execute(DONE, (BACKUP, "portal", backup))


def test_before_the_first_runs_the_data_are_stale(watch: Watch) -> None:
    answer = watch.look()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["error"] == f"Stale: {PRIMARY} has never completed, {BACKUP} has never completed"


def test_while_both_flows_complete_in_time_the_data_are_fresh(watch: Watch, backoffice_db: psycopg.Connection) -> None:
    done(backoffice_db, primary=119, backup=26 * 60 - 1)
    answer = watch.look()
    told = answer.json()
    assert answer.status_code == 200
    assert (told["success"], told["status"], set(told["flows"])) == (True, "fresh", {PRIMARY, BACKUP})
    assert told["flows"][PRIMARY]["age_seconds"] // 60 == 119
    assert set(told) == {"success", "status", "flows", "timestamp"}


@pytest.mark.parametrize(("primary", "backup", "stale"), [(121, 60, "primary"), (60, 26 * 60 + 1, "backup")])
def test_one_flow_that_stands_still_makes_the_data_stale_and_each_can_be_asked_for(
    watch: Watch, backoffice_db: psycopg.Connection, primary: int, backup: int, stale: str
) -> None:
    done(backoffice_db, primary=primary, backup=backup)
    assert watch.look().status_code == 503
    each = {which: watch.look(f"/healthz?flow={which}").status_code for which in ("primary", "backup")}
    assert each == {"primary": 200, "backup": 200} | {stale: 503}


def test_an_unknown_flow_is_no_health(watch: Watch) -> None:
    assert watch.look("/healthz?flow=nightly").status_code == 400


def test_the_backoffice_is_asked_once_in_ten_seconds(watch: Watch, clean_world: World) -> None:
    with quick_client() as client:
        first = [watch.look().status_code for _ in range(5)]
        calls = client.get(f"{clean_world.backoffice_control_url}/calls").json()
        watch.later()
        more = client.get(f"{clean_world.backoffice_control_url}/calls").json()
    assert first == [503] * 5
    assert [sum(told.values()) for told in (calls, more)] == [1, 2]


def test_a_backoffice_that_does_not_answer_is_no_health_until_it_does(
    watch: Watch, clean_world: World, backoffice_db: psycopg.Connection
) -> None:
    done(backoffice_db, primary=1, backup=1)
    with quick_client() as client:
        fault = {"path": "leadsync_freshness", "status": 503, "html": "<html>unavailable</html>"}
        client.post(f"{clean_world.backoffice_control_url}/faults", json=[fault]).raise_for_status()
    answer = watch.look()
    assert (answer.status_code, answer.json()) == (503, {"error": "The backoffice does not say", "status": "unknown"})
    assert watch.later().status_code == 200
