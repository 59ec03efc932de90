"""What becomes of a verification's test lead: it leaves the backoffice, and the rest is told to be removed by hand."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from flows.verification import shelf
from flows.verification.chain import Chain
from flows.verification.lookup import Seen
from flows.verification.verified import Verified
from systems.errors import LeadsyncError
from systems.lead_api import SIDE_EFFECTS

BY_HAND = {
    "portal": "Portal: row {id} of leads; delete it in its Supabase project.",
    "zoho": "Zoho CRM: lead {id}; delete it there, leadsync's token only reads.",
}
STRANGE = "Backoffice: lead {id} has the test lead's address, and no sync has made it."


def remove(chain: Chain, done: Verified) -> str:
    """Soft-deletes the test lead in the backoffice, and notes what is left.

    Raises:
        LeadsyncError: the backoffice does not let it go.
    """
    _find_what_is_missing(chain, done)
    done.left = list(_elsewhere(done))
    alive = chain.in_backoffice()
    ours = [lead for lead in alive if lead.is_trial and lead.records]
    done.left += [STRANGE.format(id=lead.lead_id) for lead in alive if lead not in ours]
    refusals = [refusal for lead in ours if (refusal := _shelve(chain, lead, done))]
    if refusals:
        raise refusals[0]
    return f"soft-deleted: {', '.join(lead.lead_id for lead in ours)}" if ours else "it was not there"


def _shelve(chain: Chain, lead: Seen, done: Verified) -> LeadsyncError | None:
    try:
        shelf.shelve(chain.backoffice, lead, chain.trial, datetime.now(UTC))
    except LeadsyncError as refusal:
        done.left.append(f"Backoffice: lead {lead.lead_id}; soft-delete it there.")
        return refusal
    return None


def _find_what_is_missing(chain: Chain, done: Verified) -> None:
    """After a broken link the lead may be where nobody has looked yet."""
    with suppress(LeadsyncError):
        if "portal" not in done.ids:
            chain.note_row()
    with suppress(LeadsyncError):
        if "zoho" not in done.ids:
            chain.note_in_zoho()


def _elsewhere(done: Verified) -> Iterator[str]:
    found = [system for system in BY_HAND if system in done.ids]
    if not found:
        yield "Nothing of it was found in portal and Zoho CRM."
        return
    yield from (BY_HAND[system].format(id=done.ids[system]) for system in found)
    if "lead" not in done.ids:
        yield "As long as these are there, the next sync brings them into the backoffice."
    yield f"What the portal has sent or made because of it: {SIDE_EFFECTS}."
