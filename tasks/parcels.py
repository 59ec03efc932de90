"""What travels between the tasks: a page of raw records, the decisions on it, and what became of them.

Plain classes, so that Prefect does not look inside (see `tasks.desk`); one of each is alive at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Sized
from datetime import datetime
from typing import Any, Protocol, TypeVar

from leads.counts import Counts
from leads.items import Difference
from leads.plan import Plan
from systems.errors import Contended
from tasks.desk import Desk

R = TypeVar("R", bound="Read")
R_co = TypeVar("R_co", bound="Read", covariant=True)

MOST_REPLANS = 3
"""How often records whose world moved are matched and planned again before the attempt gives up."""


class Read(Protocol):
    """What one step of a walk gave."""

    @property
    def records(self) -> Sized:
        """Possibly none."""


class Walk(Protocol[R_co]):
    """A read in several steps; a failed step can be repeated."""

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to read."""

    def read(self) -> R_co:
        """The next step."""


def each(task: Callable[[Walk[R]], R], walk: Walk[R]) -> Iterator[R]:
    """What a walk gives, step by step through a task; steps that give nothing are left out."""
    while not walk.ended:
        read = task(walk)
        if read.records:
            yield read


class Parcel(Protocol):
    """Something that `load-backoffice` can write, and a dry run can show."""

    def load(self, desk: Desk) -> Counts:
        """Writes it and says what became of it."""

    def foresee(self, desk: Desk) -> Counts:
        """Says what would become of it, and writes nothing."""

    def differences(self) -> Iterable[Difference]:
        """What it would change in leads, field by field."""


class Haul:
    """Raw records of a source, in the order in which they came.

    Args:
        number: which of the walk's reads this is, from 1.
        records: as the source sent them.
        sent: whether the source sent them just now; else a person asked to take them up again.
        reached: all that was changed before this time is in this haul or in an earlier one; None: not known.
        read_from: as in `Batch`; None: not before the attempt began.
    """

    def __init__(
        self,
        number: int,
        records: list[Any],
        *,
        sent: bool = True,
        reached: datetime | None = None,
        read_from: datetime | None = None,
    ) -> None:
        self.sent = sent
        self.read_from = read_from
        self.reached = reached
        self.number = number
        self.records = records

    def __str__(self) -> str:
        return f"{'batch' if self.sent else 'recalled'} {self.number}"


class Draft:
    """Decisions on a haul, and how far they have been written.

    A repeated `load` goes on where the last one failed, so that no batch number is used for two plans.

    Attributes:
        reached: as of the haul.
    """

    def __init__(self, haul: Haul, plan: Plan) -> None:
        self._title = str(haul)
        self.reached = haul.reached
        self._number: int | None = None
        self._written = Counts()
        self.plan = plan

    def __str__(self) -> str:
        return self._title

    def load(self, desk: Desk) -> Counts:
        """Writes the plan; records whose world moved meanwhile are decided again, three times at most.

        Raises:
            Contended: other writers were faster each time. Nothing is lost: the watermark stays.
        """
        for _ in range(1 + MOST_REPLANS):
            if self._write(desk):
                return self._written
        cause = f"records of {self._title} kept changing while they were written"
        raise Contended("Backoffice", cause, "The next run reads them again.")

    def foresee(self, _desk: Desk) -> Counts:
        """Says what the plan says."""
        return self.plan.counts

    def differences(self) -> Iterator[Difference]:
        """What the plan would change."""
        return self.plan.differences()

    def _write(self, desk: Desk) -> bool:
        """Writes what is decided; whether nothing is left, else it is decided anew."""
        if self._number is None:
            self._number = desk.next_number()
        outcomes = desk.apply(self._number, self.plan)
        settled = self.plan.settle(outcomes)
        decided_again = desk.plan(settled.raced) if settled.raced else None
        self._written += settled.counts
        self._number = None
        if decided_again is None:
            return True
        self.plan = decided_again
        return False


class Deletions:
    """A page of a source's list of deleted records.

    Args:
        number: which page this is, from 1.
        records: `source_id` and `deleted_time` of each.
    """

    def __init__(self, number: int, records: list[dict[str, Any]]) -> None:
        self._number = number
        self.records = records

    def __str__(self) -> str:
        return f"deletions {self._number}"

    def load(self, desk: Desk) -> Counts:
        """Marks the known ones among them; leads are never touched."""
        return Counts(deleted_at_source=desk.mark_deleted(self.records))

    def foresee(self, desk: Desk) -> Counts:
        """Counts the known ones among them that are not marked yet."""
        return Counts(deleted_at_source=desk.count_unmarked(self.records))

    def differences(self) -> tuple[()]:
        """None: leads are never touched."""
        return ()
