"""Leads of Zoho in batches: a walk driven over the client, one batch at a time.

State goes in and comes out as a value, so that a repeated call repeats its batch and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from systems.errors import WalkBroken
from systems.zoho import PER_PAGE, Page, Zoho
from systems.zoho_walk import Step, advance, restart

MOST_CALLS = 25
"""Calls to Zoho in one batch; a batch that ends here is simply smaller."""


@dataclass(frozen=True, kw_only=True)
class ZohoBatch:
    """What one reading gave.

    Attributes:
        records: raw records, possibly none; one that is no object is among them as it came.
        step: where to go on, None at the end.
        calls: calls that were answered.
        date: Zoho's clock at the first answer of this batch.
    """

    records: list[Any]
    step: Step | None
    calls: int
    date: datetime | None


class ZohoReader:
    """Reads leads batch by batch.

    Args:
        zoho: the client.
        fields: API names that the organisation has, `Modified_Time` among them.
        batch_size: most records in a batch, at least one page of 200.
    """

    def __init__(self, zoho: Zoho, *, fields: tuple[str, ...], batch_size: int) -> None:
        self._zoho = zoho
        self._fields = fields
        self._batch_size = max(batch_size, PER_PAGE)

    def read(self, step: Step) -> ZohoBatch:
        """Reads from a step on, until the batch is full or the walk has ended.

        Raises:
            LeadsyncError: whatever the client raises; the step is still good for another try.
        """
        records: list[Any] = []
        date: datetime | None = None
        calls = 0
        following: Step | None = step
        while following is not None and calls < MOST_CALLS and len(records) + PER_PAGE <= self._batch_size:
            page, following = self._page(following)
            calls += 1
            if page is None:
                continue
            date = date or page.date
            fresh, following = advance(following, page)
            records += fresh
        return ZohoBatch(records=records, step=following, calls=calls, date=date)

    def _page(self, step: Step) -> tuple[Page | None, Step]:
        """The page that a step asks for; None and the leg's start if its token died."""
        try:
            return self._zoho.leads_page(step.query(self._fields)), step
        except WalkBroken:
            return None, restart(step)
