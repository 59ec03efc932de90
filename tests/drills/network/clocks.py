"""Clocks that are ten minutes off, while things happen before, meanwhile and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import time_machine

from tests.drills.network.drill import FEW, Drill, Fault, Sight, finding, unharmed
from tests.drills.network.scene import Scene
from tests.integration.test_flows.runs import Which

TEN_MINUTES = timedelta(minutes=10)
OFF = r"Zoho: its clock and ours differ by more than 5 minutes\. Check the clock of the machine that runs leadsync\.$"


def off(*, zoho: timedelta = timedelta(0), ours: timedelta = timedelta(0)) -> Fault:
    """Zoho's clock and the one of the machine that runs leadsync, so far beside the backoffice's."""

    @contextmanager
    def ordered(scene: Scene) -> Iterator[None]:
        scene.control("PATCH", "settings", {"offset_s": zoho.total_seconds()})
        scene.news(FEW)
        with time_machine.travel(datetime.now(UTC) + ours, tick=True):
            yield
        scene.control("PATCH", "settings", {"offset_s": 0})
        scene.news(FEW)

    return ordered


def clock(whose: str, fault: Fault, sight: Sight, flows: tuple[Which, ...], quick: Which | None = None) -> Drill:
    """A clock that is ten minutes off."""
    return Drill(name=f"clock 10 minutes off: {whose}", fault=fault, sight=sight, flows=flows, quick=quick)


PRIMARY: tuple[Which, ...] = ("primary",)
BOTH: tuple[Which, ...] = ("primary", "backup")

DRILLS = (
    clock("Zoho's, fast", off(zoho=TEN_MINUTES), finding(OFF), PRIMARY, quick="primary"),
    clock("Zoho's, slow", off(zoho=-TEN_MINUTES), finding(OFF), PRIMARY),
    clock("our, fast", off(ours=TEN_MINUTES), finding(OFF), PRIMARY),
    clock("our, slow", off(ours=-TEN_MINUTES), finding(OFF), PRIMARY, quick="primary"),
    clock("our, fast", off(ours=TEN_MINUTES), unharmed(), ("backup",)),
    clock("our, slow", off(ours=-TEN_MINUTES), unharmed(), ("backup",)),
    # To everybody else it is the same whether one clock is fast or both others are slow.
    clock("the backoffice's, fast", off(zoho=-TEN_MINUTES, ours=-TEN_MINUTES), unharmed(), BOTH),
    clock("the backoffice's, slow", off(zoho=TEN_MINUTES, ours=TEN_MINUTES), unharmed(), BOTH),
)
