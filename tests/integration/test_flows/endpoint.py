"""`leadsync serve-cron` as a process, and those who call it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.integration.test_flows.server import quick_client

SECRET = "only-the-scheduler-knows-this"
PRIMARY, BACKUP = "/api/cron/zoho-sync", "/api/cron/portal-sync"
SECONDS = 60


@dataclass(frozen=True)
class Endpoint:
    """A running endpoint: its process, where it listens, and the file that takes its log."""

    process: "subprocess.Popen[str]"
    log: Path
    url: str

    def call(self, method: str, path: str, authorization: str | None = f"Bearer {SECRET}") -> httpx.Response:
        headers = [] if authorization is None else [(b"Authorization", authorization.encode())]
        with quick_client() as client:
            return client.request(method, f"{self.url}{path}", headers=headers)

    def call_at_once(self, path: str, times: int) -> list[httpx.Response]:
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(lambda _: self.call("POST", path), range(times)))


@contextmanager
def serving(log: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """The command in a process, which in the end is told to end and has to end well."""
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", "from cli.main import main; main()", "serve-cron", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, "CRON_SECRET": SECRET, **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)
        assert process.returncode == 0, log.read_text()


def ready(process: "subprocess.Popen[str]", log: Path) -> Endpoint:
    """The endpoint once it listens."""
    assert process.stdout is not None
    said = process.stdout.readline()
    assert " on http://" in said, log.read_text()
    return Endpoint(process, log, said.split()[-1])
