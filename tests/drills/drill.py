"""One drill: the company works, a run begins, something is killed, its host brings it back, the next run comes."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import psycopg
from psycopg.rows import dict_row

from sandbox.demo.api import Run
from sandbox.processes import SandboxError
from tests.drills import by_hand
from tests.drills.holds import NAMED, held, until
from tests.drills.installation import Installation
from tests.drills.parts import Part
from tests.drills.people import People
from tests.drills.plan import ALONE, AT_WORK, FLOW, MACHINE, PARTS, WORKER, Plan, Report
from tests.drills.runs import BACKUP, PRIMARY
from tests.drills.truth import broken, passed_by_watermark, quiet

BEGIN_SECONDS = 90.0
END_SECONDS = 400.0
PAUSE = 0.4
"""Seconds between two questions to Prefect."""
TRIES = 40
BETWEEN_TRIES = 5.0
DEAD = "update leadsync.attempts set beat_at = beat_at - interval '2 minutes' where status = 'running'"
"""The hour until the next run goes by: what is dead has been silent for longer than two minutes then."""
ENDS = ("none", "crashed", "completed", "findings", "failed")
ATTEMPTS = "select attempt_id::text, flow, status, errors from leadsync.attempts where flow_run_id = %s"


@dataclass
class Drills:
    """An installation in which drills are held, one after the other."""

    there: Installation
    people: People

    def hold(self, plan: Plan) -> Report:
        """Holds one."""
        return self.hold_series([plan])[0]

    def hold_series(self, plans: Sequence[Plan]) -> list[Report]:
        """Holds some in a row: of all but the last the next scheduled run is the one that is hit next.

        Whatever goes wrong is a violation of the last one that was begun.
        """
        reports: list[Report] = []
        hits: list[str] = []
        try:
            for plan in plans:
                began = time.monotonic()
                reports.append(Report(plan))
                self.people.work()
                hits.append(self._strike(plan, reports[-1]))
                self._see_end(plan, hits[-1], reports[-1])
                reports[-1].seconds = round(time.monotonic() - began, 1)
            self._recover(hits, reports)
        except SandboxError as error:
            reports[-1].violations.append(f"it does not come back by itself: {error}")
        except (httpx.HTTPError, psycopg.Error, OSError) as error:
            reports[-1].violations.append(f"the drill itself failed: {type(error).__name__}: {error}")
        reports[-1].seconds = round(time.monotonic() - began, 1)
        return reports

    def _strike(self, plan: Plan, report: Report) -> str:
        with ExitStack() as stack:
            reached: Callable[[str], bool] | None = None
            if plan.step in NAMED:
                reached = stack.enter_context(held(self.there.world, plan.step, plan.deployment, plan.hold))
            run_id = self.there.runs.begin(plan.deployment)
            self._await_step(plan, run_id, reached)
            time.sleep(plan.after)
            self.people.edit(1)
            report.before = self._attempt(run_id)
            hit = self._kill(plan, run_id)
            if hit:
                time.sleep(plan.down)
            for part in hit:
                part.start()
        return run_id

    def _await_step(self, plan: Plan, run_id: str, reached: Callable[[str], bool] | None) -> None:
        runs = self.there.runs
        if plan.step == AT_WORK:
            until(lambda: self._attempt(run_id) != "none" or runs.end_of(run_id) is not None, BEGIN_SECONDS)
        elif reached is None:
            until(lambda: runs.has_begun(run_id), BEGIN_SECONDS, pause=PAUSE)
        elif not until(lambda: reached(run_id) or runs.end_of(run_id) is not None, BEGIN_SECONDS):
            raise SandboxError(f"the run never came {plan.step}")

    def _kill(self, plan: Plan, run_id: str) -> list[Part]:
        """Kills what is to be killed; the parts that are to come back, in the order in which hosts start them."""
        names = [PARTS[name] for name in (plan.target, *plan.also) if name in PARTS]
        hit = [part for name, part in self.there.parts.items() if name in names]
        for part in hit:
            part.kill()
        if plan.target in (WORKER, MACHINE):
            worker = self.there.parts["worker"]
            worker.kill(alone=plan.target == WORKER)
            hit.append(worker)
        if plan.target in (FLOW, MACHINE):
            self.there.runs.kill(run_id)
        return hit

    def _see_end(self, plan: Plan, run_id: str, report: Report) -> None:
        if plan.target != MACHINE:
            self._note_end(run_id, report)
        if plan.step == "before it is opened" and plan.target == FLOW:
            time.sleep(plan.hold)
        report.violations += passed_by_watermark(self.there.world)
        self._pass_time()

    def _recover(self, hits: Sequence[str], reports: Sequence[Report]) -> None:
        last = reports[-1]
        wide = any(report.plan.target in ALONE for report in reports)
        last.tries = self.run_both() if wide else self._next_runs({report.plan.deployment for report in reports})
        if last.plan.target == MACHINE:
            self._note_end(hits[-1], last)
        for run_id, report in zip(hits, reports, strict=True):
            report.attempt = self._attempt(run_id, report)
            report.violations += _off_the_record(report)
        last.violations += self._judged()

    def _note_end(self, run_id: str, report: Report) -> None:
        ended, runs = self._end_of(run_id), self.there.runs
        report.state, report.message = ended.state, ended.message[:300]
        if not until(lambda: not runs.is_alive(run_id), END_SECONDS):
            report.violations.append("8: the process of a run that has ended goes on")

    def _end_of(self, run_id: str) -> Run:
        ends: list[Run] = []

        def has_ended() -> bool:
            """A busy server may say the end once and then nothing for a while."""
            ends.extend(filter(None, [self.there.runs.end_of(run_id)]))
            return bool(ends)

        if not until(has_ended, END_SECONDS, pause=PAUSE):
            raise SandboxError(f"a run does not end within {END_SECONDS:g} s")
        return ends[0]

    def run_both(self) -> list[str]:
        """Lets scheduled runs come, as long as the schedule has to be patient; how those ended that did not complete.

        Raises:
            SandboxError: patience is at its end.
        """
        return self._next_runs({PRIMARY, BACKUP})

    def _next_runs(self, open_ones: set[str]) -> list[str]:
        tries: list[str] = []
        for _ in range(TRIES):
            self._pass_time()
            runs = {name: self.there.runs.begin(name) for name in sorted(open_ones)}
            for name, run_id in runs.items():
                ended = self._end_of(run_id)
                if ended.completed:
                    open_ones.discard(name)
                else:
                    tries.append(f"{ended.state.lower()}: {ended.message[:160]}")
            if not open_ones:
                return tries
            time.sleep(BETWEEN_TRIES)
        raise SandboxError(f"no scheduled run completed in {TRIES} tries")

    def _judged(self) -> list[str]:
        edits = list(self.people.edits.values())
        with by_hand.installed(self.there.world.settings()) as outcomes:
            by_hand.run_both()
            found = broken(self.there.world, edits)
            found += quiet(self.there.world, by_hand.run_both)
            found += [f"a run by hand ended as {one.status}" for one in outcomes if one.status == "failed"]
        return found

    def _pass_time(self) -> None:
        with psycopg.connect(self.there.world.backoffice_dsn) as backoffice:
            backoffice.execute(DEAD)

    def _attempt(self, run_id: str, report: Report | None = None) -> str:
        with psycopg.connect(self.there.world.backoffice_dsn, row_factory=dict_row) as backoffice:
            rows = backoffice.execute(ATTEMPTS, (run_id,)).fetchall()
        if report is not None:
            report.errors = [error for row in rows for error in row["errors"]]
        return ", ".join(row["status"] for row in rows) or "none"


def _off_the_record(report: Report) -> list[str]:
    """8: how the run that was hit is told in the end."""
    found = []
    if report.state in ("CRASHED", "KILLED") and report.attempt not in ENDS:
        found.append(f"8: the run is crashed and its attempt {report.attempt}")
    if report.plan.target in (FLOW, MACHINE) and report.before == "running" and report.attempt != "crashed":
        found.append(f"8: the attempt of a killed run is {report.attempt}")
    return found
