"""Zoho: its data centre, the refresh token and its scopes, the fields and words that the organisation has."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Unseen, Verdict, error, fine, listed, warning, word
from leads.fields import zoho_names
from leads.lifecycle import words
from leads.sources import Source
from systems.errors import Misconfigured
from systems.portal import same_address
from systems.settings import ZohoSettings
from systems.zoho import available

CENTRES = {
    "accounts.zoho.eu": "zohoapis.eu",
    "accounts.zoho.com": "zohoapis.com",
    "accounts.zoho.in": "zohoapis.in",
    "accounts.zoho.com.au": "zohoapis.com.au",
    "accounts.zoho.com.cn": "zohoapis.com.cn",
    "accounts.zoho.jp": "zohoapis.jp",
    "accounts.zoho.sa": "zohoapis.sa",
    "accounts.zoho.uk": "zohoapis.uk",
    "accounts.zohocloud.ca": "zohoapis.ca",
}
"""The data centres: the host that gives tokens, and the end of the one that has the API."""

STATUS = "Lead_Status"
SCOPE_MISMATCH = "OAUTH_SCOPE_MISMATCH"


def centre(case: Case) -> Iterator[Verdict]:
    """Whether both hosts are of one data centre, which is the organisation's."""
    settings = case.settings(ZohoSettings)
    accounts, api = (str(urlsplit(url).hostname) for url in (settings.accounts_url, settings.api_domain))
    expected = CENTRES.get(accounts)
    if expected is not None and api.endswith(tuple(CENTRES.values())) and not api.endswith(f".{expected}"):
        cause = f"{accounts} and {api} are of two data centres"
        yield error(cause, "Set ZOHO_ACCOUNTS_URL and ZOHO_API_DOMAIN to those of the organisation's.")
        return
    told = case.zoho.address()
    if same_address(told, settings.api_domain):
        yield fine(f"its API is at {told}")
    else:
        cause = (
            f"it says that the organisation's API is at {told}, and ZOHO_API_DOMAIN that it is at {settings.api_domain}"
        )
        yield warning(cause, f"Set ZOHO_API_DOMAIN to {told}; until then Zoho's own word counts.")


def token(case: Case) -> Iterator[Verdict]:
    """Whether the client and its refresh token are good for an access token."""
    case.zoho.access()
    yield fine("it gives access tokens for the refresh token, or the kept one is still good")


def leads(case: Case) -> Iterator[Verdict]:
    """Whether leads may be read."""
    case.zoho.leads()
    yield fine("changed leads may be read")


def deleted(case: Case) -> Iterator[Verdict]:
    """Whether the list of deleted leads may be read."""
    case.zoho.deleted()
    yield fine("deleted leads may be read")


def exports(case: Case) -> Iterator[Verdict]:
    """Whether many leads may be exported, which saves calls."""
    try:
        case.zoho.exports()
    except Misconfigured as problem:
        if problem.code != SCOPE_MISMATCH:
            raise
        cause = "the refresh token lacks the scope for exports, so a read of very many leads goes by pages"
        yield warning(cause, f"{problem.cure} Where there are few leads, leave it so.")
    else:
        yield fine("leads may be exported")


def organisation(case: Case) -> Iterator[Verdict]:
    """Which organisation it is; only who gave the scope for it is told."""
    try:
        found = case.zoho.organisation()
    except Misconfigured as problem:
        if problem.code != SCOPE_MISMATCH:
            raise
        yield fine(
            "which organisation it is cannot be told without the scope ZohoCRM.org.READ, which nothing else needs"
        )
        return
    name, kind = str(found.get("company_name")), str(found.get("type") or "production")
    if kind.lower() == "production":
        yield fine(f"the organisation is {name}")
    else:
        cause = f"the organisation {name} is none that people work in, but a {kind.lower()}"
        yield warning(cause, "Make client and refresh token in the organisation itself, unless this is a trial.")


def fields(case: Case) -> Iterator[Verdict]:
    """Whether the organisation has all fields that are asked for."""
    _, lacking = available(zoho_names(), case.zoho.fields())
    if lacking:
        cause = f"the organisation lacks the fields {listed(lacking)}; nothing is taken from them"
        yield warning(
            cause, "Compare their API names in Zoho's setup with docs/fields.md; if they are not in use, leave it so."
        )
    else:
        yield fine("the organisation has every field that is asked for")


def statuses(case: Case) -> Iterator[Verdict]:
    """Whether our map knows the organisation's words for a status."""
    field = case.zoho.fields().get(STATUS)
    if field is None:
        raise Unseen(f"the organisation has no field {STATUS}")
    picks = [pick for pick in field.get("pick_list_values") or [] if isinstance(pick, dict)]
    used = [str(pick.get("actual_value")) for pick in picks if pick.get("type") != "unused"]
    strange = [text for text in used if text.strip().lower() not in words(Source.ZOHO)]
    if strange:
        cause = f"{STATUS} has words that our map does not know: {listed(map(word, strange))}; they change nothing"
        yield warning(cause, "Say in leads/lifecycle.py what they mean.")
    else:
        yield fine(f"our map knows every word of {STATUS}")


CHECKS = (
    Check("zoho-token", "Zoho", token),
    Check("zoho-centre", "Zoho", centre),
    Check("zoho-organisation", "Zoho", organisation),
    Check("zoho-leads", "Zoho", leads),
    Check("zoho-deleted", "Zoho", deleted),
    Check("zoho-exports", "Zoho", exports),
    Check("zoho-fields", "Zoho", fields),
    Check("zoho-statuses", "Zoho", statuses),
)
