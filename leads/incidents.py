"""Which messages are due: one when an incident begins, one when it is over, none in between.

What is known from look to look is a `Memory`. A look makes `Message`s of it; a message that was delivered changes the
memory by `told`, and one that was not is due again at the next look.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum


class Tier(StrEnum):
    """Who is told."""

    ADMIN = "admin"
    """Whoever repairs it: failures, crashes, silence."""
    TEAM = "team"
    """Whoever works with leads: records that need a person."""
    EVERYTHING = "everything"
    """Whoever wants to see that it runs: the daily line."""


class Kind(StrEnum):
    """What a message says of its incident, or that there is none."""

    BEGUN = "begun"
    OVER = "over"
    NEWS = "news"
    DAILY = "daily"


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Something that is wrong at a look.

    Attributes:
        key: names the incident; the same wrong has the same key at every look.
        tier: whom it concerns.
        title: what is wrong, in a few words without times; told again when it is over.
        text: cause and cure, in whole sentences; may be empty.
        since: when it began, as far as can be seen.
        link: where to look.
    """

    key: str
    tier: Tier
    title: str
    text: str
    since: datetime
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class Incident:
    """What is remembered of a sight: whether its beginning was delivered, and since when it was not seen any more."""

    tier: Tier
    title: str
    since: datetime
    told: bool = False
    over: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class News:
    """Records that wait for a person since the last look.

    Attributes:
        newest: since when the youngest of them waits.
        text: which they are.
        count: how many.
        link: where to decide.
    """

    newest: datetime
    text: str
    count: int
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen.

    Attributes:
        at: when.
        sights: what is wrong.
        unseen: beginnings of the keys of incidents that could not be looked for; those stay as they are.
        news: records that newly wait; None: none, or it could not be seen.
        day: the date whose daily line is due by now, in the company's zone; None: it is too early.
        line: that line.
        page: where the whole picture is.
    """

    at: datetime
    sights: tuple[Sight, ...] = ()
    unseen: tuple[str, ...] = ()
    news: News | None = None
    day: date | None = None
    line: str = ""
    page: str | None = None


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What is known from look to look.

    Attributes:
        incidents: those that are going on, and those that are over and not yet told so.
        reviewed: up to when records that wait for a person have been told.
        day: whose daily line was told last.
    """

    incidents: Mapping[str, Incident] = field(default_factory=dict)
    reviewed: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, kw_only=True)
class Message:
    """Something to tell a tier; the texts are plain, whoever sends them escapes them.

    Attributes:
        kind: what about.
        tier: whom.
        title: its first line.
        text: the rest.
        link: where to look.
        key: of the incident.
        since: when the incident began.
        until: when it was over.
        newest: of the news.
        day: of the daily line.
    """

    kind: Kind
    tier: Tier
    title: str
    text: str = ""
    link: str | None = None
    key: str = ""
    since: datetime | None = None
    until: datetime | None = None
    newest: datetime | None = None
    day: date | None = None


def looked(memory: Memory, look: Look) -> tuple[Memory, list[Message]]:
    """The memory after a look, and what is due now, the worst first.

    An incident that began and ended before anybody could be told is forgotten; one that is seen again before its end
    could be told goes on.
    """
    sights = {sight.key: sight for sight in look.sights}
    incidents = dict(_remembered(memory, look, sights))
    for key, sight in sights.items():
        incidents.setdefault(key, Incident(tier=sight.tier, title=sight.title, since=sight.since))
    now = replace(memory, incidents=incidents)
    return now, [*_of_incidents(now, sights), *_of_the_rest(now, look)]


def told(memory: Memory, message: Message) -> Memory:
    """The memory after a message was delivered."""
    if message.kind is Kind.NEWS:
        return replace(memory, reviewed=message.newest)
    if message.kind is Kind.DAILY:
        return replace(memory, day=message.day)
    incidents = dict(memory.incidents)
    incident = incidents.pop(message.key)
    if message.kind is Kind.BEGUN:
        incidents[message.key] = replace(incident, told=True)
    return replace(memory, incidents=incidents)


def _remembered(memory: Memory, look: Look, sights: Mapping[str, Sight]) -> Iterator[tuple[str, Incident]]:
    for key, incident in memory.incidents.items():
        if key in sights:
            yield key, replace(incident, over=None)
        elif key.startswith(look.unseen):
            yield key, incident
        elif incident.told:
            yield key, replace(incident, over=incident.over or look.at)


def _of_incidents(memory: Memory, sights: Mapping[str, Sight]) -> Iterator[Message]:
    for key, incident in memory.incidents.items():
        if not incident.told and key in sights:
            sight = sights[key]
            yield Message(
                kind=Kind.BEGUN,
                tier=incident.tier,
                title=sight.title,
                text=sight.text,
                link=sight.link,
                key=key,
                since=incident.since,
            )
        elif incident.over:
            yield Message(
                kind=Kind.OVER,
                tier=incident.tier,
                title=incident.title,
                key=key,
                since=incident.since,
                until=incident.over,
            )


def _of_the_rest(memory: Memory, look: Look) -> Iterator[Message]:
    if look.news and (memory.reviewed is None or look.news.newest > memory.reviewed):
        one = look.news.count == 1
        title = f"{look.news.count:,} {'record waits' if one else 'records wait'} for a person's decision"
        yield Message(
            kind=Kind.NEWS,
            tier=Tier.TEAM,
            title=title,
            text=look.news.text,
            link=look.news.link,
            newest=look.news.newest,
        )
    if look.day and (memory.day is None or look.day > memory.day):
        yield Message(
            kind=Kind.DAILY,
            tier=Tier.EVERYTHING,
            title=f"leadsync, {look.day:%d %B}",
            text=look.line,
            link=look.page,
            day=look.day,
        )
