"""What of all that a person should look at now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from flows.freshness import standings
from report.calendar import moment_text, span_text
from report.picture import Picture
from report.queues import KINDS
from systems.report_answers import Report

LATELY = timedelta(days=1)

Level = Literal["bad", "look"]


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """Something that is not well; `bad` means that the backoffice falls behind. `command` is where to go on."""

    level: Level
    text: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The page's first words: `level` is `bad`, `look`, `new` or `well`."""

    level: str
    title: str
    complaints: tuple[Complaint, ...]


def verdict(picture: Picture) -> Verdict:
    """Judges a picture."""
    report = picture.report
    if report is None:
        silent = Complaint(level="bad", text=picture.problem, command="leadsync doctor")
        return Verdict(level="bad", title="The backoffice does not say how things stand", complaints=(silent,))
    if report.began is None:
        return Verdict(level="new", title="Nothing has run yet", complaints=())
    complaints = (*_stale(report), *_failed(report), *_waiting(report))
    if any(complaint.level == "bad" for complaint in complaints):
        return Verdict(level="bad", title="The backoffice falls behind", complaints=complaints)
    if complaints:
        return Verdict(level="look", title="Fresh, and something needs a look", complaints=complaints)
    return Verdict(level="well", title="All is well", complaints=())


def _stale(report: Report) -> Iterator[Complaint]:
    for standing in standings(report):
        if not standing.fresh:
            yield Complaint(level="bad", text=f"{standing.complaint}.", command="leadsync doctor")


def _failed(report: Report) -> Iterator[Complaint]:
    lately = [failure for failure in report.failures if report.now - failure.started_at < LATELY]
    if lately:
        last = lately[0]
        text = f"{last.flow} {last.status} on {moment_text(last.started_at)}; the reason is further down."
        yield Complaint(level="look", text=text, command="leadsync doctor")


def _waiting(report: Report) -> Iterator[Complaint]:
    for kind in KINDS:
        queue = kind.of(report.waiting)
        if queue.oldest is not None and report.now - queue.oldest > LATELY:
            age = span_text(report.now - queue.oldest)
            text = f"{kind.name}: {queue.count:,} wait, the oldest for {age}."
            yield Complaint(level="look", text=text, command=kind.command)
