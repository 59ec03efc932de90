"""The guard before the company's own mails: a run that brings in many old leads has to be confirmed once.

Each lead that becomes eligible for the company's mail sequences gets up to four mails within hours (`leads.outreach`).
Records come in batches, so a run may have written batches that expose at most 20 old leads when it meets the one that
goes beyond; nothing of that one is written.
"""

from datetime import UTC, datetime
from typing import Any

from flows.attempt import Attempt
from leads.outreach import MOST
from systems.errors import Refused
from tasks.parcels import Draft

CACHE_KEY = "first_import_confirmed"
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)


def remember_confirmation(run: Attempt[Any]) -> None:
    """Keeps a confirmation, which holds for this backoffice and both flows from then on."""
    if run.request.confirm_first_import and not run.request.dry_run and CACHE_KEY not in run.context.cache:
        run.backoffice.cache_put(CACHE_KEY, {"confirmed": True}, FOR_EVER)


def admit(run: Attempt[Any], draft: Draft) -> None:
    """Lets a batch pass unless it takes the run beyond 20 old leads that nobody has confirmed.

    Raises:
        Refused: with how many it would expose; a dry run only says so.
    """
    before, run.exposed = run.exposed, run.exposed + draft.plan.outreach(run.context.now)
    confirmed = run.request.confirm_first_import or CACHE_KEY in run.context.cache
    if confirmed or run.exposed <= MOST:
        return
    cause = f"the run would open {run.exposed} or more leads older than 7 days to the company's mail sequences"
    cure = "Pause those sequences, then start the run once with --confirm-first-import."
    if not run.request.dry_run:
        raise Refused("Backoffice", cause, cure)
    if before <= MOST:
        run.note(f"Backoffice: {cause}. {cure}")
