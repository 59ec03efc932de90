"""An installation's own processes in a sandbox's world, with everything that they write in one folder."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sandbox.ports import free_port

CHECKOUT = Path(__file__).parents[2]
MARK = "SECRECY_TEST_MARK"
OURS = ("PREFECT_", "LEADSYNC_", "PORTAL_", "BACKOFFICE_", "ZOHO_", "TELEGRAM_", "VERIFY_", "CRON_")
CLIENT = "00000000-0000-4000-8000-000000000000"
SECONDS = 600
"""For a machine that has much else to do; a quiet one needs a tenth."""
END_SECONDS = 60


@dataclass
class House:
    """Processes that share a folder and an environment.

    Attributes:
        folder: takes logs, Prefect's home and temporary files.
        settings: what leads into the world, secrets included.
        words: command lines of our processes, as others on the machine see them.
    """

    folder: Path
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    cron_port: int = field(default_factory=free_port)
    words: set[str] = field(default_factory=set)

    @property
    def api(self) -> str:
        """Prefect's API."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def lookups(self) -> Path:
        """Where the processes write down whom they look up."""
        return self.folder / "lookups"

    @property
    def environment(self) -> dict[str, str]:
        """What each of them gets."""
        state = self.folder / "state"
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(OURS)},
            **self.settings,
            "PREFECT_HOME": str(state),
            "PREFECT_API_URL": self.api,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "TMPDIR": str(state / "tmp"),
            "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent / "recorder"), str(CHECKOUT))),
            "LOOKUPS_FILE": str(self.lookups),
            "NO_COLOR": "1",
            MARK: self.folder.name,
        }

    @contextmanager
    def process(self, name: str, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A process of `leadsync` until the block ends; it is told to end as systemd does."""
        process = self._start(name, [str(Path(sys.executable).with_name("leadsync")), *words])
        try:
            yield process
            process.terminate()
            process.wait(END_SECONDS)
        finally:
            _end_group(process)

    def run(self, name: str, *words: str) -> None:
        """A Python process to its good end."""
        process = self._start(name, [sys.executable, *words])
        try:
            code = process.wait(SECONDS)
        finally:
            _end_group(process)
        assert code == 0, self.log(name)

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self.folder / "logs" / name).read_text(errors="replace")

    def ask(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        """Prefect's API, with the password."""
        user, _, password = self.settings["PREFECT_SERVER_API_AUTH_STRING"].partition(":")
        with httpx.Client(trust_env=False, auth=(user, password), timeout=30) as client:
            if method != "GET":
                told = client.get(f"{self.api}/csrf-token?client={CLIENT}").raise_for_status().json()
                client.headers.update({"Prefect-Csrf-Client": CLIENT, "Prefect-Csrf-Token": told["token"]})
            answer = client.request(method, f"{self.api}{path}", json=body or None)
        return answer.raise_for_status().json()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Notes the command lines of our processes while the block runs."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(0.1):
            self.words |= set(self.command_lines())

    def command_lines(self) -> Iterator[str]:
        """Of our processes, now."""
        mark = f"{MARK}={self.folder.name}".encode()
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                try:
                    if mark in (path / "environ").read_bytes():
                        yield (path / "cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1")
                except OSError:  # it has ended
                    continue

    def _start(self, name: str, words: list[str]) -> "subprocess.Popen[bytes]":
        log = self.folder / "logs" / name
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            return subprocess.Popen(
                words,
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


def _end_group(leader: "subprocess.Popen[bytes]") -> None:
    """Ends a process and all that it has started and left."""
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()


def eventually(holds: Callable[[], object], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.5)
