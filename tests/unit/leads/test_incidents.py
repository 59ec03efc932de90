"""One message when an incident begins, one when it is over, whatever is seen and whatever is delivered."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.incidents import Kind, Look, Memory, Message, News, Sight, Tier, looked, told

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEYS = ("failed:a", "failed:b", "stale:a")
DAY = date(2026, 11, 24)


def sight(key: str = "failed:a", since: datetime = NOON) -> Sight:
    return Sight(key=key, tier=Tier.ADMIN, title=f"{key} happened", text="Why. Do this.", since=since)


def look(*keys: str, minutes: int = 0, unseen: tuple[str, ...] = ()) -> Look:
    return Look(at=NOON + timedelta(minutes=minutes), sights=tuple(map(sight, keys)), unseen=unseen)


def after(memory: Memory, *looks: Look, delivered: bool = True) -> tuple[Memory, list[Message]]:
    """The memory after looks whose messages were all delivered, or none, and those messages."""
    every = []
    for one in looks:
        memory, due = looked(memory, one)
        every += due
        for message in due if delivered else ():
            memory = told(memory, message)
    return memory, every


def kinds(messages: list[Message]) -> list[tuple[str, str]]:
    return [(message.kind.value, message.key) for message in messages]


def test_an_incident_is_told_when_it_begins_and_when_it_is_over_and_never_between() -> None:
    memory, messages = after(Memory(), look("failed:a"), look("failed:a", minutes=10), look(minutes=90))
    assert kinds(messages) == [("begun", "failed:a"), ("over", "failed:a")]
    assert (messages[1].since, messages[1].until) == (NOON, NOON + timedelta(minutes=90))
    assert memory.incidents == {}


def test_what_comes_again_is_told_again() -> None:
    _, messages = after(Memory(), look("failed:a"), look(), look("failed:a"))
    assert kinds(messages) == [("begun", "failed:a"), ("over", "failed:a"), ("begun", "failed:a")]


def test_what_could_not_be_delivered_is_due_again() -> None:
    memory, messages = after(Memory(), look("failed:a"), look("failed:a"), delivered=False)
    assert kinds(messages) == [("begun", "failed:a")] * 2
    memory, _ = after(memory, look("failed:a"))
    memory, messages = after(memory, look(minutes=20), look(minutes=30), delivered=False)
    assert kinds(messages) == [("over", "failed:a")] * 2
    assert messages[1].until == NOON + timedelta(minutes=20)


def test_what_nobody_could_be_told_of_is_not_told_to_be_over() -> None:
    memory, _ = after(Memory(), look("failed:a"), delivered=False)
    assert after(memory, look())[1] == []


def test_an_incident_that_is_back_before_its_end_was_told_goes_on() -> None:
    memory, _ = after(Memory(), look("failed:a"))
    memory, _ = after(memory, look(), delivered=False)
    assert after(memory, look("failed:a"))[1] == []


def test_what_cannot_be_looked_for_stays_as_it_is() -> None:
    memory, _ = after(Memory(), look("failed:a", "stale:a"))
    memory, messages = after(memory, look(unseen=("stale:",)))
    assert kinds(messages) == [("over", "failed:a")]
    assert kinds(after(memory, look())[1]) == [("over", "stale:a")]


@pytest.mark.parametrize(("count", "title"), [(1, "1 record waits for"), (2_000, "2,000 records wait for")])
def test_records_that_newly_wait_are_told_to_the_team_once(count: int, title: str) -> None:
    news = News(newest=NOON, text="zoho:1", count=count)
    memory, (message, *others) = after(Memory(), Look(at=NOON, news=news), Look(at=NOON, news=news))
    assert (message.tier, others) == (Tier.TEAM, [])
    assert message.title.startswith(title)
    later = News(newest=NOON + timedelta(seconds=1), text="zoho:2", count=1)
    assert [one.text for one in after(memory, Look(at=NOON, news=later))[1]] == ["zoho:2"]


def test_the_daily_line_is_told_once_a_day() -> None:
    early, due, next_day = Look(at=NOON), Look(at=NOON, day=DAY), Look(at=NOON, day=DAY + timedelta(days=1))
    _, messages = after(Memory(), early, due, due, next_day, next_day)
    assert [(one.tier, one.title) for one in messages] == [
        (Tier.EVERYTHING, "leadsync, 24 November"),
        (Tier.EVERYTHING, "leadsync, 25 November"),
    ]


Delivery = st.lists(st.booleans(), min_size=6, max_size=6)
Story = st.lists(st.tuples(st.sets(st.sampled_from(KEYS)), st.sampled_from(((), ("stale:",))), Delivery), max_size=12)


@given(Story)
def test_whatever_is_seen_and_delivered_begin_and_end_take_turns_and_nothing_is_left_untold(
    story: list[tuple[set[str], tuple[str, ...], list[bool]]],
) -> None:
    memory, arrived = Memory(), defaultdict[str, list[Kind]](list)
    for number, (keys, unseen, delivery) in enumerate(story):
        memory, due = looked(memory, look(*sorted(keys), minutes=10 * number, unseen=unseen))
        assert len({message.key for message in due}) == len(due)
        for message, delivered in zip(due, delivery, strict=False):
            if delivered:
                memory = told(memory, message)
                arrived[message.key].append(message.kind)
    for kinds in arrived.values():
        assert kinds[0] is Kind.BEGUN
        assert all(len(list(same)) == 1 for _, same in groupby(kinds))
    # A last look that sees all is right, and delivers what is due: everybody knows how things stand.
    memory, due = looked(memory, look(minutes=1000))
    for message in due:
        memory = told(memory, message)
        arrived[message.key].append(message.kind)
    assert all(kinds[-1] is Kind.OVER for kinds in arrived.values())
    assert memory.incidents == {}
