"""The product's own processes: `leadsync deploy`, and the worker that runs the flows."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sandbox.processes import Child, SandboxError, dies_with_parent, start

CHECKOUT = Path(__file__).resolve().parent.parent.parent
POOL = "leadsync"
DEPLOY_SECONDS = 120.0
_OURS = ("PREFECT_", "LEADSYNC_", "PORTAL_", "BACKOFFICE_", "ZOHO_")


def environment(settings: Mapping[str, str], api_url: str, directory: Path) -> dict[str, str]:
    """What the product's processes see: the demo's world, and nothing that the shell says of another one."""
    programs = Path(sys.executable).parent
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    inherited.pop("VIRTUAL_ENV", None)
    return {
        **inherited,
        **settings,
        "PATH": os.pathsep.join((str(programs), os.environ.get("PATH", os.defpath))),
        "PREFECT_API_URL": api_url,
        "PREFECT_HOME": str(directory / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "LEADSYNC_HOME": str(CHECKOUT),
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }


@contextmanager
def deploying(environ: Mapping[str, str], log: Path) -> Iterator[Child]:
    """Run `leadsync deploy`; see `finish`."""
    command = [str(Path(sys.executable).with_name("leadsync")), "deploy"]
    with _group("leadsync deploy", command, environ, log) as child:
        yield child


def finish(child: Child) -> None:
    """Wait until a command has done its work.

    Raises:
        SandboxError: it failed, or takes too long.
    """
    try:
        code = child.process.wait(DEPLOY_SECONDS)
    except subprocess.TimeoutExpired:
        raise SandboxError(f"{child.name} takes too long: {child.last_words()}") from None
    if code:
        raise SandboxError(f"{child.name} ended with code {code}: {child.last_words()}")


@contextmanager
def worker(environ: Mapping[str, str], log: Path) -> Iterator[Child]:
    """A process worker on the work pool, which must exist; at the end it and its flow runs are gone."""
    command = [
        sys.executable,
        "-m",
        "prefect",
        "worker",
        "start",
        "--pool",
        POOL,
        "--type",
        "process",
        "--name",
        "demo",
    ]
    with _group("the worker", command, environ, log) as child:
        yield child


@contextmanager
def _group(name: str, command: list[str], environ: Mapping[str, str], log: Path) -> Iterator[Child]:
    """A process that leads a group of its own, and takes it along when it ends."""
    with ExitStack() as stack:
        # The worker listens to SIGINT alone: it turns a SIGTERM into one.
        child = start(
            name,
            [*dies_with_parent("INT"), *command],
            log=log,
            environment=environ,
            stop_signal=signal.SIGINT,
        )
        stack.callback(_end_group, child.pid)
        stack.callback(child.stop)
        yield child


def _end_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
