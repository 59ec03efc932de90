"""The task `extract-portal`: reads the portal's table, a stretch of rows at a time."""

from systems.portal import Portal
from tasks.parcels import Haul, Walk
from tasks.step import logger, step


class PortalWalk:
    """A walk over all rows in the order of their ids. Each read goes on where the last one succeeded.

    Args:
        portal: the client.
        batch_size: rows in one read.
        maximum: rows in all; 0 for every row.

    Attributes:
        ended: whether there is nothing more to read.
        complete: whether the table was read to its end.
    """

    def __init__(self, portal: Portal, *, batch_size: int, maximum: int = 0) -> None:
        self._portal = portal
        self._batch_size = batch_size
        self._left = maximum or None
        self._after: str | None = None
        self._reads = 0
        self.ended = False
        self.complete = False

    def __str__(self) -> str:
        return f"batch {self._reads + 1}"

    def read(self) -> Haul:
        """The next rows; none at the end."""
        limit = self._batch_size if self._left is None else min(self._batch_size, self._left)
        rows = self._portal.rows(self._after, limit)
        self._reads += 1
        if rows:
            self._after = str(rows[-1]["id"])
        if self._left is not None:
            self._left -= len(rows)
        self.complete = not rows
        self.ended = self.complete or self._left == 0
        return Haul(self._reads, rows)


@step("extract-portal")
def extract_portal(walk: Walk[Haul]) -> Haul:
    """Reads the next stretch of the portal's `leads`."""
    haul = walk.read()
    logger.info("extract-portal: %s: %d rows", haul, len(haul.records))
    return haul
