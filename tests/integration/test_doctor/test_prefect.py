"""Prefect as it can go wrong: not there, open to all, without deployments, without workers, with late runs."""

import base64
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.test_doctor.doctor import History, found, look
from tests.integration.test_doctor.server import (
    ask,
    beat,
    changed,
    changed_schedule,
    deployment,
    dismiss_workers,
    late_runs,
    take_down,
)

CHECKS = (
    *("prefect-answers", "prefect-access", "prefect-memory", "workers"),
    *("deployments", "late-runs", "automations"),
)
HOURLY, DAILY, WEEKLY = "primary-zoho-sync/hourly", "backup-portal-sync/daily", "retention/weekly"
PASSWORD = "operator:open-sesame"

pytestmark = pytest.mark.usefixtures("environment", "deployed")


@contextmanager
def api(url: str | None, **settings: str) -> Iterator[None]:
    """Prefect's settings, as a profile or the environment would make them."""
    from prefect import settings as names  # noqa: PLC0415 - imports Prefect

    updates = {names.PREFECT_API_URL: url, **{getattr(names, name): value for name, value in settings.items()}}
    with names.temporary_settings(updates):
        yield


@pytest.mark.parametrize(
    ("url", "cause", "cure"),
    [
        (None, "PREFECT_API_URL is not set", "Start a server"),
        ("http://127.0.0.1:9/api", "its API does not answer", "check PREFECT_API_URL"),
    ],
)
def test_a_server_that_is_not_there_is_named_once(url: str | None, cause: str, cure: str) -> None:
    with api(url):
        findings = look(*CHECKS)
    assert [finding.severity.value for finding in findings] == ["error"] + ["not looked at"] * 6
    assert cause in findings[0].cause
    assert cure in findings[0].cure


def test_an_address_without_api_is_named(prefect_url: str) -> None:
    with api(prefect_url.removesuffix("/api")):
        ((severity, _, cause, cure),) = found("prefect-answers")
    assert (severity, cause) == ("error", "what answers at its address is no Prefect API")
    assert "ends in /api" in cure


def test_a_server_that_refuses_our_password_is_named(gate: str) -> None:
    with api(gate, PREFECT_API_AUTH_STRING="operator:wrong"):
        findings = look("prefect-answers", "workers")
    assert [finding.severity.value for finding in findings] == ["error", "not looked at"]
    assert "refuses with status 401" in findings[0].cause
    assert "PREFECT_API_AUTH_STRING" in findings[0].cure
    assert "wrong" not in findings[0].cause + findings[0].cure


@pytest.mark.parametrize(
    ("password", "severity", "cause"),
    [
        (False, "error", "is a public address, and everybody may start runs"),
        (True, "error", "is a public address, and credentials go there unencrypted"),
    ],
)
def test_a_public_address_without_protection_is_named(
    *, password: bool, severity: str, cause: str, prefect_url: str, gate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = urlsplit(gate if password else prefect_url)
    published(monkeypatch)
    with api(f"http://prefect.company.example:{local.port}/api", PREFECT_API_AUTH_STRING=PASSWORD):
        ((told, _, what, cure),) = found("prefect-access")
    assert told == severity
    assert cause in what
    assert "prefect.company.example" in what
    assert "PREFECT_API_AUTH_STRING" in cure or "TLS" in cure


def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that the world's DNS has for a public address, where this machine answers."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - as the real one
        if host not in ("prefect.company.example", b"prefect.company.example"):
            return resolve(host, port, *rest, **more)
        return resolve("8.8.8.8" if port is None else "127.0.0.1", port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_server_on_this_machine_needs_no_password() -> None:
    (finding,) = look("prefect-access")
    assert (finding.severity.value, finding.cause) == (
        "ok",
        "it asks for no password, and only this machine reaches it",
    )


def test_a_server_with_a_password_is_in_order(gate: str) -> None:
    with api(gate, PREFECT_API_AUTH_STRING=PASSWORD):
        assert {finding.severity.value for finding in look(*CHECKS)} == {"ok"}


def test_a_deployed_server_is_in_order() -> None:
    assert {finding.severity.value for finding in look(*CHECKS)} == {"ok"}


def paused(name: str) -> AbstractContextManager[None]:
    return changed(f"/deployments/{deployment(name)['id']}", {"paused": False}, paused=True)


def with_parameters(name: str) -> AbstractContextManager[None]:
    path, parameters = f"/deployments/{deployment(name)['id']}", {"mode": "incremental"}
    return changed(path, {"parameters": parameters}, parameters=parameters | {"dry_run": True})


def automation(*, enabled: bool) -> AbstractContextManager[None]:
    (there,) = [one for one in ask("POST", "/automations/filter") if one["name"] == "leadsync-no-heartbeat"]
    return changed(f"/automations/{there['id']}", {"enabled": True}, enabled=enabled)


@contextmanager
def without_worker() -> Iterator[None]:
    dismiss_workers()
    try:
        yield
    finally:
        beat()


BREAKAGES: list[tuple[str, str, str, str, Callable[[], AbstractContextManager[None]]]] = [
    ("workers", "error", "no worker of the work pool leadsync is online", "prefect worker start", without_worker),
    (
        *("workers", "warning", "the work pool leadsync is paused", "work-pool resume"),
        lambda: changed("/work_pools/leadsync", {"is_paused": False}, is_paused=True),
    ),
    ("deployments", "warning", f"{WEEKLY} is paused", "Switch it on", lambda: paused(WEEKLY)),
    (
        "deployments",
        "warning",
        r"hourly runs with other parameters .*\(dry_run\)",
        "deploy",
        lambda: with_parameters(HOURLY),
    ),
    (
        *(
            "deployments",
            "warning",
            "daily runs at `0 2 \\* \\* \\*` UTC, .* says `0 2 .*` Europe/Malta",
            "leadsync deploy",
        ),
        lambda: changed_schedule(DAILY, schedule={"cron": "0 2 * * *", "timezone": "UTC"}),
    ),
    (
        *("deployments", "warning", "hourly runs at `30 \\* .* says `0 \\*", "change prefect.yaml first"),
        lambda: changed_schedule(HOURLY, schedule={"cron": "30 * * * *", "timezone": "UTC"}),
    ),
    (
        *("deployments", "warning", "hourly runs at `no cron` UTC", "leadsync deploy"),
        lambda: changed_schedule(HOURLY, schedule={"interval": 3600}),
    ),
    (
        *("deployments", "warning", f"the schedule of {HOURLY} is off, and nothing", "resume primary --schedule-only"),
        lambda: changed_schedule(HOURLY, active=False),
    ),
    ("late-runs", "warning", "1 run is late, the first by", "takes them up", lambda: late_runs(HOURLY, 1)),
    ("late-runs", "error", "3 runs are late, the first by", "takes them up", lambda: late_runs(HOURLY, 3)),
    (
        "automations",
        "warning",
        "1 automation is paused: leadsync-no-heartbeat",
        "Switch it on",
        lambda: automation(enabled=False),
    ),
]


@pytest.mark.parametrize(("check", "severity", "cause", "cure", "broken"), BREAKAGES, ids=[one[2] for one in BREAKAGES])
def test_each_breakage_is_named_with_its_cure(
    *, check: str, severity: str, cause: str, cure: str, broken: Callable[[], AbstractContextManager[None]]
) -> None:
    with broken():
        ((told, system, what, remedy),) = found(check)
    assert (told, system) == (severity, "Prefect")
    assert re.search(cause, what), what
    assert re.search(cure, remedy), remedy


def test_a_flow_that_leadsync_paused_is_named_once() -> None:
    from deployments.pausing import switch  # noqa: PLC0415 - imports Prefect

    assert switch("backup", on=False, schedule_only=False)
    try:
        ((severity, _, cause, cure),) = found("deployments")
        others = found("automations")
    finally:
        switch("backup", on=True, schedule_only=False)
    assert (severity, cause) == ("warning", f"{DAILY} is paused, so nothing but a person starts it")
    assert cure.startswith("`leadsync resume backup`")
    assert others == []


def test_a_schedule_that_is_off_is_in_order_where_the_cron_endpoint_is_called(history: History) -> None:
    history.attempt(trigger="cron")
    with changed_schedule(HOURLY, active=False):
        assert found("deployments") == []


def test_a_deployment_in_another_pool_is_named() -> None:
    ask("POST", "/work_pools/", name="another", type="process")
    path = f"/deployments/{deployment(HOURLY)['id']}"
    try:
        with changed(path, {"work_pool_name": "leadsync"}, work_pool_name="another"):
            ((severity, _, cause, _),) = found("deployments")
    finally:
        ask("DELETE", "/work_pools/another")
    assert severity == "error"
    assert "is not in the work pool leadsync" in cause


def test_what_is_missing_is_named_piece_by_piece_and_then_as_a_whole() -> None:
    """The last test that needs what was deployed: it takes it down."""
    ask("DELETE", f"/deployments/{deployment(WEEKLY)['id']}")
    ((severity, _, cause, cure),) = found("deployments")
    assert (severity, cause) == ("error", f"the deployment {WEEKLY} is missing")
    assert "leadsync deploy" in cure
    take_down()
    findings = {finding.check: finding for finding in look("workers", "deployments", "late-runs", "automations")}
    assert findings["workers"].cause == "it has no work pool leadsync"
    assert "none of the deployments of prefect.yaml" in findings["deployments"].cause
    assert "5 automations are missing: " in findings["automations"].cause
    assert [findings[name].severity.value for name in findings] == ["error", "error", "ok", "warning"]


@pytest.fixture
def gate(prefect_url: str) -> Iterator[str]:
    """The same server behind one that asks for a password, as PREFECT_SERVER_API_AUTH_STRING makes it."""
    right = f"Basic {base64.b64encode(PASSWORD.encode()).decode()}"

    class Gate(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path != "/api/health" and self.headers.get("Authorization") != right:
                self.reply(httpx.Response(401, json={"exception_message": "Unauthorized"}))
                return
            url = prefect_url.removesuffix("/api") + self.path
            kept = {"Content-Type": self.headers.get("Content-Type") or "application/json"}
            with httpx.Client(trust_env=False) as http:
                self.reply(http.request(self.command, url, content=body, headers=kept))

        def reply(self, answer: httpx.Response) -> None:
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = answer  # noqa: N815 - the base's names

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Gate) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()
        thread.join()
