"""An installation as its hosts start it: a clean prefix, a user without rights, the processes of `deployments/`."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sandbox.ports import free_port

CHECKOUT = Path(__file__).parents[2]
NOBODY = 65534
SYSTEM_PYTHON = "/usr/bin/python3"
"""One that others than root may run: root's own may lie in its home."""
SECONDS = 300
INSTALL = ["sync", "--frozen", "--no-default-groups", "--quiet"]
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", ".leadsync", "__pycache__", ".*_cache", ".hypothesis", "mutants")

pytestmark = pytest.mark.e2e


class Installation:
    """A copy of the checkout, installed as its Dockerfile does it; a user without rights runs it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "leadsync"
        shutil.copytree(CHECKOUT, self.home, ignore=LEFT_OUT)
        self.state = folder / "state"
        self.state.mkdir()
        self.port = free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.state),
            "PREFECT_HOME": str(self.state),
            "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api",
            "PREFECT_SERVER_API_PORT": str(self.port),
        }
        installed = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(self.home / ".venv")}
        installed.pop("VIRTUAL_ENV", None)
        if os.geteuid() == 0 and Path(SYSTEM_PYTHON).exists():
            installed["UV_PYTHON"] = SYSTEM_PYTHON
        uv = shutil.which("uv") or str(CHECKOUT / ".venv" / "bin" / "uv")
        subprocess.run([uv, *INSTALL], cwd=self.home, env=installed, check=True)
        self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if self._user:
            os.chown(self.state, NOBODY, NOBODY)

    def leadsync(self, *words: str) -> str:
        """What a command says that ends well."""
        done = subprocess.run(
            [self.home / ".venv/bin/leadsync", *words],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            **self._user,  # type: ignore[call-overload]  # three arguments of Popen
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    @contextmanager
    def process(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process of the installation; it is told to end as systemd does."""
        with (self.state.parent / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [self.home / ".venv/bin/leadsync", "start", name],
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._user,  # type: ignore[call-overload]  # three arguments of Popen
            )
        try:
            yield process
            process.terminate()
            process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()


def _eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.3)


def _is_healthy(api: str) -> bool:
    try:
        return httpx.get(f"{api}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that others may enter: pytest takes its own away from them again and again."""
    with tempfile.TemporaryDirectory(prefix="leadsync-installation-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_user_without_rights_starts_deploys_and_drains_an_installation(folder: Path) -> None:
    there = Installation(folder)
    api = there.environment["PREFECT_API_URL"]

    def is_online() -> bool:
        return b"started!" in (folder / "worker.log").read_bytes()

    with there.process("server"):
        _eventually(lambda: _is_healthy(api))
        assert "work pool leadsync: created" in there.leadsync("deploy")
        assert b"will not be available" not in (folder / "server.log").read_bytes()
        with there.process("worker") as worker:
            _eventually(is_online)
            assert there.leadsync("drain").splitlines() == ["work pool leadsync: paused", "nothing is running"]
            assert there.leadsync("drain", "--over") == "work pool leadsync: resumed\n"
        assert worker.returncode is not None
