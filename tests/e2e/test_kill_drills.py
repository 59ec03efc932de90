"""Each part of a whole installation is killed once with -9; its host starts it again, and the next run needs no hand.

`make drill` does it at random instants and as often as wanted.
"""

import random
from collections.abc import Iterator

import pytest

from tests.drills.__main__ import settled
from tests.drills.drill import Drills
from tests.drills.installation import installation
from tests.drills.plan import FLOW, SERVER, WORKER, Plan, Report
from tests.drills.runs import BACKUP, PRIMARY

SEED = 1

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def drills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drills]:
    with installation(tmp_path_factory.mktemp("drills")) as there:
        yield Drills(there, settled(there, SEED))


def held(drills: Drills, target: str, deployment: str, step: str, also: tuple[str, ...] = ()) -> Report:
    drills.people.dice = random.Random(SEED)  # noqa: S311 - no secret
    return drills.hold(Plan(target, deployment, step, after=0.1, down=0.5, hold=2.5, also=also))


def test_a_run_that_is_killed_after_a_commit_is_on_record_as_crashed_and_the_next_one_needs_no_hand(
    drills: Drills,
) -> None:
    seen = held(drills, FLOW, PRIMARY, "after apply's commit")
    assert seen.violations == []
    assert (seen.state, seen.before, seen.attempt, seen.tries) == ("CRASHED", "running", "crashed", [])


def test_databases_and_apis_that_are_killed_while_a_run_writes_leave_nothing_half_done(drills: Drills) -> None:
    apis = ("PostgREST", "network to the backoffice", "network to Zoho", "network to the portal")
    seen = held(drills, "PostgreSQL", BACKUP, "in apply, before its commit", also=apis)
    assert seen.violations == []
    assert seen.before == "running"
    assert seen.tries == []


def test_a_server_and_a_worker_that_are_killed_together_come_back_to_work(drills: Drills) -> None:
    seen = held(drills, WORKER, PRIMARY, "between fetch and match", also=(SERVER,))
    assert seen.violations == []
    assert seen.state in ("COMPLETED", "CRASHED")
