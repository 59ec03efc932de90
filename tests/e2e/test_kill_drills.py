"""Each part of a whole installation is killed once with -9; its host starts it again, and the next run needs no hand.

`make drill` does it at random instants and as often as wanted.
"""

from collections.abc import Iterator

import pytest

from tests.drills.__main__ import settled
from tests.drills.drill import Drills
from tests.drills.installation import installation
from tests.drills.plan import FLOW, SERVER, WORKER, Plan
from tests.drills.runs import BACKUP, PRIMARY

SEED = 1

pytestmark = pytest.mark.e2e


APIS = ("PostgREST", "network to the backoffice", "network to Zoho", "network to the portal")


@pytest.fixture(scope="module")
def drills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drills]:
    with installation(tmp_path_factory.mktemp("drills")) as there:
        yield Drills(there, settled(there, SEED, leads=100, rows=40))


def plan(target: str, deployment: str, step: str, *also: str) -> Plan:
    return Plan(target, deployment, step, after=0.1, down=0.5, hold=2.5, also=also)


def test_what_is_killed_while_a_run_writes_is_on_record_and_the_next_runs_need_no_hand(drills: Drills) -> None:
    killed, cut = drills.hold_series(
        [
            plan(FLOW, PRIMARY, "after apply's commit"),
            plan("PostgreSQL", BACKUP, "in apply, before its commit", *APIS),
        ]
    )
    assert killed.violations + cut.violations == []
    assert (killed.state, killed.before, killed.attempt) == ("CRASHED", "running", "crashed")
    assert cut.before == "running"
    assert cut.tries == []


def test_a_server_and_a_worker_that_are_killed_together_come_back_to_work(drills: Drills) -> None:
    seen = drills.hold(plan(WORKER, PRIMARY, "between fetch and match", SERVER))
    assert seen.violations == []
    assert seen.state in ("COMPLETED", "CRASHED")
