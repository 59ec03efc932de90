"""One history from beginning to end: its actions, the quiet runs after them, and the checks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import psycopg
import time_machine

from tests.simulation.actions import Action
from tests.simulation.acts import do
from tests.simulation.checks import CHECKS
from tests.simulation.clock import BEGINNING, Clock
from tests.simulation.database import Database, database
from tests.simulation.history import history
from tests.simulation.order import same_in_another_order
from tests.simulation.portal import Portal
from tests.simulation.product import installed
from tests.simulation.quiet import quiet_runs
from tests.simulation.setting import Setting, setting
from tests.simulation.violation import Violation
from tests.simulation.world import World
from tests.simulation.zoho import Zoho

MOST_ROUNDS = 6
"""A record that waits is looked at anew when it is read again, and another one may be linked because it was."""
JOURNAL = "select count(*) from leadsync.journal"
VERSIONS = "select coalesce(string_agg(id || ' ' || xmin, ',' order by id), '') from public.leads"


@dataclass
class Stage:
    """Where histories are played, one after the other.

    Attributes:
        world: that of the history which is being played, or was last.
    """

    database: Database
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

    def fails(self, seed: int, actions: Sequence[Action], found: Violation) -> bool:
        """Whether other actions in the seed's setting break the same invariant in the same way."""
        try:
            self.play(seed, actions)
        except Violation as other:
            return str(other) == str(found)
        except psycopg.IntegrityError:
            return False  # what people write was shortened too far, such as a lead without a name
        return False

    def _new(self, seed: int, chosen: Setting, machine: time_machine.Traveller) -> World:
        self.database.empty()
        clock = Clock(chosen.ours_off, chosen.database_off)
        clock.install(machine)
        return World(self.database, clock, Zoho(clock, chosen.habits), Portal(clock), Random(seed), Counter())  # noqa: S311 - to be had again

    def _end(self, chosen: Setting) -> None:
        world = self.world
        for run in world.alive():
            world.finish(run)
        world.pass_time(200)
        quiet_runs(world, "1", "incremental")
        for check in CHECKS:
            check(world)
        before = self._state()
        for number in range(2, MOST_ROUNDS):
            quiet_runs(world, str(number), "full")
            after = self._state()
            if after == before:
                break
            world.tally["a second full run was needed"] += 1
            before = after
        else:
            raise Violation("5 a no-op is silent", "a run over unchanged sources wrote")
        world.all_read = True
        for check in CHECKS:
            check(world)
        for record in world.ledger.records.values():
            reason = "refused" if (record.reason or "").startswith("refused") else record.reason
            world.tally[f"{record.place}: {reason}" if reason else record.place] += 1
        if chosen.calm:
            same_in_another_order(world)
            world.tally["same in another order"] += 1

    def _state(self) -> tuple[object, object]:
        return self.database.value(JOURNAL), self.database.value(VERSIONS)


@contextmanager
def stage() -> Iterator[Stage]:
    """A database, and the product made ready to be stepped."""
    with database() as made:
        played = Stage(made)
        with installed(lambda: played.world):
            yield played
