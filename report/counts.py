"""How many leads each of the three systems has, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flows.request import NAMES
from flows.waiting import age
from leads.sources import Source
from report.picture import Counted, Picture
from systems.report_answers import KnownRecords

TITLES = {Source.ZOHO: "Zoho CRM", Source.PORTAL: "Sales portal"}
NOTHING = "–"
UNKNOWN = "?"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A system's numbers as texts.

    Attributes:
        name: of the system.
        leads: that it has now.
        known: records of it that leadsync knows, without those that were deleted there.
        read: how long ago it was last read to its end.
        note: why a number is missing; empty if none is.
    """

    name: str
    leads: str
    known: str
    read: str
    note: str = ""


def counts(picture: Picture) -> tuple[Row, ...]:
    """The backoffice first, then the sources."""
    return (_backoffice(picture), *_sources(picture))


def _backoffice(picture: Picture) -> Row:
    leads = UNKNOWN if picture.report is None else f"{picture.report.leads:,}"
    return Row(name="Backoffice", leads=leads, known=NOTHING, read=NOTHING, note=picture.problem)


def _sources(picture: Picture) -> Iterator[Row]:
    for source, name in TITLES.items():
        counted = picture.counted.get(source)
        yield Row(
            name=name,
            leads=UNKNOWN if counted is None or counted.leads is None else f"{counted.leads:,}",
            known=_known(picture, source),
            read=_read(picture, source),
            note=_note(counted, picture.at),
        )


def _known(picture: Picture, source: Source) -> str:
    if picture.report is None:
        return UNKNOWN
    known = picture.report.known.get(source.value, KnownRecords())
    return f"{known.records - known.gone:,}"


def _read(picture: Picture, source: Source) -> str:
    if picture.report is None:
        return UNKNOWN
    ended = picture.report.completed.get(NAMES[source])
    return "never" if ended is None else f"{age(ended, picture.report.now)} ago"


def _note(counted: Counted | None, now: datetime) -> str:
    if counted is None:
        return "Not asked."
    if counted.problem:
        return counted.problem
    minutes = int((now - counted.at).total_seconds() // 60)
    return f"Counted {minutes} min ago." if minutes > 0 else ""
