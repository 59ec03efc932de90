"""One drill: the company works, a run begins, something is killed, its host brings it back, the next run comes."""

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sandbox.demo.api import Run
from sandbox.processes import SandboxError
from tests.drills import by_hand
from tests.drills.holds import NAMED, held, until
from tests.drills.installation import BACKUP, PRIMARY, Installation
from tests.drills.people import People
from tests.drills.truth import broken, passed_by_watermark, quiet

RANDOM = "at random"
FLOW, WORKER, MACHINE = "the flow's process", "the worker alone", "the worker with its run"
PARTS = {
    "Prefect's server": "server",
    "PostgREST": "backoffice API",
    "PostgreSQL": "backoffice database",
    "network to the backoffice": "network to backoffice",
    "network to Zoho": "network to zoho",
    "network to the portal": "network to portal",
    "the portal's PostgREST": "portal API",
}
TARGETS = (FLOW, WORKER, MACHINE, *PARTS)
LONGEST_DOWN = 3.0
BEGIN_SECONDS = 90.0
END_SECONDS = 200.0
TRIES = 40
BETWEEN_TRIES = 5.0
DEAD = "update leadsync.attempts set beat_at = beat_at - interval '2 minutes' where status = 'running'"
"""The hour until the next run goes by: what is dead has been silent for longer than two minutes then."""
ATTEMPTS = "select attempt_id::text, flow, status, errors from leadsync.attempts where flow_run_id = %s"


@dataclass(frozen=True)
class Plan:
    """What is to happen.

    Attributes:
        target: what is killed.
        deployment: whose run is going on.
        step: where it is then, or `RANDOM`.
        after: seconds, from there or from its beginning.
        down: seconds until the host starts again what was killed.
        hold: seconds for which the run is held at a named step.
    """

    target: str
    deployment: str
    step: str
    after: float
    down: float
    hold: float

    @classmethod
    def thrown(cls, dice: random.Random, target: str | None = None, step: str | None = None) -> "Plan":
        """A random one."""
        target = target or dice.choice(
            (*(FLOW,) * 12, *(MACHINE,), *(WORKER,) * 2, *(name for name in PARTS for _ in (1, 2)))
        )
        named = target not in (MACHINE, WORKER) or dice.random() < 0.5
        step = step or (dice.choice(NAMED) if named and dice.random() < 0.6 else RANDOM)
        theirs = {"network to Zoho": PRIMARY, "network to the portal": BACKUP, "the portal's PostgREST": BACKUP}
        return cls(
            target=target,
            deployment=theirs.get(target) or dice.choice((PRIMARY, PRIMARY, BACKUP)),
            step=step,
            after=dice.uniform(0, 9 if step == RANDOM else 0.4),
            down=dice.uniform(0, LONGEST_DOWN),
            hold=dice.choice((3.0, 8.0)),
        )


@dataclass
class Report:
    """What was seen.

    Attributes:
        plan: what was planned.
        state: of the run that was hit, with its name in Prefect.
        message: what Prefect says of it.
        before: its attempt's status when the thing was killed; `none` without one.
        attempt: its attempt's status in the end.
        errors: what `sync_metadata` says of it.
        tries: scheduled runs that it took until one completed, by how the others ended.
        violations: what does not hold.
        seconds: that it took.
    """

    plan: Plan
    state: str = ""
    message: str = ""
    before: str = "none"
    attempt: str = "none"
    errors: list[Any] = field(default_factory=list)
    tries: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Drills:
    """An installation in which drills are held, one after the other."""

    there: Installation
    people: People

    def hold(self, plan: Plan) -> Report:
        """Holds one; whatever goes wrong in it is a violation."""
        began, report = time.monotonic(), Report(plan)
        self.people.work()
        try:
            hit = self._strike(plan, report)
            self._recover(plan, hit, report)
        except SandboxError as error:
            report.violations.append(f"it does not come back by itself: {error}")
        report.seconds = round(time.monotonic() - began, 1)
        return report

    def _strike(self, plan: Plan, report: Report) -> str:
        with ExitStack() as stack:
            reached: Callable[[str], bool] = lambda _: True  # noqa: E731 - a default
            if plan.step != RANDOM:
                reached = stack.enter_context(held(self.there.world, plan.step, plan.deployment, plan.hold))
            run_id = self.there.server.trigger(self.there.deployments[plan.deployment])
            if plan.step == RANDOM:
                until(lambda: self.there.server.run(run_id).state != "SCHEDULED", BEGIN_SECONDS)
            elif not until(lambda: reached(run_id) or self._has_ended(run_id), BEGIN_SECONDS):
                raise SandboxError(f"the run never came {plan.step}")
            time.sleep(plan.after)
            if plan.target not in ("PostgreSQL",):
                self.people.edit(1)
            report.before = self._attempt(run_id)
            self._kill(plan, run_id)
            if plan.target in PARTS:
                time.sleep(plan.down)
                self.there.parts[PARTS[plan.target]].start()
            elif plan.target != FLOW:
                time.sleep(plan.down)
                self.there.parts["worker"].start()
        return run_id

    def _kill(self, plan: Plan, run_id: str) -> None:
        if plan.target == FLOW:
            for pid in flow_processes(run_id):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        elif plan.target in PARTS:
            self.there.parts[PARTS[plan.target]].kill()
        else:
            worker = self.there.parts["worker"]
            worker.kill(alone=plan.target == WORKER)
            if plan.target == MACHINE:
                for pid in flow_processes(run_id):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def _recover(self, plan: Plan, run_id: str, report: Report) -> None:
        if plan.target != MACHINE:
            self._note_end(run_id, report)
        if plan.step == "before it is opened" and plan.target == FLOW:
            time.sleep(plan.hold)
        report.violations += passed_by_watermark(self.there.world)
        report.tries = self._next_runs(plan)
        if plan.target == MACHINE:
            self._note_end(run_id, report)
        report.attempt = self._attempt(run_id, report)
        report.violations += self._judged(plan, report)

    def _note_end(self, run_id: str, report: Report) -> None:
        ended = self.there.server.ended(run_id, END_SECONDS)
        report.state, report.message = ended.state, ended.message[:300]
        if flow_processes(run_id) and not until(lambda: not flow_processes(run_id), END_SECONDS):
            report.violations.append("8: the process of a run that has ended goes on")

    def _next_runs(self, plan: Plan) -> list[str]:
        """Scheduled runs, as long as the schedule has to be patient."""
        tries: list[str] = []
        open_ones = {plan.deployment} if plan.target == FLOW else {PRIMARY, BACKUP}
        for _ in range(TRIES):
            self._pass_time()
            runs = {name: self.there.server.trigger(self.there.deployments[name]) for name in sorted(open_ones)}
            for name, run_id in runs.items():
                ended = self.there.server.ended(run_id, END_SECONDS)
                if ended.completed:
                    open_ones.discard(name)
                else:
                    tries.append(f"{ended.state.lower()}: {ended.message[:160]}")
            if not open_ones:
                return tries
            time.sleep(BETWEEN_TRIES)
        raise SandboxError(f"no scheduled run completed in {TRIES} tries")

    def _judged(self, plan: Plan, report: Report) -> list[str]:
        found = []
        if report.state == "CRASHED" and report.attempt not in ("none", "crashed", "completed", "findings", "failed"):
            found.append(f"8: the run is crashed and its attempt {report.attempt}")
        if plan.target in (FLOW, MACHINE) and report.before == "running" and report.attempt != "crashed":
            found.append(f"8: the attempt of a killed run is {report.attempt}")
        with by_hand.installed(self.there.world) as outcomes:
            by_hand.run_both()
            edits = list(self.people.edits.values())
            found += broken(self.there.world, edits)
            found += quiet(self.there.world, by_hand.run_both)
            found += broken(self.there.world, edits)
            found += [f"a run by hand ended as {one.status}" for one in outcomes if one.status == "failed"]
        return list(dict.fromkeys(found))

    def _has_ended(self, run_id: str) -> bool:
        run: Run = self.there.server.run(run_id)
        return run.state in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

    def _pass_time(self) -> None:
        with psycopg.connect(self.there.world.backoffice_dsn) as backoffice:
            backoffice.execute(DEAD)

    def _attempt(self, run_id: str, report: Report | None = None) -> str:
        with psycopg.connect(self.there.world.backoffice_dsn, row_factory=dict_row) as backoffice:
            rows = backoffice.execute(ATTEMPTS, (run_id,)).fetchall()
        if report is not None:
            report.errors = [error for row in rows for error in row["errors"]]
        return ", ".join(row["status"] for row in rows) or "none"


def flow_processes(run_id: str) -> Sequence[int]:
    """The processes that carry out a run: their environment names it."""
    wanted = f"PREFECT__FLOW_RUN_ID={run_id}".encode()
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and wanted in _environment(path)]


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
