"""The report as people get it: over HTTP by secret or link, from the terminal, and by a link in Prefect's UI."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from cli.main import _guarded, app
from sandbox.world import World
from systems.report_link import VALID, report_link
from systems.settings import BackofficeSettings, Tunables
from tests.integration.test_flows.listening import listening
from tests.integration.test_flows.runs import run
from tests.integration.test_flows.server import ask, quick_client

SECRET = "a-secret-of-this-test"
NOW = datetime.now(UTC)
AGO = timedelta(days=8)
DONE = """
insert into leadsync.attempts (attempt_id, flow, source, status, finished_at, watermark)
values (gen_random_uuid(), %s, %s, 'completed', clock_timestamp(), now())
"""


@dataclass
class Reader:
    """Somebody who opens the report, and the endpoint's clocks: that of the page and that of the counts."""

    url: str
    page_clock: list[float]
    count_clock: list[float]

    def open(self, link: str = "/report", secret: str | None = None, method: str = "GET") -> httpx.Response:
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        with quick_client() as client:
            return client.request(method, f"{self.url}{link}", headers=headers)


@pytest.fixture
def reader(company: World) -> Iterator[Reader]:
    from deployments.cron.app import cron_app  # noqa: PLC0415 - imports Prefect
    from deployments.cron.door import Door  # noqa: PLC0415 - imports Prefect
    from deployments.cron.health import Health  # noqa: PLC0415 - imports Prefect
    from deployments.cron.report import ReportPage  # noqa: PLC0415 - imports Prefect
    from report.gathering import Gatherer  # noqa: PLC0415 - with them
    from systems.backoffice import Backoffice  # noqa: PLC0415 - with them

    settings = BackofficeSettings.model_validate(
        {"url": company.backoffice_url, "service_key": company.backoffice_secret_key}
    )
    tunables = Tunables(retry_attempts=1)
    page_clock, count_clock = [0.0], [0.0]
    with Backoffice(settings, tunables=tunables) as backoffice:
        gatherer = Gatherer(backoffice, tunables, clock=lambda: count_clock[0])
        page = ReportPage(Door(SECRET), gatherer.picture, clock=lambda: page_clock[0])
        with listening(cron_app(Door(SECRET), Health(backoffice.freshness), page)) as url:
            yield Reader(url, page_clock, count_clock)


def link(secret: str = SECRET, *, ago: timedelta = timedelta(0)) -> str:
    return report_link("", secret, now=datetime.now(UTC) - ago)


def fault(control_url: str, path: str) -> None:
    with quick_client() as client:
        html = {"path": path, "status": 503, "html": "<html>unavailable</html>", "times": 99}
        client.post(f"{control_url}/faults", json=[html]).raise_for_status()


def calls(world: World) -> int:
    """How often the portal has been called."""
    with quick_client() as client:
        told: dict[str, int] = client.get(f"{world.portal_control_url}/calls").json()
    return sum(told.values())


def test_the_secret_opens_the_report(reader: Reader) -> None:
    answer = reader.open(secret=SECRET)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Nothing has run yet" in answer.text


def test_a_link_opens_it_without_the_secret(reader: Reader, backoffice_db: psycopg.Connection) -> None:
    for flow, source in (("primary-zoho-sync", "zoho"), ("backup-portal-sync", "portal")):
        backoffice_db.execute(DONE, (flow, source))
    answer = reader.open(link())
    assert answer.status_code == 200
    assert "All is well" in answer.text


def test_a_look_at_its_head_is_allowed(reader: Reader) -> None:
    answer = reader.open(link(), method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("asked", "secret"),
    [
        pytest.param("/report", None, id="nothing"),
        pytest.param("/report", "another secret", id="a wrong secret"),
        pytest.param(link("another secret of ours"), None, id="a link of another secret"),
        pytest.param(link().replace("until=1", "until=2"), None, id="a link with a later end"),
        pytest.param(link()[:-1], None, id="a link that was cut"),
        pytest.param(link().partition("&")[0], None, id="a link without its signature"),
        pytest.param("/report?until=x&signature=%C3%A9%ED%A0%80", None, id="nonsense"),
    ],
)
def test_nobody_else_is_let_in_or_told_why(reader: Reader, asked: str, secret: str | None) -> None:
    answer = reader.open(asked, secret)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_expired_link_says_so(reader: Reader) -> None:
    answer = reader.open(link(ago=VALID))
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("This link has expired")


def test_nothing_but_the_page_itself_is_allowed_and_nobody_keeps_it(reader: Reader) -> None:
    headers = reader.open(secret=SECRET).headers
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'")
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


def test_the_systems_counts_are_told(reader: Reader, portal_db: psycopg.Connection) -> None:
    portal_db.execute("insert into leads (name, email) values ('A', 'a@mail.example'), ('B', 'b@mail.example')")
    text = reader.open(secret=SECRET).text
    assert '<th scope="row">Sales portal</th><td>2</td>' in text
    assert '<th scope="row">Zoho CRM</th><td>0</td>' in text
    assert "mail.example" not in text


def test_sources_are_asked_once_in_a_quarter_of_an_hour(reader: Reader, company: World) -> None:
    reader.open(secret=SECRET)
    asked = calls(company)
    reader.page_clock[0] += 16
    reader.open(secret=SECRET)
    assert calls(company) == asked > 0
    reader.page_clock[0] += 16
    reader.count_clock[0] += 901
    reader.open(secret=SECRET)
    assert calls(company) > asked


def test_a_source_that_does_not_answer_is_shown_as_such(reader: Reader, company: World) -> None:
    fault(company.portal_control_url, "leads")
    answer = reader.open(secret=SECRET)
    assert answer.status_code == 200
    assert "It does not say: " in answer.text


def test_a_backoffice_that_does_not_answer_leaves_a_page_that_says_so(reader: Reader, company: World) -> None:
    fault(company.backoffice_control_url, "leadsync_report")
    answer = reader.open(secret=SECRET)
    assert answer.status_code == 503
    assert "The backoffice does not say how things stand" in answer.text
    assert '<th scope="row">Sales portal</th><td>0</td>' in answer.text


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """`leadsync report` in this process: exit code, stdout, stderr."""

    def report(*words: str) -> tuple[int, str, str]:
        code = _guarded(lambda: app(["report", *words], exit_on_error=False))
        return (code, *capsys.readouterr())

    return report


@pytest.mark.usefixtures("company")
def test_the_command_writes_the_page_to_a_file(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert command("--to", str(file)) == (0, f"The report is in {file}.\n", "")
    assert file.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.usefixtures("company")
def test_the_command_writes_to_stdout_if_asked(command: Command) -> None:
    code, out, _ = command("--to", "-")
    assert (code, out.startswith("<!DOCTYPE html>")) == (0, True)


@pytest.mark.usefixtures("company")
def test_a_file_that_cannot_be_written_is_one_sentence(command: Command, tmp_path: Path) -> None:
    code, _, err = command("--to", str(tmp_path))
    assert code == 2
    assert err == f"Report: {tmp_path} cannot be written (Is a directory). Name another file with --to.\n"


@pytest.mark.usefixtures("company")
def test_sources_that_are_not_set_up_here_are_not_asked(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"):
        monkeypatch.delenv(name)
    code, out, _ = command("--to", "-")
    assert code == 0
    assert "Not asked: ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REFRESH_TOKEN are not set here." in out


@pytest.mark.usefixtures("company")
def test_without_the_backoffice_the_page_is_written_and_the_command_fails(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKOFFICE_SUPABASE_URL", "http://127.0.0.1:9")
    code, out, err = command("--to", "-")
    assert code == 1
    assert "The backoffice does not say how things stand" in out
    assert err.startswith("Backoffice: ")


@pytest.mark.usefixtures("company")
def test_the_command_prints_a_link_that_opens_the_page(
    command: Command, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRON_SECRET", SECRET)
    monkeypatch.setenv("LEADSYNC_PUBLIC_URL", reader.url)
    code, out, _ = command("--link")
    assert code == 0
    assert reader.open(out.strip().removeprefix(reader.url)).status_code == 200


@pytest.mark.usefixtures("company")
def test_a_link_needs_an_address(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRON_SECRET", SECRET)
    code, out, err = command("--link")
    assert (code, out) == (2, "")
    assert err.startswith("Settings: LEADSYNC_PUBLIC_URL is missing. ")


@pytest.mark.usefixtures("company")
def test_a_run_leaves_a_link_in_prefects_ui(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRON_SECRET", SECRET)
    monkeypatch.setenv("LEADSYNC_PUBLIC_URL", reader.url)
    run("backup")
    kept = ask("GET", "/artifacts/leadsync-report/latest")
    assert SECRET not in str(kept)
    address = kept["data"].rpartition("(")[2].rstrip(")")
    assert reader.open(address.removeprefix(reader.url)).status_code == 200


@pytest.mark.usefixtures("company")
def test_a_run_without_a_public_address_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    monkeypatch.setattr("flows.report_link.create_link_artifact", lambda *args, **_: kept.append(args))
    run("backup")
    assert kept == []
