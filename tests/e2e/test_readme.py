"""The README's own commands, as they stand there."""

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 180
pytestmark = pytest.mark.e2e


def test_a_sandbox_and_a_dry_run_by_hand_work_as_the_readme_says(tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (opening, trying) = next(block for block in blocks if "leadsync sandbox" in block).strip().splitlines()
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    output = tmp_path / "output"
    with output.open("w") as log:
        sandbox = subprocess.Popen(["bash", "-c", f"exec {opening}"], cwd=tmp_path, stdout=log, stderr=log)
    try:
        _await_ready(sandbox, output)
        tried = subprocess.run(
            ["bash", "-c", trying], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    finally:
        sandbox.send_signal(signal.SIGINT)
        code = sandbox.wait(SECONDS)
    assert tried.returncode == 0, tried.stderr
    assert "Planned changes" in tried.stdout
    assert code == 0, output.read_text()
    assert (tmp_path / "sandbox.env").stat().st_mode & 0o077 == 0


def _await_ready(sandbox: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not re.search("^ready", output.read_text(), re.MULTILINE):
        assert sandbox.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.1)
