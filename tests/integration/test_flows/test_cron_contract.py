"""The cron endpoint against its own OpenAPI document, asked by Schemathesis in ways that it allows and others."""

import itertools
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.cron.app import cron_app
from deployments.cron.contract import document
from deployments.cron.door import Door
from deployments.cron.health import Health
from deployments.cron.report import ReportPage
from report.gathering import gathering
from report.picture import Picture
from sandbox.world import World
from systems.backoffice import Backoffice
from systems.errors import Unavailable
from systems.settings import BackofficeSettings, Tunables, load
from tests.fuzz.effort import EXAMPLES
from tests.integration.test_doctor.doctor import BACKUP, PRIMARY, History
from tests.integration.test_flows.listening import listening
from tests.integration.test_flows.server import ask, deploy_once, quick_client

DOCUMENT = Path(__file__).parents[3] / "docs" / "cron-openapi.json"
SECRET = "only-the-scheduler-knows-this"
SCHEMA = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text(encoding="utf-8")))


NO_PREFECT = "http://127.0.0.1:9/api"
UNWELL = [schemathesis.checks.not_a_server_error]
"""503 is what it has to say then."""

trials = settings(
    max_examples=max(10, EXAMPLES // 4),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def door() -> Door:
    """One with limits that nobody reaches, because a minute passes with each look at the clock."""
    minutes = itertools.count()
    return Door(SECRET, clock=lambda: 60.0 * next(minutes))


@pytest.fixture(scope="module")
def live(prefect_url: str, world: World, settled: None) -> Iterator[str]:
    """The endpoint in an installation where all is well."""
    assert settled is None
    deploy_once(prefect_url)
    with psycopg.connect(world.backoffice_dsn, autocommit=True) as connection:
        for flow in (PRIMARY, BACKUP):
            History(connection).attempt(flow)
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice, gathering(settings, tunables) as gatherer:
        guarded = door()
        page = ReportPage(guarded, gatherer.picture)
        with listening(cron_app(guarded, Health(backoffice.freshness), page)) as url:
            yield url
    for run in ask("POST", "/flow_runs/filter", flow_runs={"tags": {"all_": ["trigger:cron"]}}):
        ask("DELETE", f"/flow_runs/{run['id']}")


def silent() -> NoReturn:
    raise Unavailable("Backoffice", "it is not available", "Try again later.")


@pytest.fixture(scope="module")
def orphan(prefect_url: str) -> Iterator[str]:
    """The endpoint where neither Prefect nor the backoffice answers."""
    assert prefect_url
    guarded = door()
    page = ReportPage(guarded, lambda: Picture(at=datetime.now(UTC), report=None, counted={}))
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        temporary_settings({PREFECT_API_URL: NO_PREFECT}),
        listening(cron_app(guarded, Health(silent), page)) as url,
    ):
        monkeypatch.setattr("deployments.cron.trigger.SECONDS", 0.2)
        yield url


def secret() -> dict[str, str]:
    return {"Authorization": f"Bearer {SECRET}"}


@SCHEMA.parametrize()
@trials
def test_what_it_answers_in_good_order_is_what_the_document_says(case: Any, live: str) -> None:  # noqa: ANN401 - theirs
    case.call_and_validate(base_url=live, headers=secret())


@SCHEMA.parametrize()
@trials
def test_what_it_answers_strangers_is_what_the_document_says(case: Any, live: str) -> None:  # noqa: ANN401 - theirs
    case.call_and_validate(base_url=live)


@SCHEMA.parametrize()
@trials
def test_what_it_answers_when_nothing_else_answers_is_what_the_document_says(
    case: Any,  # noqa: ANN401 - theirs
    orphan: str,
) -> None:
    case.call_and_validate(base_url=orphan, headers=secret(), excluded_checks=UNWELL)


def test_an_answer_that_the_document_does_not_know_is_noticed(live: str) -> None:
    told = document()
    told["paths"]["/livez"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {"const": "alive"}
    case = schemathesis.openapi.from_dict(told)["/livez"]["GET"].Case()
    with pytest.raises(schemathesis.core.failures.FailureGroup):
        case.call_and_validate(base_url=live)


def test_the_document_is_that_of_the_app() -> None:
    assert json.loads(DOCUMENT.read_text(encoding="utf-8")) == document()


def test_the_document_is_not_served(live: str) -> None:
    with quick_client() as client:
        for path in ("/openapi.json", "/docs", "/redoc", "/cron-openapi.json"):
            assert client.get(f"{live}{path}", headers=secret()).status_code == 404
