"""Taking a verification's lead out of the backoffice and bringing it back: an attempt each, which can be undone."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

from flows.origin import run_id
from flows.verification.lookup import Seen, look
from leads.counts import Counts
from leads.sources import Source
from leads.trial import Trial
from systems.backoffice import Backoffice
from systems.errors import Contended, ContractBroken, LeadsyncError
from tasks.defects import safe_error

FLOW = "verify-sync"
MOST_TRIES = 4
KEPT = ("digest", "email", "claim", "session", "notes")
"""What is kept of a record and is said again, so that it stays."""


def shelve(backoffice: Backoffice, lead: Seen, trial: Trial, moment: datetime) -> None:
    """Soft-deletes the lead; its records are left alone from then on."""
    _set(backoffice, lead, trial, moment.isoformat(), "the test lead of a verification that is over")


def unshelve(backoffice: Backoffice, lead: Seen, trial: Trial) -> None:
    """Brings the lead back, so that its records are heard again."""
    _set(backoffice, lead, trial, None, "the portal took a new test lead for this one")


def _set(backoffice: Backoffice, lead: Seen, trial: Trial, deleted_at: str | None, why: str) -> None:
    source, source_id = Source(lead.records[0][0]), lead.records[0][1]
    with _attempt(backoffice, source) as attempt_id:
        kept = next(one for one in backoffice.story(lead.lead_id).records if one["source_id"] == source_id)
        for number in range(1, 1 + MOST_TRIES):
            item = {
                **{name: kept.get(name) for name in KEPT},
                "n": 0,
                "source_id": source_id,
                "seen": look(backoffice, source, source_id, trial).seen,
                "action": "update",
                "lead_id": lead.lead_id,
                "values": {"deleted_at": deleted_at},
                "why": {"deleted_at": why},
            }
            (outcome,) = backoffice.apply(attempt_id, number, {"source": source.value, "items": [item]})
            if outcome.outcome in ("updated", "unchanged"):
                return
            if outcome.outcome != "raced":
                raise ContractBroken("Backoffice", f"it refuses to mark lead {lead.lead_id}", "Look at its triggers.")
        raise Contended("Backoffice", f"lead {lead.lead_id} kept changing while it was to be marked", "Try it again.")


@contextmanager
def _attempt(backoffice: Backoffice, source: Source) -> Iterator[str]:
    """Opens an attempt about one lead and closes it however its body ends."""
    attempt_id = str(uuid4())
    opening = {"attempt_id": attempt_id, "flow": FLOW, "source": source.value, "mode": "incremental"}
    try:
        backoffice.open_attempt({**opening, "trigger": "verify", "flow_run_id": run_id()})
        yield attempt_id
    except Exception as error:
        with suppress(Exception):
            backoffice.close_attempt(attempt_id, _end("failed", Counts(), safe_error(error)))
        raise
    backoffice.close_attempt(attempt_id, _end("completed", Counts(fetched=1, updated=1)))


def _end(status: str, counts: Counts, *errors: LeadsyncError) -> dict[str, Any]:
    return {"status": status, "counts": counts.as_dict(), "errors": [error.summary() for error in errors]}
