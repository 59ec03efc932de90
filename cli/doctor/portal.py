"""The sales portal: whether it answers, what its leads lack, and whether it is the backoffice itself."""

from collections.abc import Iterator

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Unseen, Verdict, fine, listed, warning, word
from leads.fields import FIELDS
from leads.lifecycle import words
from leads.sources import Source
from systems.portal import same_address
from systems.settings import BackofficeSettings, PortalSettings


def answers(case: Case) -> Iterator[Verdict]:
    """Whether its key may read leads."""
    row = case.portal_row()
    yield fine("it answers, and its key may read leads" if row else "it answers, and has no leads yet")


def columns(case: Case) -> Iterator[Verdict]:
    """Whether its leads have all that the field table reads."""
    row = case.portal_row()
    if row is None:
        raise Unseen("it has no leads yet")
    lacking = sorted({name for field in FIELDS for name in field.portal} - set(row))
    if lacking:
        cause = f"its leads lack {listed(lacking)}; nothing is taken from there"
        yield warning(
            cause, "Check that PORTAL_SUPABASE_URL names the portal's project; if it does, nothing is to be done."
        )
    else:
        yield fine("its leads have every column that is read")


def statuses(case: Case) -> Iterator[Verdict]:
    """Whether our map knows its words for a status."""
    known = words(Source.PORTAL)
    strange = sorted({text for text in case.portal_statuses() if text.strip() and text.strip().lower() not in known})
    if strange:
        cause = f"its leads have statuses that our map does not know: {listed(map(word, strange))}; they change nothing"
        yield warning(cause, "Say in leads/lifecycle.py what they mean.")
    else:
        yield fine("our map knows every status of its leads")


def one_database(case: Case) -> Iterator[Verdict]:
    """Whether portal and backoffice are two."""
    portal, backoffice = case.settings(PortalSettings), case.settings(BackofficeSettings)
    if same_address(portal.url, backoffice.url) or _sees_us(case):
        cure = "If they are not meant to be one, check PORTAL_SUPABASE_URL and BACKOFFICE_SUPABASE_URL."
        yield warning("portal and backoffice are one database, so every backup run is skipped", cure)
    else:
        yield fine("portal and backoffice are two databases")


def _sees_us(case: Case) -> bool:
    installed = case.installed()
    ours = None if installed is None else installed.answer.get("installation_id")
    return ours is not None and case.portal_installation() == ours


CHECKS = (
    Check("portal-answers", "Portal", answers),
    Check("portal-columns", "Portal", columns),
    Check("portal-statuses", "Portal", statuses),
    Check("one-database", "Portal", one_database),
)
