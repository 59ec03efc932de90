import pytest

from tests.simulation.mutants import MUTANTS, Mutant, mutated
from tests.simulation.simulation import Stage
from tests.simulation.violation import Violation

MOST_HISTORIES = 150


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_histories_notice_a_bug_that_others_have(played: Stage, mutant: Mutant) -> None:
    with mutated(mutant, played.database):
        for seed in range(MOST_HISTORIES):
            try:
                played.play(seed)
            except Violation:
                return
    pytest.fail(f"{MOST_HISTORIES} histories did not notice it")
