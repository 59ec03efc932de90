"""The report in a real browser: readable on a phone and at a desk, by day and by night, on paper, and by keyboard."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from playwright.sync_api import expect

from sandbox.world import World
from systems.report_link import report_link
from systems.settings import BackofficeSettings, Tunables
from tests.integration.test_browser.conftest import DESKTOP, PHONE, OpenTab, Scheme, Size
from tests.integration.test_flows.listening import listening

SECRET = "a-secret-of-this-test"
MONTH = Path(__file__).with_name("month.sql")
PARTS = [
    *("primary-zoho-sync", "backup-portal-sync", "Runs of 30 days", "The three systems", "Waiting for a person"),
    *("What failed last", "New leads by their way", "Leads written", "Zoho’s API cost"),
]
WINDOWS = [
    pytest.param(PHONE, "light", id="phone"),
    pytest.param(PHONE, "dark", id="phone-dark"),
    pytest.param((768, 1024), "light", id="tablet"),
    pytest.param(DESKTOP, "light", id="desktop"),
    pytest.param(DESKTOP, "dark", id="desktop-dark"),
]


@pytest.fixture
def link(clean_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A link to the report as people are sent it, served by the endpoint."""
    for name, value in clean_world.settings().items():
        monkeypatch.setenv(name, value)
    from deployments.cron.app import cron_app  # noqa: PLC0415 - imports Prefect
    from deployments.cron.door import Door  # noqa: PLC0415 - imports Prefect
    from deployments.cron.health import Health  # noqa: PLC0415 - imports Prefect
    from deployments.cron.report import ReportPage  # noqa: PLC0415 - imports Prefect
    from report.gathering import gathering  # noqa: PLC0415 - with them

    settings = BackofficeSettings.model_validate(
        {"url": clean_world.backoffice_url, "service_key": clean_world.backoffice_secret_key}
    )
    with gathering(settings, Tunables()) as gatherer:
        page = ReportPage(Door(SECRET), gatherer.picture)
        with listening(cron_app(Door(SECRET), Health(never), page)) as url:
            yield report_link(url, SECRET, now=datetime.now(UTC))


def never() -> NoReturn:
    raise AssertionError


@pytest.fixture
def month(link: str, backoffice_db: psycopg.Connection) -> str:
    """The same for an installation with a month behind it."""
    backoffice_db.execute(MONTH.read_bytes())
    return link


@pytest.mark.parametrize(("size", "scheme"), WINDOWS)
def test_every_part_is_there_and_nothing_sticks_out(
    month: str, open_tab: OpenTab, size: Size, scheme: Scheme, request: pytest.FixtureRequest
) -> None:
    tab = open_tab(month, size, scheme)
    tab.keep(f"report-{request.node.callspec.id}")
    assert tab.overflow <= 0
    for part in PARTS:
        expect(tab.page.get_by_role("heading", name=part, exact=True).first).to_be_visible()
    expect(tab.page.get_by_text("all times in Europe/Malta")).to_be_visible()
    assert tab.page.get_by_role("img", name=re.compile("Runs of the last 30 days")).bounding_box()
    for chart in tab.page.locator("svg.chart").all():
        box = chart.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]


def test_texts_of_charts_can_be_read_on_a_phone(month: str, open_tab: OpenTab) -> None:
    tab = open_tab(month, PHONE)
    heights = tab.page.locator("svg.chart text").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 9


def test_the_page_loads_nothing_else_and_its_own_policy_lets_its_style_be(month: str, open_tab: OpenTab) -> None:
    tab = open_tab(month)
    assert tab.loaded == [month]
    assert tab.complaints == []
    failed, completed = (
        tab.page.locator(f"rect.cell.{kind}").first.evaluate("one => getComputedStyle(one).fill")
        for kind in ("failed", "completed")
    )
    assert len({failed, completed, "rgb(0, 0, 0)"}) == 3


def test_the_dark_page_is_dark(month: str, open_tab: OpenTab) -> None:
    colours = {
        scheme: open_tab(month, PHONE, scheme)
        .page.locator("body")
        .evaluate("one => getComputedStyle(one).backgroundColor")
        for scheme in ("light", "dark")
    }
    brightness = {scheme: sum(map(int, re.findall(r"\d+", colour))) for scheme, colour in colours.items()}
    assert brightness["dark"] < 150
    assert brightness["light"] > 600


def test_numbers_open_as_tables_by_keyboard_and_still_fit_a_phone(month: str, open_tab: OpenTab) -> None:
    tab = open_tab(month, PHONE)
    tables = tab.page.get_by_role("region", name="Numbers")
    expect(tables).to_have_count(0)
    for summary in tab.page.get_by_text("Numbers as a table").all():
        summary.focus()
        tab.page.keyboard.press("Enter")
    expect(tables).to_have_count(4)
    expect(tables.get_by_role("columnheader", name="portal only")).to_be_visible()
    assert tab.overflow <= 0


def test_it_prints_without_what_only_a_screen_can_open(month: str, open_tab: OpenTab) -> None:
    tab = open_tab(month)
    tab.page.emulate_media(media="print", color_scheme="light")
    expect(tab.page.get_by_role("heading", name="Runs of 30 days")).to_be_visible()
    expect(tab.page.get_by_text("Numbers as a table").first).to_be_hidden()


def test_a_new_installation_is_told_what_comes_next(link: str, open_tab: OpenTab) -> None:
    tab = open_tab(link, PHONE)
    tab.keep("report-new")
    assert tab.overflow <= 0
    expect(tab.page.get_by_role("heading", name="Nothing has run yet")).to_be_visible()
    expect(tab.page.get_by_role("row", name="Backoffice 0")).to_be_visible()


def test_a_browser_without_a_good_link_sees_nothing(link: str, open_tab: OpenTab) -> None:
    tab = open_tab(link[:-1])
    expect(tab.page.locator("body")).to_contain_text("Unauthorized")
    expect(tab.page.get_by_text("leadsync")).to_have_count(0)
