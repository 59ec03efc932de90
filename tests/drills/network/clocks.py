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


@contextmanager
def nothing(_: Scene) -> Iterator[None]:
    """Nothing beside what is wrong all the time."""
    yield


def beside(*, zoho: timedelta = timedelta(0), ours: timedelta = timedelta(0)) -> Fault:
    """Zoho's clock and the one of the machine that runs leadsync, so far beside the backoffice's."""

    @contextmanager
    def ordered(scene: Scene) -> Iterator[None]:
        scene.control("PATCH", "settings", {"offset_s": zoho.total_seconds()})
        with time_machine.travel(datetime.now(UTC) + ours, tick=True):
            yield
        scene.control("PATCH", "settings", {"offset_s": 0})

    return ordered


def leaps(clocks: Fault) -> Fault:
    """Clocks are off for a while, and things happen meanwhile and when they are right again."""

    @contextmanager
    def ordered(scene: Scene) -> Iterator[None]:
        with clocks(scene):
            scene.news(FEW)
            yield
        scene.news(FEW)

    return ordered


def clock(whose: str, fault: Fault, sight: Sight, flows: tuple[Which, ...], quick: Which | None = None) -> Drill:
    """A clock that is ten minutes off while a run goes on."""
    return Drill(name=f"clock 10 minutes off: {whose}", fault=leaps(fault), sight=sight, flows=flows, quick=quick)


def of_backoffice(how: str, others: timedelta) -> Drill:
    """To everybody else it is the same whether one clock is slow all the time or both others are fast."""
    standing = beside(zoho=others, ours=others)
    name = f"clock 10 minutes off all the time: the backoffice's, {how}"
    return Drill(name=name, fault=nothing, standing=standing, sight=unharmed())


PRIMARY: tuple[Which, ...] = ("primary",)

DRILLS = (
    clock("Zoho's, fast", beside(zoho=TEN_MINUTES), finding(OFF), PRIMARY, quick="primary"),
    clock("Zoho's, slow", beside(zoho=-TEN_MINUTES), finding(OFF), PRIMARY),
    clock("ours, fast", beside(ours=TEN_MINUTES), finding(OFF), PRIMARY),
    clock("ours, slow", beside(ours=-TEN_MINUTES), finding(OFF), PRIMARY),
    clock("ours, fast", beside(ours=TEN_MINUTES), unharmed(), ("backup",)),
    clock("ours, slow", beside(ours=-TEN_MINUTES), unharmed(), ("backup",)),
    of_backoffice("fast", -TEN_MINUTES),
    of_backoffice("slow", TEN_MINUTES),
)
