from pathlib import Path

import pytest

from systems.backoffice_answers import Tidied
from systems.retention import days_kept, told, until_tidy
from systems.settings import Tunables

NOTHING = {"journal": 0, "contents": 0, "snapshots": 0, "bases": 0, "conflicts": 0}


def test_steps_are_made_until_nothing_is_left_and_added_up() -> None:
    steps = [
        Tidied(**{**NOTHING, "journal": 5000, "contents": 3}, more=True),
        Tidied(**{**NOTHING, "journal": 5000}, more=True),
        Tidied(**{**NOTHING, "journal": 1, "bases": 2}, more=False),
    ]
    done = until_tidy(lambda: steps.pop(0))
    assert steps == []
    assert done.counts() == {**NOTHING, "journal": 10_001, "contents": 3, "bases": 2}
    assert told(done) == "journal 10001, contents 3, bases 2"


def test_a_round_that_finds_nothing_says_so() -> None:
    assert told(Tidied(**NOTHING, more=False)) == "nothing"


def test_days_come_from_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CONTENTS", "SNAPSHOTS", "CONFLICTS"):
        monkeypatch.delenv(f"LEADSYNC_KEEP_{name}_DAYS", raising=False)
    monkeypatch.setenv("LEADSYNC_KEEP_JOURNAL_DAYS", "0")
    assert days_kept(Tunables()) == {"journal": 0, "contents": 180, "snapshots": 400, "conflicts": 400}
