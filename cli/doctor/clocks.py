"""This machine's clock against those of the systems."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Unseen, Verdict, fine, warning
from cli.doctor.timed import Timed
from systems.errors import LeadsyncError

TOLERANCE = timedelta(seconds=30)
FEW = 120
"""Seconds that are told as such."""

NTP = "Let this machine's clock be set by NTP (`timedatectl set-ntp true`)."


def clock(case: Case) -> Iterator[Verdict]:
    """Whether it agrees with the others."""
    offsets = dict(_offsets(case))
    if not offsets:
        raise Unseen("no system has told its time")
    off = {name: offset for name, offset in offsets.items() if abs(offset) > TOLERANCE}
    if not off:
        yield fine(f"this machine's clock agrees with that of {' and '.join(offsets)}")
    elif len(off) > 1 and max(off.values()) - min(off.values()) < TOLERANCE:
        yield warning(f"this machine's clock is {_told(-max(off.values()))} that of {' and '.join(off)}", NTP)
    else:
        for name, offset in off.items():
            yield warning(f"the clock of {name} is {_told(offset)} this machine's", f"{NTP} If it is right, wait.")


def _offsets(case: Case) -> Iterator[tuple[str, timedelta]]:
    """Per system that tells its time, how far it is ahead of ours; why one does not answer, its own checks say."""
    with suppress(Unseen, LeadsyncError):
        installed = case.installed()
        if installed is not None:
            yield "the backoffice", offset(datetime.fromisoformat(installed.answer["now"]), installed)
    with suppress(Unseen, LeadsyncError):
        page = case.zoho.leads()
        if page.answer.date is not None:
            yield "Zoho", offset(page.answer.date, page)


def offset(told: datetime, answer: Timed[object]) -> timedelta:
    """How far a clock that was told in an answer is ahead of ours; nothing, if it lies between question and answer."""
    if told < answer.before:
        return told - answer.before
    return max(told - answer.after, timedelta())


def _told(offset: timedelta) -> str:
    seconds = abs(round(offset.total_seconds()))
    size = f"{seconds} s" if seconds < FEW else f"{seconds // 60} min"
    return f"{size} {'ahead of' if offset > timedelta() else 'behind'}"


CHECKS = (Check("clock", "Clock", clock),)
