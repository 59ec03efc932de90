"""The guard before the company's own mails: a run that brings in many old leads has to be confirmed once.

Each lead that becomes eligible for the company's mail sequences gets up to four mails within hours (`leads.outreach`).
As long as nobody has confirmed that, no batch is written before the whole walk has been planned. A short walk's plans
are kept meanwhile; a long one is planned without keeping anything, and read again.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from flows.attempt import Attempt
from leads.outreach import OLD, Exposed
from systems.errors import Refused
from tasks.parcels import Draft

CACHE_KEY = "first_import_confirmed"
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)

HELD = 2
"""Batches that are kept while the rest of a walk is planned."""

CURE = (
    "Pause the company's hourly mail sequences and its follow-up reminders, "
    "then start the run once with --confirm-first-import."
)

logger = logging.getLogger("leadsync.flows")


def remember_confirmation(run: Attempt[Any]) -> None:
    """Keeps a confirmation, which holds for this backoffice and both flows from then on."""
    if run.request.confirm_first_import and not run.request.dry_run and CACHE_KEY not in run.context.cache:
        run.backoffice.cache_put(CACHE_KEY, {"confirmed": True}, FOR_EVER)


def admitted(run: Attempt[Any], drafts: Callable[[], Iterator[Draft]]) -> Iterator[Draft]:
    """The drafts of a walk that may be written.

    Args:
        run: the attempt; a dry run only notes that its real counterpart would be refused.
        drafts: begins the walk afresh with each call.

    Raises:
        Refused: the walk opens more than 20 old leads and nobody has confirmed that. Nothing has been written, unless
            the world moved between the two readings of a long walk.
    """
    if _confirmed(run):
        return drafts()
    if run.request.dry_run:
        return _noted(run, drafts())
    planned = _guarded(run, drafts())
    held = list(islice(planned, HELD + 1))
    if len(held) <= HELD:
        return iter(held)
    held.clear()
    logger.info("The whole walk is planned before it is written, because no import has been confirmed yet")
    for _ in planned:
        run.desk.beat()
    return _guarded(run, drafts())


def _confirmed(run: Attempt[Any]) -> bool:
    return run.request.confirm_first_import or CACHE_KEY in run.context.cache


def _guarded(run: Attempt[Any], drafts: Iterator[Draft]) -> Iterator[Draft]:
    """Lets drafts pass until one goes too far."""
    exposed = Exposed()
    for draft in drafts:
        exposed.add(draft.plan.outreach(run.context.now))
        if exposed.too_many:
            raise Refused("Backoffice", _cause(exposed), CURE)
        yield draft


def _noted(run: Attempt[Any], drafts: Iterator[Draft]) -> Iterator[Draft]:
    """Lets all drafts pass, and notes at the end if a real run would have been refused."""
    exposed = Exposed()
    for draft in drafts:
        exposed.add(draft.plan.outreach(run.context.now))
        yield draft
    if exposed.too_many:
        run.note(f"Backoffice: {_cause(exposed)}. {CURE}")


def _cause(exposed: Exposed) -> str:
    return f"the run would open {len(exposed)} or more leads older than {OLD.days} days to the company's mail sequences"
