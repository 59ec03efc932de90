"""The server's own time: settable, and told in the zone of the token's user."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Europe/Malta"
_WIRE_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


@dataclass
class Clock:
    """A clock that runs `offset` beside the real one, or stands still at `fixed`."""

    offset: timedelta = timedelta(0)
    fixed: datetime | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(DEFAULT_ZONE))

    def now(self) -> datetime:
        """The time in UTC, with microseconds."""
        return self.fixed or datetime.now(UTC) + self.offset

    def second(self) -> datetime:
        """The time in whole seconds, as records are stamped."""
        return self.now().replace(microsecond=0)

    def http_date(self) -> str:
        """The time as the `Date` header says it."""
        return format_datetime(self.second(), usegmt=True)

    def tell(self, moment: datetime) -> str:
        """A moment as replies show it: user's zone, whole seconds, numeric offset (§2)."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")


def read_wire_time(text: str) -> datetime | None:
    """The instant of `YYYY-MM-DDTHH:MM:SS±HH:MM`, or None if the text has any other form."""
    if not _WIRE_FORM.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
