from collections import Counter

import pytest

from tests.simulation.command import try_seed
from tests.simulation.simulation import Stage
from tests.simulation.tally import missing

HISTORIES = 180


def test_histories_break_no_invariant_and_everything_happens(played: Stage) -> None:
    tally: Counter[str] = Counter()
    for seed in range(HISTORIES):
        if failed := try_seed(played, seed):
            pytest.fail(failed.text, pytrace=False)
        tally += played.world.tally
    assert missing(tally, HISTORIES) == []


def test_a_seed_plays_the_same_history_twice(played: Stage) -> None:
    told = []
    for _ in range(2):
        played.play(3)
        told.append((played.world.tally, sorted(played.world.ledger.rows)))
    assert told[0] == told[1]
