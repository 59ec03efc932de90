"""Runs on the time line: each hour and day has its square, and one without a run shows."""

from datetime import UTC, datetime, timedelta

import pytest

from report.calendar import DAYS, days, hour_of
from report.drawing import Box
from report.timeline import HOURS, timeline
from systems.report_answers import Report, Runs
from tests.unit.report.pictures import BACKUP, NOW, PRIMARY, told


def cells(report: Report) -> dict[str, Box]:
    """The squares by what a pointer is told of them."""
    drawn = timeline(report, days(report.since, report.now)).drawing
    return {box.title: box for box in drawn.boxes if box.title}


def hour(at: str, status: str, runs: int = 1, flow: str = PRIMARY) -> Runs:
    return Runs(flow=flow, hour=datetime.fromisoformat(at), status=status, runs=runs)


def test_a_run_is_in_the_hour_of_malta_in_which_it_began() -> None:
    found = cells(told(runs=[hour("2026-11-23T23:00:00Z", "completed")]))
    assert found["Tue 24 Nov, 00:00: 1 completed"].kind == "cell completed"


@pytest.mark.parametrize(
    ("statuses", "shown"),
    [
        (["completed", "findings"], "findings"),
        (["completed", "failed", "findings"], "failed"),
        (["completed", "crashed"], "crashed"),
        (["running", "completed"], "running"),
        (["skipped", "completed"], "completed"),
        (["unheard of"], "other"),
    ],
)
def test_of_several_runs_the_worst_is_shown(statuses: list[str], shown: str) -> None:
    found = cells(told(runs=[hour("2026-11-20T09:00:00Z", status) for status in statuses]))
    (told_of,) = [box for title, box in found.items() if title.startswith("Fri 20 Nov, 10:00")]
    assert told_of.kind == f"cell {shown}"


def test_an_hour_without_a_run_shows_once_it_is_over_and_only_after_the_first_run_of_all() -> None:
    began = NOW - timedelta(hours=5)
    missed = [title for title in cells(told(began=began)) if title.endswith("no run")]
    assert missed == [f"Tue 24 Nov, {hour:02}:00: no run" for hour in (8, 9, 10, 11)]


def test_a_day_without_a_backup_shows_once_it_is_over() -> None:
    began = NOW - timedelta(days=3, hours=1)
    found = [title for title in cells(told(began=began)) if title.endswith("no run") and "," not in title]
    assert found == ["Sun 22 Nov: no run", "Mon 23 Nov: no run"]


def test_other_flows_have_a_line_where_they_ran_and_miss_nothing() -> None:
    report = told(runs=[hour("2026-11-22T03:00:00Z", "findings", flow="reconcile-zoho")])
    drawn = timeline(report, days(report.since, report.now)).drawing
    assert "reconcile-zoho, each day" in [label.text for label in drawn.labels]
    assert "Sun 22 Nov: 1 findings" in cells(report)


def test_a_day_of_25_hours_has_24_squares_and_one_of_23_hours_23() -> None:
    long, short = datetime(2026, 10, 25).date(), datetime(2026, 3, 29).date()  # noqa: DTZ001
    hours = {day: [hour for hour in range(HOURS) if hour_of(day, hour) is None] for day in (long, short)}
    assert hours == {long: [], short: [2]}
    both = [hour("2026-10-25T00:00:00Z", "completed"), hour("2026-10-25T01:00:00Z", "failed")]
    found = cells(told(datetime(2026, 11, 1, 12, tzinfo=UTC), runs=both))
    assert "Sun 25 Oct, 02:00: 1 completed, 1 failed" in found


def test_a_month_of_runs_fills_the_chart() -> None:
    runs = [
        Runs(flow=PRIMARY, hour=NOW.replace(minute=0) - timedelta(hours=n), status="completed", runs=1)
        for n in range(DAYS * HOURS)
    ]
    report = told(runs=runs, completed={PRIMARY: NOW, BACKUP: NOW})
    grid = [box for title, box in cells(report).items() if title.endswith("1 completed")]
    since_midnight = 13
    assert len(grid) == (DAYS - 1) * HOURS + since_midnight
