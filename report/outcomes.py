"""How runs end, in the order in which a person wants to know of it, and how that looks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from report.drawing import Box, Stroke

WORST_FIRST = ("failed", "crashed", "findings", "running", "completed", "skipped")
MISSED = "missed"
"""What an hour or a day is in which a flow should have run and did not."""

NO_RUN = "no run"
SIDE = 8.6
"""Of a cell, the square that stands for the runs of an hour or a day."""


def kind(statuses: Iterable[str]) -> str:
    """What a cell looks like that holds runs of these statuses: the first of them by WORST_FIRST."""
    present = set(statuses)
    return next((status for status in WORST_FIRST if status in present), "other")


def told(runs: Mapping[str, int]) -> str:
    """`3 completed, 1 failed`."""
    return ", ".join(f"{number} {status}" for status, number in ordered(runs))


def ordered(runs: Mapping[str, int]) -> list[tuple[str, int]]:
    """Statuses and their numbers, the most usual outcomes first, strange ones last."""
    usual = ("completed", "findings", "skipped", "failed", "crashed", "running")
    places = {status: place for place, status in enumerate(usual)}
    return sorted(Counter(runs).items(), key=lambda item: (places.get(item[0], len(usual)), item[0]))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell and the sign in it, by which its kind can be told without colours."""

    box: Box
    sign: Stroke | None


def cell(x: float, y: float, status: str, title: str) -> Cell:
    """The cell whose upper left corner is there."""
    box = Box(x=round(x, 2), y=round(y, 2), width=SIDE, height=SIDE, kind=f"cell {status}", title=title)
    path = _sign(status, round(x + SIDE / 2, 2), round(y + SIDE / 2, 2))
    return Cell(box=box, sign=Stroke(path=path, kind=f"sign {status}") if path else None)


def _sign(status: str, x: float, y: float) -> str:
    """Around its middle: a cross for failed, a bar for crashed, a dot for findings, a triangle for running."""
    return {
        "failed": f"M{x - 2} {y - 2}l4 4m0-4l-4 4",
        "crashed": f"M{x - 2.4} {y}h4.8",
        "findings": f"M{x} {y}h0",
        "running": f"M{x - 1} {y - 1.6}l2.2 1.6l-2.2 1.6z",
    }.get(status, "")
