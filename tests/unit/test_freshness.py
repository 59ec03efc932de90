from datetime import UTC, datetime, timedelta

import pytest

from flows.freshness import Standing, standings
from systems.backoffice_answers import Freshness

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BOTH = {"primary-zoho-sync", "backup-portal-sync"}


def judged(**hours: float) -> dict[str, Standing]:
    names = {"primary": "primary-zoho-sync", "backup": "backup-portal-sync"}
    completed = {names[which]: NOW - timedelta(hours=age) for which, age in hours.items()}
    return {standing.flow: standing for standing in standings(Freshness(now=NOW, completed=completed))}


@pytest.mark.parametrize(
    ("primary", "backup", "stale"),
    [
        (2, 26, set()),
        (2.01, 26, {"primary-zoho-sync"}),
        (2, 26.01, {"backup-portal-sync"}),
        (48, 48, BOTH),
    ],
)
def test_the_primary_has_two_hours_and_the_backup_twenty_six(primary: float, backup: float, stale: set[str]) -> None:
    standing = judged(primary=primary, backup=backup)
    assert {name for name in BOTH if not standing[name].fresh} == stale


def test_what_never_completed_is_stale() -> None:
    standing = judged(primary=1)["backup-portal-sync"]
    assert not standing.fresh
    assert standing.complaint == "backup-portal-sync has never completed"
    assert standing.as_json() == {
        "fresh": False,
        "completed_at": None,
        "age_seconds": None,
        "limit_seconds": 26 * 3600,
    }


def test_a_complaint_says_how_long_and_how_long_it_may_be() -> None:
    standing = judged(primary=27.5, backup=1)
    assert standing["primary-zoho-sync"].complaint == "primary-zoho-sync has not completed for 27.5 h (limit 2 h)"
    assert standing["backup-portal-sync"].complaint == ""


def test_times_are_told_in_utc_and_ages_in_whole_seconds() -> None:
    told = judged(primary=0.5, backup=1)["primary-zoho-sync"].as_json()
    assert told == {
        "fresh": True,
        "completed_at": "2026-11-24T11:30:00+00:00",
        "age_seconds": 1800,
        "limit_seconds": 7200,
    }
