"""When the month is: in the past, around the night in which Malta's clocks are set back."""

from datetime import UTC, datetime, timedelta

SPARE = timedelta(days=1)


def set_back(year: int) -> datetime:
    """When the clocks of a year are set back: the last Sunday of October, 01:00 UTC."""
    last = datetime(year, 10, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def change_within(days: int, now: datetime) -> datetime:
    """The last such night in the middle of so many days that have all passed."""
    half = timedelta(days=days) / 2
    years = (now.year, now.year - 1)
    return next(moment for moment in map(set_back, years) if moment + half + SPARE < now)
