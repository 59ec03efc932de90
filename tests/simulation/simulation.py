"""One history from beginning to end: its actions, the quiet runs after them, and the checks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import time_machine

from tests.simulation.actions import Action, do
from tests.simulation.checks import CHECKS
from tests.simulation.clock import BEGINNING, Clock
from tests.simulation.database import Database, database
from tests.simulation.history import Setting, history, setting
from tests.simulation.order import same_in_another_order
from tests.simulation.portal import Portal
from tests.simulation.product import Ids, installed
from tests.simulation.violation import Violation
from tests.simulation.world import World
from tests.simulation.zoho import Zoho

JOURNAL = "select count(*) from leadsync.journal"
VERSIONS = "select coalesce(string_agg(id || ' ' || xmin, ',' order by id), '') from public.leads"


@dataclass
class Stage:
    """Where histories are played, one after the other.

    Attributes:
        tally: how often each kind of action, fault and event has happened so far.
        world: that of the history which is being played.
    """

    database: Database
    tally: Counter[str] = field(default_factory=Counter)
    world: World = field(init=False)

    def play(self, seed: int, actions: Sequence[Action] | None = None) -> None:
        """Plays the history of a seed, or other actions in its setting.

        Raises:
            Violation: an invariant does not hold.
        """
        chosen = setting(seed)
        with time_machine.travel(BEGINNING, tick=False) as machine:
            self.world = self._new(seed, chosen, machine)
            try:
                for action in history(seed) if actions is None else actions:
                    do(self.world, action)
                self._end(chosen)
            finally:
                for run in self.world.alive():
                    run.kill()
        self.tally.update(self.world.tally)

    def _new(self, seed: int, chosen: Setting, machine: time_machine.Traveller) -> World:
        self.database.empty()
        clock = Clock(chosen.ours_off, chosen.database_off)
        clock.install(machine)
        return World(self.database, clock, Zoho(clock, chosen.habits), Portal(clock), Ids(seed), Counter())

    def _end(self, chosen: Setting) -> None:
        world = self.world
        for run in world.alive():
            world.finish(run)
        world.pass_time(200)
        quiet_runs(world, "1", "incremental")
        for check in CHECKS:
            check(world)
        before = self._state()
        for number in range(2, 4):
            quiet_runs(world, str(number), "full")
            after = self._state()
            if after == before:
                break
            before = after
        else:
            raise Violation("5 a no-op is silent", "a run over unchanged sources wrote")
        world.all_read = True
        for check in CHECKS:
            check(world)
        if chosen.calm:
            same_in_another_order(world)

    def _state(self) -> tuple[object, object]:
        return self.database.value(JOURNAL), self.database.value(VERSIONS)


def quiet_runs(world: World, round_: str, mode: str, flows: Sequence[str] = ("primary", "backup")) -> None:
    """Both flows to their end, with nothing in between."""
    for flow in flows:
        run = world.start(f"quiet {flow} {round_}", flow, {"mode": mode, "confirm_first_import": True})
        world.finish(run)
        if run.outcome is None or run.outcome.status not in ("completed", "findings"):
            remarks = "; ".join(map(str, run.outcome.remarks)) if run.outcome else "no outcome"
            raise Violation("8 every attempt ends", f"a quiet run failed: {remarks}")


@contextmanager
def stage() -> Iterator[Stage]:
    """A database, and the product made ready to be stepped."""
    with database() as made:
        played = Stage(made)
        with installed(
            lambda: played.world.backoffice(), lambda: played.world.sources(), lambda: played.world.ids.new()
        ):
            yield played
