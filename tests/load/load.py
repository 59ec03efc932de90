"""Both flows every minute, and everybody else at work as well; in between there is no worker for a while."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sandbox.demo.api import Server
from sandbox.demo.crew import deploying, environment, finish, worker
from sandbox.demo.steps import Steps
from sandbox.prefect_api import PrefectApi, prefect_api
from sandbox.processes import Child
from sandbox.world import World, world
from tests.drills import by_hand
from tests.drills.truth import Edit, broken, quiet
from tests.load.company import Company, company
from tests.load.figures import Ledger, Span, lines
from tests.load.memory import Memory
from tests.load.rhythm import Rhythm
from tests.load.runs import all_runs
from tests.load.triggers import FLOWS, Triggers, endpoint

LEADS = 2_000
"""Leads that there are from the beginning."""
GONE = (0.35, 0.55)
"""Of the time: when the worker dies, and when there is one again."""
LOOK_SECONDS = 5
REST_SECONDS = 600.0


@dataclass
class Load:
    """Everything that runs.

    Attributes:
        down: when no worker was there.
    """

    api: PrefectApi
    world: World
    server: Server
    company: Company
    triggers: Triggers
    endpoint: Child
    directory: Path
    seed: int
    memory: Memory = field(default_factory=Memory)
    down: Span = (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

    def __post_init__(self) -> None:
        self.rhythm = Rhythm(self.seed)

    def goes_on(self, minutes: float, steps: Steps) -> None:
        """The whole of it, to the end of the last run."""
        whole, (gone, back) = timedelta(minutes=minutes), GONE
        with ExitStack() as stack:
            with self._traffic():
                self._works_until_the_worker_dies(whole * gone, steps)
                self._goes_without_a_worker(whole * (back - gone), steps)
                child = stack.enter_context(self._worker())
                with steps.step("The worker is back …", "A worker was back"):
                    self._watches(whole * (1 - back), child)
            with steps.step("Waiting for the last runs …", "All runs have ended"):
                self.triggers.every_minute(active=False)
                self.triggers.drops_what_is_planned()
                self._rests(child)

    def _works_until_the_worker_dies(self, span: timedelta, steps: Steps) -> None:
        with self._worker() as child:
            self.triggers.every_minute(active=True)
            with steps.step("Both flows run every minute …", "A worker was at work"):
                self._watches(span, child)
            os.killpg(child.pid, signal.SIGKILL)

    def _goes_without_a_worker(self, span: timedelta, steps: Steps) -> None:
        left = datetime.now(UTC)
        with steps.step("No worker is there …", "No worker was there"):
            self._watches(span)
        self.down = left, datetime.now(UTC)

    def ends(self, steps: Steps) -> None:
        """One more run of each flow when nobody is at work any more."""
        with self._worker() as child, steps.step("A last run of each flow …", "A last run of each flow completed"):
            for name in FLOWS.values():
                run = self.server.finished(self.server.trigger(self.server.deployment(name)), child)
                assert run.completed, f"{name}: {run.state}"

    def broken(self) -> list[str]:
        """What does not hold in the end, a sentence each."""
        with by_hand.installed(self.world.settings()):
            return broken(self.world, self.edits) + quiet(self.world, by_hand.run_both)

    @property
    def edits(self) -> list[Edit]:
        """The office's last words."""
        return [Edit(lead, column, value) for (lead, column), value in self.company.edits.items()]

    def figures(self) -> Iterator[str]:
        """What was seen, a line each."""
        names = {self.server.deployment(name): name for name in FLOWS.values()}
        yield "done: " + ", ".join(f"{times} {what}" for what, times in sorted(self.rhythm.done.items()))
        yield "the endpoint said: " + ", ".join(
            f"{times} × {answer}" for answer, times in sorted(self.triggers.answers.items())
        )
        ledger = Ledger.read(self.world.backoffice_dsn)
        yield from lines(all_runs(self.server), names, ledger, self.company.born, self.down)
        for name, most in self.memory.most.items():
            yield f"memory of {name}: {most:.0f} MB at most, {self.memory.last[name]:.0f} MB when it was last looked at"
        database = self.directory / "prefect" / "prefect.db"
        yield f"Prefect's database: {database.stat().st_size / 1e6:.1f} MB"

    @contextmanager
    def _traffic(self) -> Iterator[None]:
        acts = (
            ("edits in the office", 10, self.company.edits_a_lead),
            ("visits of the portal", 6, self.company.visits),
            ("leads by telephone", 3, self.company.calls),
            ("changes in Zoho", 12, self.company.writes_in_zoho),
            ("double calls of the endpoint", 2, self.triggers.calls_the_endpoint),
            ("runs by hand", 0.7, self.triggers.starts_by_hand),
        )
        with self.rhythm.of(*acts):
            yield

    @contextmanager
    def _worker(self) -> Iterator[Child]:
        environ = environment(self.world.settings(), self.api.url, self.directory)
        with worker(environ, self.directory / "worker.log") as child:
            yield child

    def _watches(self, span: timedelta, child: Child | None = None) -> None:
        ends = time.monotonic() + span.total_seconds()
        known = {"Prefect's server": self.api.child.pid, "the endpoint": self.endpoint.pid}
        if child:
            known["the worker"] = child.pid
        while (left := ends - time.monotonic()) > 0:
            self.memory.look(known)
            time.sleep(min(LOOK_SECONDS, left))

    def _rests(self, child: Child) -> None:
        deadline = time.monotonic() + REST_SECONDS
        while not self.triggers.at_rest():
            assert child.process.poll() is None, child.last_words()
            assert time.monotonic() < deadline, "a run does not end"
            time.sleep(5)


@contextmanager
def load(seed: int, steps: Steps) -> Iterator[Load]:
    """Start everything, and end it with the block."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leadsync-load-")))
        with steps.step("Starting all systems …", f"All systems are up, with {LEADS:,} leads in Zoho"):
            api = stack.enter_context(prefect_api(directory))
            built = stack.enter_context(world(directory / "world", empty=True))
            people = stack.enter_context(company(built, seed))
            people.founds(LEADS)
            api.wait()
        environ = environment(built.settings(), api.url, directory)
        with steps.step("Deploying …", "Deployed"), deploying(environ, directory / "deploy.log") as deploy:
            finish(deploy)
        server = Server.at(api.url)
        stack.callback(server.client.close)
        child, url = stack.enter_context(endpoint(environ, directory / "endpoint.log"))
        triggers = Triggers(server, url, Random(seed))  # noqa: S311 - no secret
        yield Load(api, built, server, people, triggers, child, directory, seed)
