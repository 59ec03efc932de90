"""The task `fetch-zoho`: reads changed and deleted leads from Zoho, a batch at a time."""

from datetime import UTC, datetime
from typing import Any

from leads.cleaning import Unclean
from leads.scalars import moment
from systems.errors import WalkBroken
from systems.zoho import Page, Zoho
from systems.zoho_reader import ZohoReader
from systems.zoho_walk import Step, start
from tasks.parcels import Deletions, Haul, R, Walk
from tasks.step import logger, step


class ZohoWalk:
    """A walk over everything modified since an instant.

    Args:
        reader: reads a batch from a step on.
        since: where to begin; None for the first lead ever.
        maximum: records in all; 0 for every record.

    Attributes:
        ended: whether there is nothing more to read.
        answered: Zoho's clock at the first answer, None if it did not say.
        asked: our own clock before and after that answer.
    """

    def __init__(self, reader: ZohoReader, *, since: datetime | None, maximum: int = 0) -> None:
        self._reader = reader
        self._left = maximum or None
        self._step: Step = start(since)
        self._reads = 0
        self.ended = False
        self.answered: datetime | None = None
        self.asked: tuple[datetime, datetime] | None = None

    def __str__(self) -> str:
        return f"batch {self._reads + 1}"

    def read(self) -> Haul:
        """The next batch, possibly empty."""
        before = datetime.now(UTC)
        batch = self._reader.read(self._step)
        if self.asked is None:
            self.answered, self.asked = batch.date, (before, datetime.now(UTC))
        self._step = batch.step or self._step
        self._reads += 1
        records = batch.records if self._left is None else batch.records[: self._left]
        if self._left is not None:
            self._left -= len(records)
        self.ended = batch.step is None or self._left == 0
        return Haul(self._reads, records, reached=batch.step.since if batch.step else None)


class DeletedWalk:
    """A walk over Zoho's list of deleted leads.

    Args:
        zoho: the client.
        since: only those deleted since; None for all that Zoho still lists.

    Attributes:
        ended: whether there is nothing more to read.
        cut: whether Zoho told only the first of them; a shorter window or a comparison of all ids finds the rest.
    """

    def __init__(self, zoho: Zoho, *, since: datetime | None) -> None:
        self._zoho = zoho
        self._since = since
        self._page = 0
        self.ended = False
        self.cut = False

    def __str__(self) -> str:
        return f"deletions {self._page + 1}"

    def read(self) -> Deletions:
        """The next page, possibly empty."""
        try:
            page = self._zoho.deleted_page(since=self._since, page=self._page + 1)
        except WalkBroken:
            # Zoho gives no way beyond its first 2,000: no reason to fail, since nothing else hangs on them.
            self.cut, page = True, Page()
        self._page += 1
        self.ended = not page.more
        return Deletions(self._page, [_row(entry) for entry in page.records if _is_told(entry)])


@step("fetch-zoho")
def fetch_zoho(walk: Walk[R]) -> R:
    """Reads the next batch of changed leads, or the next page of deleted ones."""
    read = walk.read()
    logger.info("fetch-zoho: %s: %d records", read, len(read.records))
    return read


def _is_told(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("id"), str | int) and str(entry["id"]).isdecimal()


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    return {"source_id": str(entry["id"]), "deleted_time": _time(entry.get("deleted_time"))}


def _time(told: object) -> str | None:
    """The time of a deletion if it can be read: that a lead is gone counts without it."""
    try:
        instant = moment(told) if isinstance(told, str) else None
    except Unclean:
        return None
    return instant.isoformat() if instant else None
