"""Records that a person asked to take up again: a run reads them before its source, whether or not that sends them."""

from collections.abc import Callable
from typing import TypeAlias

from leads.lead import Lead
from leads.parsing import remembered
from leads.sources import Source
from leads.values import Json
from systems.backoffice import Backoffice
from systems.backoffice_answers import Recalled as RecalledRecord
from tasks.parcels import Haul, Walk


class RecalledWalk:
    """A walk over the recalled records of a source.

    Args:
        backoffice: the client.
        source: whose records.
        batch_size: records in one read.

    Attributes:
        ended: whether there is nothing more to read.
    """

    def __init__(self, backoffice: Backoffice, *, source: Source, batch_size: int) -> None:
        self._backoffice = backoffice
        self._source = source
        self._batch_size = batch_size
        self._after = ""
        self._reads = 0
        self.ended = False

    def __str__(self) -> str:
        return f"recalled {self._reads + 1}"

    def read(self) -> Haul:
        """The next records, possibly none."""
        found = self._backoffice.recalled(self._source, self._after, self._batch_size)
        self._reads += 1
        self.ended = len(found) < self._batch_size
        if found:
            self._after = found[-1].source_id
        return Haul(self._reads, [self._read_again(record) for record in found], sent=False)

    def _read_again(self, record: RecalledRecord) -> Json | Lead:
        return remembered(self._source, record.source_id, record.content, record.snapshot, record.claim)


class Chain:
    """Walks one after the other, as one walk.

    Args:
        walks: in their order.
    """

    def __init__(self, *walks: Walk[Haul]) -> None:
        self._walks = walks

    def __str__(self) -> str:
        return str(self._now)

    @property
    def ended(self) -> bool:
        """Whether all are at their end."""
        return all(walk.ended for walk in self._walks)

    def read(self) -> Haul:
        """The next step of the first walk that has not ended."""
        return self._now.read()

    @property
    def _now(self) -> Walk[Haul]:
        return next((walk for walk in self._walks if not walk.ended), self._walks[-1])


Recalled: TypeAlias = Callable[[], list[RecalledWalk]]
"""Makes the walk over what a person asked to take up again; none where nobody did."""
