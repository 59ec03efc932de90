"""The test lead of an earlier verification, where the portal still has it and will take a new one for it."""

import time
from datetime import UTC, datetime
from typing import Any

from flows.verification.lookup import look
from leads.scalars import moment
from leads.sources import Source
from leads.trial import Trial
from leads.values import Record
from systems.backoffice import Backoffice
from systems.errors import Refused
from systems.zoho import Zoho
from tasks.step import logger

SEARCHABLE_AFTER = 60.0
"""Seconds after which Zoho's search, by which the portal finds its lead there, surely knows what was written."""


def wait_for_search(row: Record, backoffice: Backoffice, zoho: Zoho, trial: Trial) -> None:
    """Waits until the portal will find in Zoho the lead that belongs to its row.

    Raises:
        Refused: it is not there any more, so the portal would make a new one there and keep the old row.
    """
    linked = look(backoffice, Source.PORTAL, str(row["id"]), trial).linked
    ids = [source_id for source, source_id in linked.records if source == Source.ZOHO] if linked else []
    if not ids:
        return
    found = zoho.leads_by_id(ids, ("Modified_Time",))
    if not found:
        cause = f"its table still has an earlier test lead (row {row['id']}), which is no longer in Zoho CRM"
        raise Refused("Portal", cause, "Delete that row, too: the portal would write over it, and know it no more.")
    wait = min(SEARCHABLE_AFTER, max(map(_seconds_until_searchable, found)))
    if wait > 0:
        logger.info("verify: waits %.0f s, until Zoho's search knows the earlier test lead", wait)
        time.sleep(wait)


def _seconds_until_searchable(lead: Any) -> float:  # noqa: ANN401 - whatever Zoho sends
    written = moment(lead.get("Modified_Time"))
    return SEARCHABLE_AFTER - (datetime.now(UTC) - written).total_seconds() if written else SEARCHABLE_AFTER
