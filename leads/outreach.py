"""Whom the company's own mail sequences would write to (domain facts: side effects of writing into `leads`).

An hourly job of the company mails every lead that has an e-mail address and a Zoho id, is neither converted, deleted
nor opted out, and stands at new, contacted or qualified. An old lead that a sync makes eligible gets up to four mails
within hours, so that a first import has to be confirmed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from leads.values import Values

MOST = 20
"""Old leads that an attempt may make newly eligible without being confirmed."""

OLD = timedelta(days=7)
"""From this age of its source record a lead counts as old."""

_STATUSES = ("new", "contacted", "qualified")


def eligible(row: Values) -> bool:
    """Whether the mail sequences write to the lead; a new row without a status is `new`."""
    reachable = bool(row.get("email")) and bool(row.get("zoho_lead_id"))
    closed = row.get("converted_at") or row.get("deleted_at") or row.get("email_opted_out")
    return reachable and not closed and (row.get("status") or "new") in _STATUSES


def is_old(created_at: datetime | None, now: datetime) -> bool:
    """Whether a source record is old at `now`; one of unknown age is."""
    return created_at is None or now - created_at > OLD


class Exposed:
    """Counts the distinct old leads that plans open to the mails, as far as it matters: to one more than `MOST`."""

    def __init__(self) -> None:
        self._leads: set[str] = set()

    def add(self, leads: Iterable[str]) -> None:
        """Takes what a plan opens (`Plan.outreach`)."""
        for lead in leads:
            if self.too_many:
                return
            self._leads.add(lead)

    @property
    def too_many(self) -> bool:
        """Whether somebody has to confirm them."""
        return len(self) > MOST

    def __len__(self) -> int:
        return len(self._leads)
