"""The demo as people run it: what it prints, how it ends, and that nothing is left of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from sandbox.samples import expected

CHECKOUT = Path(__file__).parent.parent.parent
MARK = "DEMO_TEST_MARK"
DEMO_SECONDS = 300
END_SECONDS = 60

pytestmark = pytest.mark.e2e


@contextmanager
def _demo(mark: str, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The demo in a process; every process that it starts inherits the mark."""
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.demo"],
            cwd=CHECKOUT,
            env={**os.environ, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _marked(mark: str) -> set[int]:
    """The processes that carry the mark and have not ended."""
    wanted = f"{MARK}={mark}".encode()
    return {int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and wanted in _environment(path)}


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _eventually(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_the_demo_ends_well_and_shows_what_landed(tmp_path: Path) -> None:
    mark, output = uuid4().hex, tmp_path / "output"
    with _demo(mark, output) as process:
        code = process.wait(DEMO_SECONDS)
    said = output.read_text()
    assert code == 0, said
    words = [line.split() for line in said.splitlines()]
    for flow, counts in expected().items():
        assert [flow, *map(str, counts.values())] in words, said
    assert "Attempts on record (sync_metadata)" in said
    assert "A few people, side by side (masked)" in said
    assert "Prefect's UI: http://127.0.0.1:" in said
    assert max(map(len, said.splitlines())) <= 100
    assert _eventually(lambda: not _marked(mark), END_SECONDS), said


@pytest.mark.parametrize(
    ("asked", "moment"),
    [
        pytest.param(signal.SIGINT, "", id="Ctrl-C while it starts"),
        pytest.param(signal.SIGTERM, "a worker waits for runs", id="SIGTERM while a flow runs"),
    ],
)
def test_an_interrupted_demo_leaves_no_process_behind(asked: signal.Signals, moment: str, tmp_path: Path) -> None:
    mark, output = uuid4().hex, tmp_path / "output"
    with _demo(mark, output) as process:
        assert _eventually(lambda: moment in output.read_text() and len(_marked(mark)) > 3, DEMO_SECONDS)
        process.send_signal(asked)
        code = process.wait(END_SECONDS)
    assert code == 130, output.read_text()
    assert _eventually(lambda: not _marked(mark), END_SECONDS)
