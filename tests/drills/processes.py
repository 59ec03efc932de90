"""The processes of flow runs: Prefect's server does not know them, and a worker that died does not either."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def kill_run(run_id: str) -> None:
    """Kills with -9 whatever carries out a run."""
    for pid in processes_of(run_id):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def processes_of(run_id: str) -> Sequence[int]:
    """The processes that carry out a run: their environment names it."""
    wanted = f"PREFECT__FLOW_RUN_ID={run_id}".encode()
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and wanted in _environment(path)]


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
