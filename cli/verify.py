"""`leadsync verify`: a test lead through the whole chain, now."""

from typing import Annotated

from cyclopts import Parameter

from systems.lead_api import confirm
from systems.settings import BackofficeSettings, PortalSettings, Tunables, VerifySettings, ZohoSettings, load


def verify(
    *,
    confirm_side_effects: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Send a marked test lead through portal, Zoho CRM and both syncs, and name the first link that is broken.

    On the real portal it causes a contract, an e-mail, an SMS and chat messages; they go to VERIFY_EMAIL and
    VERIFY_PHONE. In the end it is soft-deleted in the backoffice, and what is left elsewhere is listed with its ids.
    Ends with 0 if every link held, 1 at a broken one, 2 if it was refused or a setting is wrong.

    Args:
        confirm_side_effects: You know what a test lead causes. Without this nothing is done.
        json: Print the verdicts as one JSON object.
    """
    confirm(side_effects=confirm_side_effects)
    # Prefect takes seconds to start; whatever is wrong with the settings can be said before.
    load(VerifySettings, ZohoSettings, PortalSettings, BackofficeSettings)
    load(Tunables)
    from cli.verification import run_verification  # noqa: PLC0415 - imports Prefect

    return run_verification(json=json)
