"""One drill: the company works, a run begins, something is killed, its host brings it back, the next run comes."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from sandbox.demo.api import ENDED
from sandbox.processes import SandboxError
from tests.drills import by_hand
from tests.drills.holds import held, until
from tests.drills.installation import BACKUP, PRIMARY, Installation
from tests.drills.parts import Part
from tests.drills.people import People
from tests.drills.plan import FLOW, MACHINE, PARTS, RANDOM, SERVER, WORKER, Plan, Report
from tests.drills.processes import kill_run, processes_of
from tests.drills.truth import broken, passed_by_watermark, quiet

BEGIN_SECONDS = 90.0
END_SECONDS = 200.0
TRIES = 40
BETWEEN_TRIES = 5.0
DEAD = "update leadsync.attempts set beat_at = beat_at - interval '2 minutes' where status = 'running'"
"""The hour until the next run goes by: what is dead has been silent for longer than two minutes then."""
ATTEMPTS = "select attempt_id::text, flow, status, errors from leadsync.attempts where flow_run_id = %s"


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
            reached: Callable[[str], bool] | None = None
            if plan.step != RANDOM:
                reached = stack.enter_context(held(self.there.world, plan.step, plan.deployment, plan.hold))
            run_id = self.there.server.trigger(self.there.deployments[plan.deployment])
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
        server = self.there.server
        if reached is None:
            until(lambda: server.run(run_id).state != "SCHEDULED", BEGIN_SECONDS, pause=0.4)
        elif not until(lambda: reached(run_id) or server.run(run_id).state in ENDED, BEGIN_SECONDS):
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
            kill_run(run_id)
        return hit

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
        if processes_of(run_id) and not until(lambda: not processes_of(run_id), END_SECONDS):
            report.violations.append("8: the process of a run that has ended goes on")

    def _next_runs(self, plan: Plan) -> list[str]:
        """Scheduled runs, as long as the schedule has to be patient."""
        tries: list[str] = []
        open_ones = {PRIMARY, BACKUP} if plan.target in (WORKER, MACHINE, SERVER) else {plan.deployment}
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
            by_hand.run_other(plan.deployment)
            edits = list(self.people.edits.values())
            found += broken(self.there.world, edits)
            found += quiet(self.there.world, by_hand.run_both)
            found += [f"a run by hand ended as {one.status}" for one in outcomes if one.status == "failed"]
        return list(dict.fromkeys(found))

    def _pass_time(self) -> None:
        with psycopg.connect(self.there.world.backoffice_dsn) as backoffice:
            backoffice.execute(DEAD)

    def _attempt(self, run_id: str, report: Report | None = None) -> str:
        with psycopg.connect(self.there.world.backoffice_dsn, row_factory=dict_row) as backoffice:
            rows = backoffice.execute(ATTEMPTS, (run_id,)).fetchall()
        if report is not None:
            report.errors = [error for row in rows for error in row["errors"]]
        return ", ".join(row["status"] for row in rows) or "none"
