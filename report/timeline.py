"""The runs of the last days on a time line: the hourly flow hour by hour, every other day by day."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flows.request import NAMES
from leads.sources import Source
from report.calendar import day_text, hour_of, local, short
from report.drawing import WIDTH, Box, Drawing, Label, Table
from report.outcomes import MISSED, NO_RUN, SIDE, Cell, cell, kind, ordered, told
from systems.report_answers import Report, Runs

HOURLY, DAILY = NAMES[Source.ZOHO], NAMES[Source.PORTAL]
HOURS = 24
LEFT, TOP = 26.0, 16.0
PITCH = SIDE + 1.5
STRIP = PITCH + 15
MONDAY = 0

Slots = dict[tuple[date, int], Counter[str]]


@dataclass(frozen=True)
class Sign:
    """An entry of the legend: how a cell looks, what it means, and how many runs ended so."""

    cell: Cell
    name: str
    total: str


@dataclass(frozen=True)
class Timeline:
    """The drawing, its legend, and the numbers."""

    drawing: Drawing
    signs: tuple[Sign, ...]
    table: Table


def timeline(report: Report, days: Sequence[date]) -> Timeline:
    """Draws the runs of all flows."""
    flows = _by_flow(report.runs)
    rest = sorted(flows.keys() - {HOURLY, DAILY})
    return Timeline(_drawn(report, days, flows, [DAILY, *rest]), tuple(_signs(report)), _table(report, days))


def _by_flow(runs: Sequence[Runs]) -> dict[str, Slots]:
    flows: dict[str, Slots] = defaultdict(lambda: defaultdict(Counter))
    for run in runs:
        start = local(run.hour)
        flows[run.flow][start.date(), start.hour][run.status] += run.runs
    return flows


def _drawn(report: Report, days: Sequence[date], flows: dict[str, Slots], strips: list[str]) -> Drawing:
    cells = list(_grid(report, days, flows.get(HOURLY, {})))
    labels = [Label(x=0, y=10, text=f"{HOURLY}, each hour")]
    labels += [
        Label(x=LEFT - 4, y=TOP + hour * PITCH + 7.5, text=f"{hour:02}", anchor="end") for hour in range(0, HOURS, 6)
    ]
    bottom = TOP + HOURS * PITCH
    for flow in strips:
        labels.append(Label(x=0, y=bottom + 11, text=f"{flow}, each day"))
        cells += _strip(report, days, flow, flows.get(flow, {}), bottom + 15)
        bottom += STRIP
    labels += _axis(days, bottom + 11)
    return Drawing(
        height=round(bottom + 14, 1),
        label=f"Runs of the last {len(days)} days by outcome, a square for each hour or day; the table has the numbers",
        boxes=(_today(days, bottom), *(one.box for one in cells)),
        strokes=tuple(one.sign for one in cells if one.sign is not None),
        labels=tuple(labels),
    )


def _grid(report: Report, days: Sequence[date], slots: Slots) -> Iterator[Cell]:
    for column, day in enumerate(days):
        for hour in range(HOURS):
            start = hour_of(day, hour)
            if start is None:
                continue
            runs = slots.get((day, hour))
            title = f"{day_text(day)}, {hour:02}:00"
            x, y = LEFT + column * PITCH, TOP + hour * PITCH
            yield from _cell(x, y, runs, title, missed=_missed(report, start, timedelta(hours=1)))


def _strip(report: Report, days: Sequence[date], flow: str, slots: Slots, y: float) -> Iterator[Cell]:
    for column, day in enumerate(days):
        runs: Counter[str] = sum((one for (on, _), one in slots.items() if on == day), Counter())
        start = hour_of(day, 0)
        missed = flow == DAILY and start is not None and _missed(report, start, timedelta(days=1))
        yield from _cell(LEFT + column * PITCH, y, runs, day_text(day), missed=missed)


def _cell(x: float, y: float, runs: Counter[str] | None, title: str, *, missed: bool) -> Iterator[Cell]:
    if runs:
        yield cell(x, y, kind(runs), f"{title}: {told(runs)}")
    elif missed:
        yield cell(x, y, MISSED, f"{title}: {NO_RUN}")


def _missed(report: Report, start: datetime, length: timedelta) -> bool:
    """Whether a stretch of time is over that lies wholly after the first run of all."""
    return report.began is not None and report.began <= start and start + length <= report.now


def _today(days: Sequence[date], bottom: float) -> Box:
    x = LEFT + (len(days) - 1) * PITCH - 1
    return Box(x=round(x, 2), y=TOP - 3, width=SIDE + 2, height=round(bottom - TOP + 4, 2), kind="today")


def _axis(days: Sequence[date], y: float) -> Iterator[Label]:
    for column, day in enumerate(days):
        if day.weekday() == MONDAY:
            x = LEFT + column * PITCH + SIDE / 2
            near = x > WIDTH - 20
            yield Label(
                x=WIDTH if near else round(x, 1), y=round(y, 1), text=short(day), anchor="end" if near else "middle"
            )


def _signs(report: Report) -> Iterator[Sign]:
    totals: Counter[str] = Counter()
    for run in report.runs:
        totals[run.status] += run.runs
    for status, number in ordered(totals):
        yield Sign(_sample(kind([status])), status, f"{number:,}")
    yield Sign(_sample(MISSED), NO_RUN, "")


def _sample(looks: str) -> Cell:
    return cell(0.7, 0.7, looks, "")


def _table(report: Report, days: Sequence[date]) -> Table:
    """One row a day and flow, the newest first."""
    counts: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    for run in report.runs:
        counts[local(run.hour).date(), run.flow][run.status] += run.runs
    rows = sorted(counts.items(), key=lambda item: (-item[0][0].toordinal(), item[0][1]))
    return Table(
        head=("day", "flow", "runs"),
        rows=tuple((day_text(day), flow, told(runs)) for (day, flow), runs in rows if day in days),
    )
