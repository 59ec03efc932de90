"""Stacked bars, one a day."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low

from report.calendar import day_text, short
from report.drawing import WIDTH, Box, Drawing, Key, Label, Stroke, Table

HEIGHT, LEFT, TOP, BOTTOM = 132.0, 36.0, 16.0, 16.0
PLOT = HEIGHT - TOP - BOTTOM
FAR = 8
"""A day is cut off whose total is so many times the median: a first import would leave nothing of all other days."""
APART = 42.0
"""Units between two numbers, so that they do not overlap."""
MONDAY = 0


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one colour of the bars stands for: its CSS class and its name."""

    kind: str
    name: str


@dataclass(frozen=True)
class Bars:
    """The drawing, the legend with the totals, and the numbers."""

    drawing: Drawing
    keys: tuple[Key, ...]
    table: Table


def bars(title: str, days: Sequence[date], parts: Sequence[Part], values: Mapping[date, Sequence[int]]) -> Bars:
    """Draws what each day had of each part; a day without values had none.

    Args:
        title: what is counted, as a chart's name.
        days: from left to right.
        parts: from the bottom up.
        values: for a day one number a part, none below 0.
    """
    none = (0,) * len(parts)
    stacks = [tuple(values.get(day, none)) for day in days]
    totals = [sum(stack) for stack in stacks]
    top = _top(totals)
    columns = [_Column(n, len(days), day, stack) for n, (day, stack) in enumerate(zip(days, stacks, strict=True))]
    drawing = Drawing(
        height=HEIGHT,
        label=f"{title}: {sum(totals):,} in {len(days)} days; the table has the numbers",
        boxes=(*_lines(top), *(box for column in columns for box in column.boxes(parts, top))),
        strokes=tuple(column.tear() for column in columns if column.total > top),
        labels=(*_scale(top), *_dates(columns), *_cut(columns, top)),
    )
    keys = [
        Key(kind=part.kind, name=part.name, total=f"{sum(stack[n] for stack in stacks):,}")
        for n, part in enumerate(parts)
    ]
    return Bars(drawing, tuple(keys), _table(days, parts, stacks))


@dataclass(frozen=True)
class _Column:
    """A day's place in the chart, and its numbers."""

    number: int
    of: int
    day: date
    stack: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.stack)

    @property
    def pitch(self) -> float:
        return (WIDTH - LEFT) / self.of

    @property
    def x(self) -> float:
        return LEFT + self.number * self.pitch

    @property
    def middle(self) -> float:
        return round(self.x + self.pitch / 2, 2)

    def boxes(self, parts: Sequence[Part], top: int) -> Iterator[Box]:
        """The bar from the bottom up, and an invisible box over the whole column that tells its numbers."""
        scale = PLOT / max(top, self.total)
        y = HEIGHT - BOTTOM
        for part, value in zip(parts, self.stack, strict=True):
            height = value * scale
            y -= height
            if value:
                yield Box(
                    x=round(self.x + 1, 2),
                    y=round(y, 2),
                    width=round(self.pitch - 2, 2),
                    height=round(height, 2),
                    kind=part.kind,
                )
        yield Box(
            x=round(self.x, 2), y=TOP, width=round(self.pitch, 2), height=PLOT, kind="pointed", title=self._title(parts)
        )

    def tear(self) -> Stroke:
        """Two lines across a bar that is cut off."""
        x, width = round(self.x, 2), round(self.pitch, 2)
        return Stroke(path=f"M{x} {TOP + 9}l{width}-4M{x} {TOP + 13}l{width}-4", kind="tear")

    def _title(self, parts: Sequence[Part]) -> str:
        told = ", ".join(f"{value:,} {part.name}" for part, value in zip(parts, self.stack, strict=True))
        return f"{day_text(self.day)}: {told}"


def _top(totals: Sequence[int]) -> int:
    """The end of the scale, a round number."""
    some = [total for total in totals if total]
    if not some:
        return 1
    return _round_up(max(total for total in some if total <= FAR * median_low(some)))


def _round_up(number: int) -> int:
    """The smallest of 1, 2, 4, 5, 10, 20, 40, 50, 100, … that is not less."""
    power: int = 10 ** int(math.log10(number))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= number)


def _lines(top: int) -> Iterator[Box]:
    for _, y in _ticks(top):
        yield Box(x=LEFT, y=y, width=WIDTH - LEFT, height=0.8, kind="grid")


def _ticks(top: int) -> Iterator[tuple[int, float]]:
    """The numbers at the scale and their heights."""
    for number in sorted({0, top // 2 if top % 2 == 0 else 0, top}):
        yield number, round(HEIGHT - BOTTOM - number * PLOT / top, 2)


def _scale(top: int) -> Iterator[Label]:
    for number, y in _ticks(top):
        yield Label(x=LEFT - 4, y=y + 3, text=_compact(number), anchor="end")


def _dates(columns: Sequence[_Column]) -> Iterator[Label]:
    for column in columns:
        if column.day.weekday() == MONDAY:
            near = column.middle > WIDTH - 20
            x = WIDTH if near else column.middle
            yield Label(x=x, y=HEIGHT - 4, text=short(column.day), anchor="end" if near else "middle")


def _cut(columns: Sequence[_Column], top: int) -> Iterator[Label]:
    """The totals of the bars that are cut off, as far as there is room."""
    free = 0.0
    for column in columns:
        if column.total > top and column.x >= free:
            near = column.middle > WIDTH - APART / 2
            yield Label(
                x=WIDTH if near else column.middle,
                y=TOP - 4,
                text=f"{column.total:,}",
                anchor="end" if near else "middle",
            )
            free = column.x + APART


def _compact(number: int) -> str:
    """`900`, `20k`, `1.5M`."""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.4g}{unit}"
    return str(number)


def _table(days: Sequence[date], parts: Sequence[Part], stacks: Sequence[Sequence[int]]) -> Table:
    """The days that had any, the newest first."""
    rows = [
        (day_text(day), *(f"{value:,}" for value in stack))
        for day, stack in zip(reversed(days), reversed(stacks), strict=True)
        if any(stack)
    ]
    return Table(head=("day", *(part.name for part in parts)), rows=tuple(rows))
