"""A short month at Zoho, with everything that can go wrong in one (`make month` plays a long one)."""

from pathlib import Path

from sandbox.world import World
from tests.month.checks import check
from tests.month.month import SHORT, month

SEED = 1


def test_after_a_month_of_edits_and_faults_the_backoffice_equals_the_model(clean_world: World, tmp_path: Path) -> None:
    with month(clean_world, tmp_path, seed=SEED, size=SHORT) as made:
        made.play()
        check(made)
