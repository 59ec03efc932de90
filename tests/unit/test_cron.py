"""The cron endpoint without Prefect: its secret, and what it says of a Prefect that does not serve."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from starlette.types import ASGIApp

from deployments.cron import trigger
from deployments.cron.app import cron_app
from deployments.cron.door import CALLERS, STRANGERS, Door, authorized
from deployments.cron.health import Health
from deployments.cron.rate import Bucket
from deployments.cron.report import ReportPage
from deployments.cron.server import _listener
from deployments.prefect_server import require_server
from report.picture import Picture
from systems.errors import Misconfigured, Refused

SECRET = "sixteen-bytes-óñ"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "right"),
    [
        (f"Bearer {SECRET}", True),
        (f"bearer {SECRET}", True),
        (f"Bearer  {SECRET}", False),
        (f"Bearer {SECRET} ", False),
        (f"Bearer {SECRET[:-1]}", False),
        (f"Bearer {SECRET}x", False),
        (f"Token {SECRET}", False),
        (SECRET, False),
        ("Bearer ", False),
        ("", False),
    ],
)
def test_only_the_whole_secret_counts(header: str, right: bool) -> None:  # noqa: FBT001 - a table's column
    as_starlette_reads_it = header.encode().decode("latin-1")
    assert authorized(as_starlette_reads_it, SECRET) is right


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "CRON_SECRET is missing"),
        ("fifteen-bytes-x", "CRON_SECRET has fewer than 16 bytes"),
        ("Bearer sixteen-bytes-xx", "CRON_SECRET begins with 'Bearer '"),
    ],
)
def test_without_a_good_secret_the_endpoint_does_not_start(secret: str, said: str, tmp_path: Path) -> None:
    program = [sys.executable, "-c", "from cli.main import main; main()", "serve-cron", "--port", "0"]
    backoffice = {"BACKOFFICE_SUPABASE_URL": "http://127.0.0.1:9", "BACKOFFICE_SUPABASE_SERVICE_KEY": "sb_secret_x"}
    environment = {**os.environ, **backoffice, "PYTHONPATH": str(Path.cwd()), "CRON_SECRET": secret}
    done = subprocess.run(
        program, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path, env=environment
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Settings: {said}")
    assert done.stderr.count("\n") == 1
    assert not secret or secret not in done.stderr


def test_an_address_that_is_taken_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            Misconfigured, match=f"port {port} of 127.0.0.1 cannot be listened on .Address already in use"
        ):
            _listener("127.0.0.1", port)


def test_without_a_prefect_server_nothing_starts() -> None:
    with temporary_settings({PREFECT_API_URL: None}), pytest.raises(Refused, match="PREFECT_API_URL is not set"):
        require_server()


@pytest.mark.parametrize(
    ("status", "answered", "said"),
    [
        (404, 500, "Prefect: a deployment of leadsync is missing. Run `leadsync deploy`."),
        (401, 500, "Prefect: its API refuses with status 401."),
        (500, 503, "Prefect: its API answers with status 500."),
        (503, 503, "Prefect: it did not answer in time."),
        (None, 503, "Prefect: it did not answer in time."),
    ],
)
def test_what_prefect_says_is_told_to_the_caller_who_has_the_secret(
    status: int | None, answered: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger, "SECONDS", 0.3 if status in (503, None) else 10)
    with prefect_that_answers(status) as url, temporary_settings({PREFECT_API_URL: url}):
        answer = asyncio.run(call())
    assert answer.status_code == answered
    assert answer.json()["error"].startswith(said)
    assert ("Retry-After" in answer.headers) is (answered == 503)


async def call() -> httpx.Response:
    transport = httpx.ASGITransport(app=cron_app(Door(SECRET), Health(never), ReportPage(Door(SECRET), never)))
    headers = [(b"Authorization", f"Bearer {SECRET}".encode())]
    async with httpx.AsyncClient(transport=transport, base_url="http://endpoint.example") as client:
        return await client.post("/api/cron/zoho-sync", headers=headers)


def never() -> NoReturn:
    raise AssertionError


@contextmanager
def prefect_that_answers(status: int | None) -> Iterator[str]:
    """An API that gives every request the same status; None: no answer at all."""
    if status is None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            yield f"http://127.0.0.1:{silent.getsockname()[1]}/api"
        return
    server = HTTPServer(("127.0.0.1", 0), handler(status))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def handler(status: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler


@pytest.fixture
def minute() -> list[float]:
    """A clock that stands until it is moved on."""
    return [0.0]


async def knock(app: ASGIApp, secret: str, times: int) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://endpoint.example") as client:
        headers = [(b"Authorization", f"Bearer {secret}".encode())]
        return [await client.get("/report", headers=headers) for _ in range(times)]


def reported(minute: list[float]) -> ASGIApp:
    door = Door(SECRET, clock=lambda: minute[0])
    return cron_app(door, Health(never), ReportPage(door, lambda: Picture(at=NOON, report=None, counted={})))


def test_who_guesses_too_often_is_sent_away_and_whoever_has_the_secret_is_not(minute: list[float]) -> None:
    app = reported(minute)
    told = asyncio.run(knock(app, "wrong", STRANGERS + 5))
    assert [answer.status_code for answer in told] == [401] * STRANGERS + [429] * 5
    assert told[-1].json() == {"error": "Too many requests"}
    assert int(told[-1].headers["Retry-After"]) == 2
    assert {answer.status_code for answer in asyncio.run(knock(app, SECRET, 3))} == {503}
    minute[0] += 2
    assert [answer.status_code for answer in asyncio.run(knock(app, "wrong", 2))] == [401, 429]


def test_a_scheduler_that_has_gone_wild_is_sent_away_and_comes_back_later(minute: list[float]) -> None:
    app = reported(minute)
    told = [answer.status_code for answer in asyncio.run(knock(app, SECRET, CALLERS + 1))]
    assert told == [503] * CALLERS + [429]
    minute[0] += 60
    assert asyncio.run(knock(app, SECRET, 1))[0].status_code == 503


def test_calls_that_come_too_often_do_not_fill_the_log(minute: list[float], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "leadsync.cron")
    asyncio.run(knock(reported(minute), "wrong", STRANGERS + 200))
    assert sum(" 401, " in line for line in caplog.messages) == STRANGERS
    assert sum(" 429, " in line for line in caplog.messages) == 1


def test_without_a_secret_there_is_no_door() -> None:
    with pytest.raises(ValueError, match="would let everybody in"):
        Door("")


def test_a_bucket_fills_up_to_its_brim_and_no_further(minute: list[float]) -> None:
    bucket = Bucket(6, clock=lambda: minute[0])
    assert [bucket.take() for _ in range(7)] == [0.0] * 6 + [10.0]
    minute[0] += 5
    assert bucket.take() == 5.0
    minute[0] += 3600
    assert [bucket.take() for _ in range(7)] == [0.0] * 6 + [10.0]
