"""Stacked bars: heights are to scale, and one day of thousands leaves the others readable."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.bars import PLOT, Bars, Part, bars
from report.drawing import Box

PARTS = (Part(kind="low", name="low ones"), Part(kind="high", name="high ones"))
FIRST = date(2026, 11, 1)


def drawn(*stacks: tuple[int, int]) -> Bars:
    days = [FIRST + timedelta(days=n) for n in range(len(stacks))]
    return bars("Things", days, PARTS, dict(zip(days, stacks, strict=True)))


def of(made: Bars, kind: str) -> list[Box]:
    return [box for box in made.drawing.boxes if box.kind == kind]


def scale(made: Bars) -> list[str]:
    return [label.text for label in made.drawing.labels if label.anchor == "end" and label.x < 36]


def test_heights_are_to_scale_and_parts_stand_on_each_other() -> None:
    made = drawn((5, 15), (10, 0))
    assert [box.height for box in of(made, "low")] == [pytest.approx(PLOT / 4), pytest.approx(PLOT / 2)]
    (high,) = of(made, "high")
    assert high.height == pytest.approx(PLOT * 3 / 4)
    assert high.y + high.height == pytest.approx(of(made, "low")[0].y)


def test_one_day_far_above_all_others_is_cut_and_says_its_number() -> None:
    made = drawn((20_000, 0), (8, 0), (10, 2))
    assert scale(made) == ["0", "10", "20"]
    assert [stroke.kind for stroke in made.drawing.strokes] == ["tear"]
    assert "20,000" in [label.text for label in made.drawing.labels]
    assert max(box.height for box in of(made, "low")) == pytest.approx(PLOT)


def test_without_such_a_day_nothing_is_cut() -> None:
    assert drawn((80, 0), (10, 0), (12, 0)).drawing.strokes == ()


def test_nothing_at_all_is_an_empty_chart() -> None:
    made = drawn((0, 0), (0, 0))
    assert scale(made) == ["0", "1"]
    assert of(made, "low") == of(made, "high") == []
    assert made.table.rows == ()


def test_the_table_has_the_newest_day_first_and_leaves_empty_days_out() -> None:
    assert drawn((1, 2), (0, 0), (1234, 0)).table.rows == (("Tue 3 Nov", "1,234", "0"), ("Sun 1 Nov", "1", "2"))


def test_the_legend_has_the_totals() -> None:
    keys = drawn((1, 2), (1000, 4)).keys
    assert [(key.kind, key.name, key.total) for key in keys] == [
        ("low", "low ones", "1,001"),
        ("high", "high ones", "6"),
    ]


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), min_size=1, max_size=31))
def test_no_bar_leaves_the_plot_and_every_number_is_told(stacks: list[tuple[int, int]]) -> None:
    made = drawn(*stacks)
    for kind in ("low", "high"):
        for box in of(made, kind):
            assert 0 <= box.height <= PLOT + 0.01
            assert box.y >= made.drawing.height - 16 - PLOT - 0.01
    titles = [box.title.partition(": ")[2] for box in of(made, "pointed")]
    assert titles == [f"{low:,} low ones, {high:,} high ones" for low, high in stacks]
