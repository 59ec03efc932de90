"""A walk over changed leads, as values: where it stands, what a page adds, where to go next.

A walk is a chain of legs. A leg asks for everything modified since `t`, ascending, and takes its first page; the next
leg starts one second before that page's last `Modified_Time`. One answer is one moment, so nothing can slip between.

Where a whole page lies within those seconds, the leg has to go on by page token. A token stands for an offset, as far
as anybody knows: a record that is edited meanwhile leaves its place, and one unread record moves to a page already
read. So such a leg is read twice. If every record that the first pass saw is still in its place in the second, none had
left when the first pass went on, and it missed nothing. If one has left, the leg is read again.

Records without an id or without a readable time are handed over too: judging them is not a walk's business.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from systems.errors import ContractBroken, WalkBroken
from systems.zoho import PAGES_WITHOUT_TOKEN, Page, PageQuery
from systems.zoho_answers import SYSTEM

OVERLAP = timedelta(seconds=1)
MOST_TRIES = 20
"""How often one leg is begun before the walk gives up."""

Key = tuple[str, datetime | None]
"""A record's id and its time of modification."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What one reading of a leg has seen.

    Attributes:
        seen: keys of its records.
        end: where the next leg may start; None while it must go on, or if it came to the end of all records.
    """

    seen: frozenset[Key] = frozenset()
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """Where a walk stands; equal steps go on equally, so a step can be stored and repeated.

    Attributes:
        since: the leg's own start, None: from the first record.
        page: the number of the page to ask for.
        token: the page token to ask with.
        handed: keys handed over that can still be seen again.
        current: the pass that is being read.
        before: the pass that is being checked.
        tries: how often this leg has been begun again.
    """

    since: datetime | None
    page: int = 1
    token: str | None = None
    handed: frozenset[Key] = frozenset()
    current: Pass = Pass()
    before: Pass | None = None
    tries: int = 0

    def query(self, fields: tuple[str, ...]) -> PageQuery:
        """The page to ask Zoho for."""
        return PageQuery(fields=fields, since=self.since, page=self.page, token=self.token)


def start(since: datetime | None) -> Step:
    """The first step of a walk over everything modified since an instant; None: over everything."""
    return Step(since=since)


def advance(step: Step, page: Page) -> tuple[list[Any], Step | None]:
    """Takes the page that a step asked for.

    Returns:
        The records that were not handed over before, and the next step; None at the end of the walk.

    Raises:
        ContractBroken: more records are promised, but no way to them.
        WalkBroken: the leg changes faster than it can be read.
    """
    keys = [key_of(record) for record in page.records]
    fresh = [record for record, key in zip(page.records, keys, strict=True) if key not in step.handed]
    known = frozenset(keys)
    end = _end(step, page) if page.more else None
    read = Pass(seen=step.current.seen | known, end=end)
    step = replace(step, handed=step.handed | known, current=read)
    if page.more and end is None:
        return fresh, _next_page(step, page)
    return fresh, _next_leg(step)


def restart(step: Step) -> Step:
    """The same leg from its start, because its page token died.

    Raises:
        WalkBroken: it has been begun too often.
    """
    if step.tries >= MOST_TRIES:
        cause = f"a stretch of changes could not be read to its end in {MOST_TRIES} tries"
        raise WalkBroken(SYSTEM, cause, "Run again when fewer leads are being changed.")
    return replace(step, page=1, token=None, current=Pass(), tries=step.tries + 1)


def key_of(record: object) -> Key:
    """A record's key; what has no id is known by its whole content, so that it is handed over once as well."""
    if isinstance(record, dict) and isinstance(record.get("id"), str | int):
        return str(record["id"]), modified(record)
    content = json.dumps(record, sort_keys=True).encode("utf-8", "surrogatepass")
    return f"digest:{blake2b(content, digest_size=16).hexdigest()}", modified(record)


def modified(record: object) -> datetime | None:
    """A record's `Modified_Time` as an instant; None if there is none to read."""
    text = record.get("Modified_Time") if isinstance(record, dict) else None
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
        known = instant.astimezone(UTC) if instant is not None and instant.tzinfo else None
    except (ValueError, OverflowError):
        return None
    # Nothing in a CRM is older, and nothing can be counted back from the calendar's own edge.
    return known if known is not None and known.year > 1 else None


def _end(step: Step, page: Page) -> datetime | None:
    """Where the next leg may start after this page; None if the page gives no later place."""
    times = [modified(record) for record in page.records]
    readable = [time for time in times if time is not None]
    if not times or times[-1] is None or readable != sorted(readable):
        return None
    end = times[-1].replace(microsecond=0) - OVERLAP
    return end if step.since is None or end > step.since else None


def _next_page(step: Step, page: Page) -> Step:
    if page.token is not None and page.token != step.token:
        return replace(step, page=step.page + 1, token=page.token)
    if page.token is None and step.token is None and step.page < PAGES_WITHOUT_TOKEN:
        return replace(step, page=step.page + 1)
    raise ContractBroken(
        SYSTEM, "it promises more records but gives no way to them", "Report it as a defect of leadsync."
    )


def _next_leg(step: Step) -> Step | None:
    """What follows a pass: the next leg, the end of the walk, or the same leg again."""
    if step.page == 1:
        return _leg_from(step, step.current.end)
    if step.before is None:
        return replace(step, page=1, token=None, current=Pass(), before=step.current)
    end = min((one.end for one in (step.before, step.current) if one.end is not None), default=None)
    if _up_to(end, step.before) <= step.current.seen:
        return _leg_from(step, end)
    return replace(restart(step), before=step.current)


def _up_to(end: datetime | None, reading: Pass) -> frozenset[Key]:
    if end is None:
        return reading.seen
    return frozenset(key for key in reading.seen if key[1] is not None and key[1] < end)


def _leg_from(step: Step, end: datetime | None) -> Step | None:
    if end is None:
        return None
    handed = frozenset(key for key in step.handed if key[1] is not None and key[1] >= end)
    return Step(since=end, handed=handed)
