"""What is killed, when, and what was seen then."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.drills.holds import NAMED
from tests.drills.runs import BACKUP, PRIMARY

RANDOM, AT_WORK = "at random", "at random while it works"
FLOW, WORKER, MACHINE = "the flow's process", "the worker alone", "the worker with its run"
SERVER = "Prefect's server"
PARTS = {
    SERVER: "server",
    "PostgREST": "backoffice API",
    "PostgreSQL": "backoffice database",
    "network to the backoffice": "network to backoffice",
    "network to Zoho": "network to zoho",
    "network to the portal": "network to portal",
    "the portal's PostgREST": "portal API",
}
TARGETS = (FLOW, WORKER, MACHINE, *PARTS)
ALONE = (WORKER, MACHINE, SERVER)
"""What both flows need: such a drill is no part of a series."""
LONGEST_DOWN = 3.0
LONGEST_WAIT = {False: {RANDOM: 9.0, AT_WORK: 4.0}, True: {RANDOM: 1.5, AT_WORK: 1.0}}
"""Seconds after which a random instant is the last, of real runs and of bare ones; half a second at a named step."""
ALL_TARGETS = (*(FLOW,) * 12, MACHINE, WORKER, WORKER, *PARTS, *PARTS)
"""To choose from: the flow's process is hit nearly every other time."""
BARE_TARGETS = tuple(target for target in ALL_TARGETS if target not in ALONE)


@dataclass(frozen=True)
class Plan:
    """What is to happen.

    Attributes:
        target: what is killed.
        deployment: whose run is going on.
        step: where it is then, or `RANDOM`, or `AT_WORK`, which is after its opening.
        after: seconds, from there or from its beginning.
        down: seconds until the host starts again what was killed.
        hold: seconds for which the run is held at a named step.
        also: parts that are killed with it.
    """

    target: str
    deployment: str
    step: str
    after: float
    down: float
    hold: float
    also: tuple[str, ...] = ()

    @classmethod
    def thrown(cls, dice: random.Random, target: str | None, step: str | None, *, bare: bool = False) -> "Plan":
        """A random one.

        Args:
            dice: what it is thrown with.
            target: what is killed, if that is not to be thrown.
            step: the same for the step.
            bare: without Prefect, whose parts cannot be killed then.
        """
        target = target or dice.choice(BARE_TARGETS if bare else ALL_TARGETS)
        named = target not in (MACHINE, WORKER) or dice.random() < 0.5
        step = step or (
            dice.choice(NAMED) if named and dice.random() < 0.5 else dice.choice((RANDOM, AT_WORK, AT_WORK))
        )
        theirs = {"network to Zoho": PRIMARY, "network to the portal": BACKUP, "the portal's PostgREST": BACKUP}
        return cls(
            target=target,
            deployment=theirs.get(target) or dice.choice((PRIMARY, PRIMARY, BACKUP)),
            step=step,
            after=dice.uniform(0, LONGEST_WAIT[bare].get(step, 0.4)),
            down=dice.uniform(0, LONGEST_DOWN),
            hold=dice.choice((2.5, 6.0)),
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
