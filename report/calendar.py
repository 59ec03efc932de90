"""Days, hours and moments as the page tells them: in Malta's time, which is the company's."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

NAME = "Europe/Malta"
ZONE = ZoneInfo(NAME)

DAYS = 30
"""How many days the page shows, today included."""


def local(moment: datetime) -> datetime:
    """The moment by the clocks of Malta."""
    return moment.astimezone(ZONE)


def days(since: datetime, now: datetime) -> tuple[date, ...]:
    """All days from the one of `since` to that of `now`, at most 31."""
    first, last = local(since).date(), local(now).date()
    return tuple(first + timedelta(days=n) for n in range(min((last - first).days, DAYS) + 1))


def hour_of(day: date, hour: int) -> datetime | None:
    """When an hour of a day begins; None for the one that the change to summer time leaves out."""
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)
    return moment if moment.astimezone(UTC).astimezone(ZONE).hour == hour else None


def day_text(day: date) -> str:
    """`Tue 24 Nov`."""
    return f"{day:%a} {short(day)}"


def short(day: date) -> str:
    """`24 Nov`."""
    return f"{day.day} {day:%b}"


def moment_text(moment: datetime) -> str:
    """`Tue 24 Nov, 14:03`."""
    told = local(moment)
    return f"{day_text(told.date())}, {told:%H:%M}"


def span_text(span: timedelta) -> str:
    """A length of time in its two largest units that tell: `12 min`, `1 h 5 min`, `3 d 4 h`."""
    minutes = max(0, int(span.total_seconds() // 60))
    sizes = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    for (number, unit), (rest, smaller) in pairwise(sizes):
        if number:
            return f"{number} {unit} {rest} {smaller}" if rest else f"{number} {unit}"
    return f"{minutes} min"
