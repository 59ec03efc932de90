"""What a chart is made of: shapes with places, which the template turns into SVG. Lengths are SVG units; y is down."""

from dataclasses import dataclass

WIDTH = 340.0
"""Of every chart: that of a phone's column, so that its texts have their natural size there."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle; `kind` is its CSS class, `title` what a pointer is told (empty: nothing)."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """A path, drawn over the boxes."""

    path: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Label:
    """A text, with its baseline at y; `anchor` is SVG's text-anchor."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart: its size, what it shows in one sentence, and its parts from back to front."""

    height: float
    label: str
    boxes: tuple[Box, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    labels: tuple[Label, ...] = ()
    width: float = WIDTH


@dataclass(frozen=True, kw_only=True)
class Table:
    """The numbers of a chart in words, for whoever cannot see it or wants to know exactly."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Key:
    """An entry of a chart's legend: its CSS class, its name, and its total."""

    kind: str
    name: str
    total: str
