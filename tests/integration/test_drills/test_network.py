"""Each drill of the network: the operator sees what is promised, the next run repairs it, and all invariants hold."""

import os
from collections.abc import Callable, Sequence

import pytest

from tests.drills.network.drill import Drill
from tests.drills.network.drills import DRILLS
from tests.drills.network.play import Report, play
from tests.integration.test_drills.conftest import Stage
from tests.integration.test_flows.runs import Which

WANTED = os.environ.get("DRILL_NETWORK", "")
"""Part of the names of the drills that are played for each of their flows, or `all`, as by `make drill-network`."""


def flows(drill: Drill) -> Sequence[Which]:
    """For which flows a drill is played."""
    if not WANTED:
        return [drill.quick] if drill.quick else []
    return drill.flows if WANTED == "all" or WANTED in drill.name else []


PLAYED = [pytest.param(drill, which, id=f"{drill.name} [{which}]") for drill in DRILLS for which in flows(drill)]


@pytest.mark.parametrize(("drill", "which"), PLAYED)
def test_a_run_in_trouble_says_so_and_the_next_one_makes_it_good(
    drill: Drill, which: Which, stage: Stage, tell: Callable[[Report], None]
) -> None:
    with stage.set_for(drill, which) as scene:
        tell(play(drill, scene, last=("primary", "backup") if WANTED else (which,)))
