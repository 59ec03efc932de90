"""What waits for a person, by kind and age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from report.calendar import span_text
from report.drawing import Box
from systems.report_answers import AgedQueue, AgedWaiting, Reason

AGES = ("up to a day", "up to a week", "up to 30 days", "longer")
BAR, BAR_HEIGHT = 340.0, 10.0


@dataclass(frozen=True)
class Kind:
    """A kind of waiting things: its field, its name, and the command that lists them."""

    field: str
    name: str
    command: str

    def of(self, waiting: AgedWaiting) -> AgedQueue:
        """Those of its kind."""
        queue: AgedQueue = getattr(waiting, self.field)
        return queue


KINDS = (
    Kind("review", "Records in review", "leadsync review"),
    Kind("dead_letters", "Dead letters", "leadsync rejected"),
    Kind("conflicts", "Conflicts with people's edits", "leadsync review"),
)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One kind as the page shows it.

    Attributes:
        name, command: of the kind.
        count: how many wait.
        oldest: for how long the first of them has been waiting; empty if none waits.
        boxes: a bar of their ages.
        ages: those ages that occur: CSS class, name, number.
        reasons: the most frequent ones.
        others: how many wait for other reasons.
    """

    name: str
    command: str
    count: int
    oldest: str
    boxes: tuple[Box, ...]
    ages: tuple[tuple[str, str, int], ...]
    reasons: tuple[Reason, ...]
    others: int


def queues(waiting: AgedWaiting, now: datetime) -> tuple[Shown, ...]:
    """All kinds, those of which nothing waits too."""
    return tuple(_shown(kind, kind.of(waiting), now) for kind in KINDS)


def _shown(kind: Kind, queue: AgedQueue, now: datetime) -> Shown:
    return Shown(
        name=kind.name,
        command=kind.command,
        count=queue.count,
        oldest=span_text(now - queue.oldest) if queue.oldest else "",
        boxes=tuple(_bar(queue.ages)),
        ages=tuple((f"age-{n}", AGES[n], number) for n, number in enumerate(queue.ages) if number),
        reasons=queue.reasons,
        others=queue.count - sum(reason.count for reason in queue.reasons),
    )


def _bar(ages: tuple[int, ...]) -> Iterator[Box]:
    x, whole = 0.0, sum(ages)
    for place, (name, number) in enumerate(zip(AGES, ages, strict=True)):
        if number:
            width = BAR * number / whole
            title = f"{number:,} {name}"
            yield Box(x=round(x, 2), y=0, width=round(width, 2), height=BAR_HEIGHT, kind=f"age-{place}", title=title)
            x += width
