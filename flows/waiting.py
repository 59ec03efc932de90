"""What waits for a person, in words."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from systems.backoffice_answers import Waiting

PATIENCE = timedelta(days=1)
"""How long a record may wait for a person."""

HEAD = ("what", "waiting", "the oldest for", "look at it with")
_QUEUES = {
    "review": ("records in review", "leadsync review"),
    "dead_letters": ("dead letters", "leadsync rejected"),
    "conflicts": ("disagreements with a person's edit", "leadsync review"),
}


def rows(waiting: Waiting, now: datetime) -> Iterator[list[str]]:
    """One row a queue in the order of `HEAD`."""
    for name, (title, command) in _QUEUES.items():
        queue = getattr(waiting, name)
        yield [title, str(queue.count), age(queue.oldest, now) if queue.oldest else "–", command]


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that tells: `3 d`, `5 h`, `12 min`."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    hours, days = minutes // 60, minutes // (24 * 60)
    if days > 1:
        return f"{days} d"
    return f"{hours} h" if hours > 1 else f"{minutes} min"
