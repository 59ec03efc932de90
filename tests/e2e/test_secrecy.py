"""Secrets and personal data stay in, and nobody is called who was not named: one bad day of a whole installation."""

import os
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from sandbox.lead_api.process import EMAIL, PHONE, lead_api
from sandbox.world import World
from tests.e2e import marks
from tests.e2e.house import House, eventually
from tests.e2e.marks import PEOPLE, ZOHO_SAYS, Search
from tests.integration.telegram_api import telegram_api

pytestmark = pytest.mark.e2e

CRON_SECRET = "a-secret-of-the-cron-endpoint-0123456789"
PASSWORD = "operator:a-password-of-prefects-api-0123456789"
QUICK = {
    "LEADSYNC_RETRY_ATTEMPTS": "2",
    "LEADSYNC_RETRY_SECONDS": "5",
    "LEADSYNC_RETRY_FIRST_WAIT": "0.01",
    "LEADSYNC_RETRY_LONGEST_WAIT": "0.05",
    "VERIFY_SECONDS": "5",
}
ROWS = [
    ("Zqrita Zqgatt", "zqrita@mail.example", "2751 8364"),
    ("??? 27518364", "zqnobody@mail.example", "Zqcall me"),
]
ASKED = [
    "/healthz",
    "/livez",
    "/report",
    "/api/cron/zoho-sync?key=zqquery",
    "/api/cron/zqunknown",
    "/report?until=1&signature=zqforged",
]
PLACES = [
    "logs and output",
    "Prefect's home and temporary files",
    "Prefect's database",
    "attempts on record",
    "the endpoint's answers",
    "messages",
    "command lines",
]
LISTS = ("the endpoint's answers", "messages")
"""Places that are searched as they were written down here."""
READ = [place for place in PLACES if place not in LISTS]
"""Places that are read from files, databases and processes, where a reader might miss what stands there."""
LOCAL = {"127.0.0.1", "localhost", "::1"}


@dataclass
class Day:
    """What is left of it.

    Attributes:
        logs: of the sandbox's databases and gateways, which stand for the company's own.
        answers: what the endpoint said.
        messages: what Telegram got.
    """

    house: House
    world: World
    search: Search
    logs: list[Path]
    answers: list[tuple[str, str]]
    messages: list[tuple[str, str]]

    @property
    def state(self) -> Path:
        """Prefect's home."""
        return self.house.folder / "state"

    def texts(self, place: str) -> Iterator[tuple[str, str]]:
        """All that stands in a place, each text with a name."""
        match place:
            case "logs and output":
                yield from marks.files(self.house.folder / "logs", self.house.folder / "said")
                yield from ((path.name, path.read_text(errors="replace")) for path in self.logs)
            case "Prefect's home and temporary files":
                yield from marks.files(self.state)
            case "Prefect's database":
                yield from marks.prefect_rows(self.state / "prefect.db")
            case "attempts on record":
                yield from marks.backoffice_rows(self.world.backoffice_dsn)
            case "the endpoint's answers":
                yield from self.answers
            case "messages":
                yield from self.messages
            case "command lines":
                yield from (("command line", words) for words in self.house.words)


@pytest.fixture(scope="module")
def day(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The day: a good start, runs by a worker, failures of each kind, an operator's commands, callers of all sorts."""
    folder = tmp_path_factory.mktemp("secrecy")
    logs = list(tmp_path_factory.getbasetemp().glob("world*/*.log"))
    with telegram_api() as telegram, lead_api(folder, world) as portal_api, ExitStack() as stack:
        settings = {
            **world.settings(),
            **QUICK,
            **portal_api.settings(),
            **telegram.settings(),
            "CRON_SECRET": CRON_SECRET,
            "PREFECT_SERVER_API_AUTH_STRING": PASSWORD,
            "PREFECT_API_AUTH_STRING": PASSWORD,
            "LEADSYNC_PUBLIC_URL": "https://leadsync.example",
        }
        house = House(folder, settings)
        stack.enter_context(house.watched())
        answers = _live(house, world, stack)
        search = Search(_secrets(world, house))
        yield Day(house, world, search, logs, answers, list(telegram.messages))


def _live(house: House, world: World, stack: ExitStack) -> list[tuple[str, str]]:
    """Lives through it, and gives what the endpoint answered."""
    _plant(world)
    stack.enter_context(house.process("server", "start", "server"))
    eventually(lambda: _is_healthy(house))
    house.run("deploy", "-c", "from cli.main import main; main()", "deploy")
    stack.enter_context(house.process("cron", "serve-cron", "--port", str(house.cron_port)))
    eventually(lambda: "listens on" in house.log("cron"))
    with house.process("worker", "start", "worker"):
        answers = [*_start(house, "/api/cron/zoho-sync"), *_start(house, "/api/cron/portal-sync")]
        _await_runs(house, 2)
        _order(world, path="Leads", status=400, body=ZOHO_SAYS, times=99)
        answers += _start(house, "/api/cron/zoho-sync")
        _await_runs(house, 3)
        httpx.delete(f"{world.zoho_control_url}/faults", trust_env=False).raise_for_status()
    said = house.folder / "said"
    said.mkdir()
    house.run("commands", "-m", "tests.e2e.commands", str(said))
    return answers + [_call(house, path, secret) for path in ASKED for secret in (CRON_SECRET, "zqguessed", None)]


def _order(world: World, **fault: object) -> None:
    httpx.post(f"{world.zoho_control_url}/faults", json=[fault], trust_env=False).raise_for_status()


def _plant(world: World) -> None:
    people = [{**person, "Created_Time": "2026-11-20T10:00:00+01:00"} for person in PEOPLE]
    httpx.post(f"{world.zoho_control_url}/leads", json=people, trust_env=False).raise_for_status()
    with psycopg.connect(world.portal_dsn, autocommit=True) as portal:
        portal.cursor().executemany("insert into leads (name, email, phone) values (%s, %s, %s)", ROWS)


def _is_healthy(house: House) -> bool:
    try:
        return bool(house.ask("GET", "/health"))
    except httpx.HTTPError:
        return False


def _start(house: House, path: str) -> list[tuple[str, str]]:
    """Calls until a run is started: on a busy machine Prefect does not always answer in time."""
    answers: list[tuple[str, str]] = []

    def started() -> bool:
        answers.append(_call(house, path, CRON_SECRET))
        return "flow_run_id" in answers[-1][1]

    eventually(started)
    return answers


def _call(house: House, path: str, secret: str | None) -> tuple[str, str]:
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    with httpx.Client(trust_env=False, timeout=30) as client:
        answer = client.get(f"http://127.0.0.1:{house.cron_port}{path}", headers=headers)
    return f"{path.partition('?')[0]} {answer.status_code}", f"{answer.headers}\n{answer.text}"


def _await_runs(house: House, number: int) -> None:
    """Until so many runs of the two syncs have ended."""
    wanted = {"tags": {"all_": ["trigger:cron"]}, "state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}

    def ended() -> bool:
        try:
            return len(house.ask("POST", "/flow_runs/filter", flow_runs=wanted)) >= number
        except httpx.HTTPError:  # SQLite is busy
            return False

    eventually(ended)


def _secrets(world: World, house: House) -> dict[str, str]:
    """All that must not be told: what the settings hold, and the tokens that came of it."""
    names = [name for name in house.settings if name.endswith(("_KEY", "_SECRET", "_TOKEN", "_ID", "_STRING"))]
    kept = {name: value for name in names if len(value := house.settings[name]) > 12}
    with psycopg.connect(world.backoffice_dsn) as connection:
        cached = connection.execute("select value::text from leadsync.cache where key like 'zoho%token%'").fetchall()
    tokens = {f"access token {number}": text for number, (text,) in enumerate(cached)}
    return {**kept, **tokens, "VERIFY_EMAIL": EMAIL, "VERIFY_PHONE": PHONE, "its digits": PHONE[-8:]}


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_and_nobody_is_found(day: Day, place: str) -> None:
    texts = list(day.texts(place))
    assert sum(len(text) for _, text in texts) > 200, "there was nothing to search"
    assert day.search.hits(texts) == []


def test_it_was_a_bad_day(day: Day) -> None:
    def counted(statement: str) -> dict[str, int]:
        with psycopg.connect(day.world.backoffice_dsn) as connection:
            return dict(connection.execute(statement.encode()).fetchall())

    attempts = counted("select status, count(*) from sync_metadata group by 1")
    assert attempts["failed"] >= 8
    assert attempts["completed"] + attempts["findings"] >= 8
    assert counted("select place, count(*) from leadsync.records group by 1")["dead_letter"] >= 2
    assert counted("select field, count(*) from leadsync.conflicts group by 1")
    statuses = [name.rpartition(" ")[2] for name, _ in day.answers]
    assert {"200", "401", "404"} <= set(statuses)
    ends = [text.rpartition("ended with ")[2].strip() for _, text in marks.files(day.house.folder / "said")]
    assert {"0", "1", "2"} <= set(ends)
    assert not any("Traceback" in text for _, text in marks.files(day.house.folder / "said"))


LEAK = "insert into sync_metadata (sync_type, last_sync_at, errors) values ('leak', now(), to_jsonb(%s::text))"
SPELLINGS = ["79461538", "+356 7946 1538", "(7946) 15-38", "79.46.15.38", "ZQANNA", "zqanna.zqborg@mail.example"]


def test_the_search_knows_each_secret_and_each_spelling(day: Day) -> None:
    assert len(day.search.secrets) > 12
    for mark in [*SPELLINGS, *day.search.secrets.values()]:
        assert day.search.hits([("here", f'{{"message": "it said {mark}!"}}')]), mark
    assert day.search.hits([("here", b64encode(PASSWORD.encode()).decode())])


def planted(day: Day, place: str, folder: Path) -> list[tuple[str, str]]:
    """What the same search reads once something stands there that must not."""
    mark = SPELLINGS[-1]
    match place:
        case "logs and output":
            with (day.house.folder / "logs" / "worker").open("a") as log:
                position = log.tell()
                log.write(mark)
            found = list(day.texts(place))
            os.truncate(day.house.folder / "logs" / "worker", position)
            return found
        case "Prefect's home and temporary files":
            leak = day.state / "tmp" / "leak"
            leak.write_text(mark)
            found = list(day.texts(place))
            leak.unlink()
            return found
        case "Prefect's database":
            copy = folder / "prefect.db"
            with closing(sqlite3.connect(day.state / "prefect.db")) as one, closing(sqlite3.connect(copy)) as other:
                one.backup(other)
                other.execute("update flow_run set parameters = ? where id = (select min(id) from flow_run)", (mark,))
                other.commit()
            return list(marks.prefect_rows(copy))
        case "attempts on record":
            with psycopg.connect(day.world.backoffice_dsn, autocommit=True) as connection:
                connection.execute(LEAK, (mark,))
                found = list(day.texts(place))
                connection.execute("delete from sync_metadata where sync_type = 'leak'")
            return found
        case "command lines":
            with subprocess.Popen(
                [sys.executable, "-c", "input()", mark], stdin=subprocess.PIPE, env=day.house.environment
            ) as process:
                eventually(lambda: any(mark in words for words in day.house.command_lines()))
                found = [("command line", words) for words in day.house.command_lines()]
                process.communicate(b"\n")
            return found
        case _:
            raise AssertionError(place)


@pytest.mark.parametrize("place", READ)
def test_what_is_planted_in_a_place_is_found_there(day: Day, place: str, tmp_path: Path) -> None:
    assert day.search.hits(planted(day, place, tmp_path))


def lookups(path: Path) -> list[tuple[str, str, str]]:
    """Process, event, and whither."""
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    return [(process, event, whither) for process, event, whither, _ in lines]


def test_only_systems_that_the_settings_name_are_looked_up_or_called(day: Day) -> None:
    seen = lookups(day.house.lookups)
    names = {process: words for process, event, words in seen if event == "process"}
    called = {whither for _, event, whither in seen if event != "process"}
    hosts = {whither.strip("(").split(",")[0].strip("'\"") for whither in called}
    assert hosts <= LOCAL, sorted(hosts - LOCAL)
    calling = " ".join(
        words for process, words in names.items() if (process, "socket.connect") in {(p, e) for p, e, _ in seen}
    )
    for program in ("prefect worker start", "prefect.engine", "serve-cron", "tests.e2e.commands", "deploy"):
        assert program in calling
    assert any("prefect server start" in words for words in names.values())
    for port in (day.house.port, *map(port_of, day.house.settings.values())):
        assert port is None or f"('127.0.0.1', {port})" in called


def port_of(value: str) -> int | None:
    """Of a system that a setting names, if it is one that the flows call."""
    return urlsplit(value).port if value.startswith("http://") and "control" not in value else None


def test_a_look_up_of_somebody_else_would_have_been_seen(day: Day, tmp_path: Path) -> None:
    program = (
        "import contextlib, socket\n"
        "with contextlib.suppress(OSError): socket.getaddrinfo('telemetry.invalid', 443)\n"
        "with contextlib.suppress(OSError): socket.create_connection(('127.0.0.1', 9), 1)"
    )
    environment = {**day.house.environment, "LOOKUPS_FILE": str(tmp_path / "lookups")}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert {whither for _, event, whither in lookups(tmp_path / "lookups") if event != "process"} >= {
        "'telemetry.invalid'",
        "('127.0.0.1', 9)",
    }
