"""The demo from start to end: everything up, both flows run, and what landed compared with what should have."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from sandbox.demo.api import Run, Server
from sandbox.demo.crew import POOL, deploying, environment, finish, worker
from sandbox.demo.steps import Steps
from sandbox.demo.tables import attempts_table, complaints_table, counts_table, people_table
from sandbox.demo.verdict import Landed, complaints, same_counts
from sandbox.prefect_api import PrefectApi, prefect_api
from sandbox.processes import POLL_SECONDS, Child, SandboxError
from sandbox.samples import cases, expected
from sandbox.samples.case import FLOWS
from sandbox.world import World, world

DEPLOYMENTS = ("primary-zoho-sync/hourly", "backup-portal-sync/daily")
POOL_SECONDS = 90.0
WARNING = 30  # the level of Python's logging


@dataclass(frozen=True)
class Stage:
    """Everything that runs for the demo."""

    server: Server
    worker: Child
    world: World
    ui: str
    """The address of Prefect's UI."""


@contextmanager
def stage(steps: Steps) -> Iterator[Stage]:
    """Start everything, the slowest first, and end it with the block.

    Raises:
        SandboxError: a part does not start.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leadsync-demo-")))
        api = stack.enter_context(prefect_api(directory))
        with steps.step(
            "Starting portal, Zoho and backoffice …", "Portal, Zoho and backoffice are up, with sample leads"
        ):
            built = stack.enter_context(world(directory / "world"))
        with steps.step("Waiting for Prefect …", "Prefect's server is up"):
            api.wait()
        server = Server.at(api.url)
        stack.callback(server.client.close)
        with steps.step("Deploying …", "Both flows are deployed, and a worker waits for runs"):
            child = _crew(stack, api, server, built, directory)
        yield Stage(server, child, built, api.url.removesuffix("/api"))


def _crew(stack: ExitStack, api: PrefectApi, server: Server, built: World, directory: Path) -> Child:
    """Deploy, and start the worker as soon as there is a pool for it."""
    environ = environment(built.settings(), api.url, directory)
    with deploying(environ, directory / "deploy.log") as deploy:
        _await_pool(server, deploy)
        child = stack.enter_context(worker(environ, directory / "worker.log"))
        finish(deploy)
    return child


def _await_pool(server: Server, deploy: Child) -> None:
    deadline = time.monotonic() + POOL_SECONDS
    while not server.has_pool(POOL):
        if deploy.process.poll() is not None or time.monotonic() > deadline:
            raise SandboxError(f"{deploy.name} makes no work pool: {deploy.last_words()}")
        time.sleep(POLL_SECONDS * 10)


def run_flows(stage: Stage, steps: Steps) -> bool:
    """Run both deployments one after the other, and say whether both completed."""
    ids = [stage.server.deployment(name) for name in DEPLOYMENTS]
    for deployment in ids:
        stage.server.pause(deployment)
    runs = [_run(stage, steps, name, deployment) for name, deployment in zip(DEPLOYMENTS, ids, strict=True)]
    for deployment in ids:
        stage.server.resume(deployment)
    return all(run.completed for run in runs)


def _run(stage: Stage, steps: Steps, name: str, deployment: str) -> Run:
    with steps.step(f"{name} runs …", f"{name} has completed") as step:
        run = stage.server.finished(stage.server.trigger(deployment), stage.worker)
        step.fault = None if run.completed else f"{name}: {run.state}"
    if not run.completed:
        _explain(steps.console, stage.server, run)
    return run


def _explain(console: Console, server: Server, run: Run) -> None:
    """Say why a run failed, and show its log, which holds no personal data."""
    console.print(run.message, markup=False, style="red")
    for level, message in server.logs(run.id):
        console.print(f"  {message}", markup=False, style="yellow" if level >= WARNING else "dim")


def report(stage: Stage, console: Console) -> bool:
    """Print what landed, and say whether it is what should have."""
    landed, wanted, sample = Landed.read(stage.world.backoffice_dsn), expected(), cases(datetime.now(UTC))
    found = {flow: landed.counts(source.value) for source, flow in FLOWS.items()}
    wrong = complaints(sample, landed)
    console.print()
    console.print(counts_table(wanted, found))
    console.print(attempts_table(landed.attempts))
    console.print(people_table(sample, landed))
    if wrong:
        console.print(complaints_table(wrong))
    console.print(f"{_right(len(sample), wrong)} of {len(sample)} sample cases ended as they should.")
    return not wrong and all(same_counts(wanted[flow], found[flow]) for flow in wanted)


def _right(total: int, wrong: Sequence[tuple[str, str]]) -> int:
    return total - len({name for name, _ in wrong})
