"""From when to when a run reads, and where it may move the watermark."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.request import Request, instant
from flows.window import Window, clock_is_off, source_end
from systems.errors import Misconfigured

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
OVERLAP = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


def window(watermark: datetime | None, request: Request) -> Window:
    return Window.of(request, watermark=watermark, overlap=OVERLAP).read_until(NOON + MINUTE)


@pytest.mark.parametrize(
    ("request_", "watermark", "start"),
    [
        (Request(), None, None),
        (Request(), NOON, NOON - OVERLAP),
        (Request(mode="full"), NOON, None),
        (Request(since=NOON - 5 * MINUTE), NOON, NOON - 5 * MINUTE),
        (Request(mode="full", since=NOON), NOON, NOON),
    ],
)
def test_a_run_begins_where_it_was_asked_to_or_behind_the_watermark(
    request_: Request, watermark: datetime | None, start: datetime | None
) -> None:
    assert window(watermark, request_).start == start


@pytest.mark.parametrize(
    ("request_", "watermark"),
    [
        (Request(), None),
        (Request(), NOON),
        (Request(mode="full"), NOON),
        (Request(since=NOON), NOON),
        (Request(since=NOON - MINUTE), NOON),
    ],
)
def test_a_run_without_a_gap_moves_the_watermark_to_its_end(request_: Request, watermark: datetime | None) -> None:
    assert window(watermark, request_).new_watermark == NOON + MINUTE


@pytest.mark.parametrize(
    ("request_", "watermark"),
    [
        (Request(since=NOON + MINUTE), NOON),
        (Request(since=NOON), None),
        (Request(maximum=5), NOON),
        (Request(dry_run=True), NOON),
        (Request(mode="full", maximum=5), None),
    ],
)
def test_a_run_that_leaves_something_out_does_not(request_: Request, watermark: datetime | None) -> None:
    assert window(watermark, request_).new_watermark is None


def test_a_run_that_has_not_read_to_the_end_does_not() -> None:
    assert Window.of(Request(), watermark=NOON, overlap=OVERLAP).new_watermark is None


@pytest.mark.parametrize(
    ("answered", "end"),
    [
        (NOON - MINUTE, NOON - MINUTE),
        (NOON + 2 * MINUTE, NOON),
        (None, NOON - 3 * MINUTE),
    ],
)
def test_the_end_is_the_sources_clock_and_never_later_than_ours(answered: datetime | None, end: datetime) -> None:
    assert source_end(answered=answered, started=NOON - 3 * MINUTE, now=NOON) == end


def test_a_second_that_is_going_on_is_not_over_yet() -> None:
    going_on = NOON + timedelta(milliseconds=700)
    assert source_end(answered=None, started=going_on, now=going_on) == NOON


@pytest.mark.parametrize(("minutes", "off"), [(-5.1, True), (-4.9, False), (0.0, False), (14.9, False), (15.1, True)])
def test_a_clock_is_off_only_if_it_is_so_before_and_after_the_answer(*, minutes: float, off: bool) -> None:
    answered = NOON + timedelta(minutes=minutes)
    assert clock_is_off(answered, NOON, NOON + 10 * MINUTE) is off


def test_a_source_that_does_not_say_its_time_is_not_off() -> None:
    assert not clock_is_off(None, NOON, NOON)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01T10:00:00Z",
        "2026-11-01T10:00:00",
        "2026-11-01T11:00:00+01:00",
        " 2026-11-01 10:00 ",
        "20261101T100000Z",
    ],
)
def test_a_time_without_an_offset_is_utc(text: str) -> None:
    assert instant(text) == datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "  "])
def test_no_text_is_no_time(text: str) -> None:
    assert instant(text) is None


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "1764000000", "2999-01-01"])
def test_a_text_that_is_no_past_time_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="since"):
        instant(text)
