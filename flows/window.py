"""From when to when a run reads, and where it may move the watermark."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from flows.request import Request

CLOCK_TOLERANCE = timedelta(minutes=5)
"""A source's clock that is further off ours is worth a person's look."""


WindowJson = TypedDict("WindowJson", {"from": str | None, "to": str | None})
"""A window as `leadsync_close` and `--json` say it."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """The stretch of a source's changes that one run reads.

    Attributes:
        start: only changes from here on; None: everything.
        end: everything up to here has been read; None while that is not so.
        watermark: the stored one when the run began.
        movable: whether reading to the end may move the watermark.
    """

    start: datetime | None = None
    end: datetime | None = None
    watermark: datetime | None = None
    movable: bool = False

    @classmethod
    def of(cls, request: Request, *, watermark: datetime | None, overlap: timedelta) -> "Window":
        """The window of a run; a first run reads everything.

        The watermark may move only over ground that has been read: from it or from before it, without a gap, to the
        end, and with everything written.
        """
        start = _start(request, watermark, overlap)
        gapless = start is None or (watermark is not None and start <= watermark)
        movable = gapless and not request.dry_run and not request.maximum
        return cls(start=start, watermark=watermark, movable=movable)

    def read_until(self, end: datetime) -> "Window":
        """The window after its source was read to its end, which was then."""
        return replace(self, end=end)

    @property
    def new_watermark(self) -> datetime | None:
        """Where the watermark goes; None: it stays."""
        return self.end if self.movable else None

    def as_json(self) -> WindowJson:
        """Both ends in ISO 8601, None where open."""
        return {"from": iso(self.start), "to": iso(self.end)}

    def __str__(self) -> str:
        return f"{_short(self.start, 'the beginning')} to {_short(self.end, 'now')}"


def _start(request: Request, watermark: datetime | None, overlap: timedelta) -> datetime | None:
    if request.since is not None:
        return request.since
    if request.mode == "full" or watermark is None:
        return None
    return watermark - overlap


def source_end(*, answered: datetime | None, started: datetime, now: datetime) -> datetime:
    """Up to when a source's first answer is surely complete: its own clock then, never later than ours.

    In whole seconds, as sources stamp their changes: the second that was going on then is not over.

    Args:
        answered: the source's clock when it gave the first answer; None if it does not say.
        started: the backoffice's clock when the attempt began, the careful choice then.
        now: our own clock after that answer.
    """
    return min(answered or started, now).replace(microsecond=0)


def clock_is_off(answered: datetime | None, before: datetime, after: datetime) -> bool:
    """Whether a source's clock is more than five minutes off ours, which stood so before and after its answer."""
    return answered is not None and not before - CLOCK_TOLERANCE <= answered <= after + CLOCK_TOLERANCE


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with an offset, None for none."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _short(moment: datetime | None, otherwise: str) -> str:
    return otherwise if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")
