from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from systems.errors import ContractBroken, WalkBroken
from systems.zoho import Page, PageQuery
from systems.zoho_walk import MOST_TRIES, Step, advance, key_of, modified, restart, start

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 3


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def lead(number: int, second: int, **more: object) -> dict[str, Any]:
    return {"id": str(number), "Modified_Time": at(second).isoformat(), **more}


@dataclass
class Server:
    """Zoho as far as a walk sees it: a sorted list, and page tokens that are offsets into whatever it is now."""

    inclusive: bool
    times: dict[int, int]
    now: int
    dead_tokens: int = 0
    versions: dict[int, int] = field(default_factory=dict)

    def page(self, query: PageQuery) -> Page:
        offset = 0 if query.token is None else int(query.token)
        if query.token is not None and self.dead_tokens:
            self.dead_tokens -= 1
            raise WalkBroken("Zoho", "dead", "Restart.")
        found = sorted((time, number) for number, time in self.times.items() if self.asks(query, time))
        more = len(found) > offset + PAGE
        records = tuple(
            lead(number, time, version=self.versions.get(number, 0)) for time, number in found[offset : offset + PAGE]
        )
        return Page(records=records, more=more, token=str(offset + PAGE) if more else None)

    def asks(self, query: PageQuery, time: int) -> bool:
        return query.since is None or at(time) > query.since or (self.inclusive and at(time) == query.since)

    def touch(self, number: int) -> None:
        self.times[number] = self.now
        self.versions[number] = self.versions.get(number, 0) + 1


Event = tuple[Literal["edit", "insert", "delete", "tick"], int]


def happen(server: Server, event: Event) -> None:
    kind, number = event
    present = sorted(server.times)
    if kind == "tick":
        server.now += 1 + number % 3
    elif kind == "insert":
        server.touch(1000 + number)
    elif kind == "edit" and present:
        server.touch(present[number % len(present)])
    elif kind == "delete" and present:
        del server.times[present[number % len(present)]]


def walk(
    server: Server, since: datetime | None, between: Callable[[], None] = lambda: None
) -> Iterator[dict[str, Any]]:
    step: Step | None = start(since)
    for _ in range(2000):
        if step is None:
            return
        try:
            page = server.page(step.query(("Modified_Time",)))
        except WalkBroken:
            step = restart(step)
            continue
        fresh, step = advance(step, page)
        yield from fresh
        between()
    pytest.fail("the walk does not end")


events = st.tuples(st.sampled_from(["edit", "insert", "delete", "tick"]), st.integers(0, 50))


@settings(max_examples=400, deadline=None)
@given(
    inclusive=st.booleans(),
    seconds=st.lists(st.integers(0, 6), max_size=25),
    since=st.none() | st.integers(-1, 6),
    script=st.lists(st.lists(events, max_size=4), max_size=8).filter(
        lambda script: sum(map(len, script)) <= MOST_TRIES - 5
    ),
    dead_tokens=st.integers(0, 3),
)
def test_every_record_that_stays_is_handed_over_whatever_happens_between_the_pages(
    *, inclusive: bool, seconds: list[int], since: int | None, script: list[list[Event]], dead_tokens: int
) -> None:
    server = Server(inclusive, dict(enumerate(seconds)), now=6, dead_tokens=dead_tokens)
    asked = None if since is None else at(since)
    due = {number for number, time in server.times.items() if server.asks(PageQuery(fields=(), since=asked), time)}
    remaining = iter(script)

    def meanwhile() -> None:
        for event in next(remaining, []):
            happen(server, event)

    handed = list(walk(server, asked, meanwhile))
    keys = [(record["id"], record["Modified_Time"]) for record in handed]
    assert len(keys) == len(set(keys))
    assert {str(number) for number in due & set(server.times)} <= {record["id"] for record in handed}


@settings(deadline=None)
@given(inclusive=st.booleans(), seconds=st.lists(st.integers(0, 40), max_size=60))
def test_a_quiet_server_is_read_once_in_order(*, inclusive: bool, seconds: list[int]) -> None:
    server = Server(inclusive, dict(enumerate(seconds)), now=50)
    handed = [(record["Modified_Time"], int(record["id"])) for record in walk(server, None)]
    assert handed == sorted((at(time).isoformat(), number) for number, time in server.times.items())


@pytest.mark.parametrize(
    "edits",
    [[[], [0], [1]], [[], [], [0], [], [1, 2, 3]]],
    ids=["found by the second pass", "missed by the second pass too"],
)
def test_an_edit_inside_one_crowded_second_makes_no_record_slip_to_a_page_already_read(edits: list[list[int]]) -> None:
    server = Server(inclusive=True, times=dict.fromkeys(range(9), 5), now=20)
    script = iter(edits)

    def edit() -> None:
        for number in next(script, []):
            server.touch(number)

    assert {int(record["id"]) for record in walk(server, None, edit)} == set(range(9))


def test_a_step_remembers_only_what_the_next_leg_can_see_again() -> None:
    page = Page(records=tuple(lead(n, second) for n, second in enumerate([1, 2, 9, 10, 10])), more=True, token="x")
    _, step = advance(start(None), page)
    assert step is not None
    assert (step.since, step.token, step.page) == (at(9), None, 1)
    assert {key[0] for key in step.handed} == {"2", "3", "4"}


def test_a_page_within_one_second_is_followed_by_its_token() -> None:
    page = Page(records=(lead(1, 5), lead(2, 5)), more=True, token="next")
    _, step = advance(start(at(5)), page)
    assert step is not None
    assert (step.since, step.token) == (at(5), "next")


@pytest.mark.parametrize(
    "records",
    [(lead(1, 9), lead(2, 5)), (lead(1, 9), {"id": "2"}), (lead(1, 9), {"id": "2", "Modified_Time": "soon"}), ()],
    ids=["not ascending", "no time", "unreadable time", "empty"],
)
def test_a_page_that_cannot_be_trusted_is_followed_by_its_token(records: tuple[dict[str, Any], ...]) -> None:
    fresh, step = advance(start(None), Page(records=records, more=True, token="next"))
    assert fresh == list(records)
    assert step is not None
    assert step.token == "next"


def test_what_has_no_id_or_is_no_object_is_handed_over_as_it_came() -> None:
    strange = (None, "text", {"Modified_Time": at(1).isoformat()}, {"id": None}, lead(1, 2))
    assert advance(start(None), Page(records=strange)) == (list(strange), None)


def test_pages_are_counted_where_no_token_is_given_up_to_the_tenth() -> None:
    step: Step | None = start(at(5))
    page = Page(records=(lead(1, 5),), more=True)
    for number in range(2, 11):
        assert step is not None
        _, step = advance(step, page)
        assert step is not None
        assert step.query(()).page == number
    assert step is not None
    with pytest.raises(ContractBroken):
        advance(step, page)


def test_a_token_that_leads_to_itself_is_no_way_on() -> None:
    _, step = advance(start(at(5)), Page(records=(lead(1, 5),), more=True, token="same"))
    assert step is not None
    with pytest.raises(ContractBroken):
        advance(step, Page(records=(lead(2, 5),), more=True, token="same"))


def test_a_walk_gives_up_on_tokens_that_always_die() -> None:
    server = Server(inclusive=True, times=dict.fromkeys(range(9), 5), now=20, dead_tokens=MOST_TRIES + 1)
    with pytest.raises(WalkBroken, match="could not be read"):
        list(walk(server, None))


def test_progress_forgives_earlier_restarts() -> None:
    step = restart(start(None))
    _, following = advance(step, Page(records=(lead(1, 5), lead(2, 9)), more=True, token="x"))
    assert step.tries == 1
    assert following is not None
    assert following.tries == 0


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-01T01:00:05+01:00", at(5)),
        ("2026-01-01T00:00:05Z", at(5)),
        ("2025-12-31T19:00:05.000-05:00", at(5)),
        ("2026-01-01T00:00:05", None),
        ("yesterday", None),
        (5, None),
    ],
)
def test_times_are_compared_as_instants(text: object, instant: datetime | None) -> None:
    assert modified({"Modified_Time": text}) == instant


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z"])
def test_a_time_at_the_edge_of_the_calendar_is_none(time: str) -> None:
    assert modified({"id": "1", "Modified_Time": time}) is None


def test_records_without_an_id_are_known_by_their_content() -> None:
    assert key_of({"id": None, "a": 1}) == key_of({"a": 1, "id": None})
    assert key_of({"id": None, "a": 1}) != key_of({"id": None, "a": 2})
