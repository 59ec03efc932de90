"""The client of the portal's lead API, which makes a lead as the portal's own form does."""

from typing import Self

import httpx

from leads.values import Values
from systems.errors import ContractBroken, LeadsyncError, Misconfigured, Refused, Unavailable
from systems.settings import Tunables, VerifySettings
from systems.transport import connection_errors, http_client, json_body

SYSTEM = "Portal"
SETTING = "VERIFY_LEAD_API_URL"
PATIENCE = 120.0
"""Seconds for an answer: before it the portal writes Zoho, a contract, mails and messages."""

SIDE_EFFECTS = "a contract, an e-mail, an SMS, chat messages to the team and scheduled follow-ups"
"""What a lead at the real portal causes, whoever makes it."""

NOT_THERE = {httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.GONE}


def confirm(*, side_effects: bool) -> None:
    """Makes sure that somebody knows what a test lead causes.

    Raises:
        Refused: nobody has confirmed it.
    """
    if not side_effects:
        cause = f"a test lead causes {SIDE_EFFECTS} (to VERIFY_EMAIL and VERIFY_PHONE), which nobody has confirmed"
        raise Refused("Parameters", cause, "Confirm it: --confirm-side-effects, or confirm_side_effects in Prefect.")


class LeadApi:
    """Use it as a context manager."""

    def __init__(
        self, settings: VerifySettings, *, tunables: Tunables, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = settings.lead_api_url
        self._http = http_client(tunables, transport)
        self._http.timeout = httpx.Timeout(max(PATIENCE, tunables.request_timeout), connect=tunables.connect_timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def create(self, submission: Values) -> None:
        """Submits a lead, once: a repeated submission would send the portal's mails and messages again.

        Raises:
            LeadsyncError: the portal did not answer, or did not take it. It may have been written all the same.
        """
        with connection_errors(SYSTEM, SETTING):
            response = self._http.post(self._url, json=submission)
        body = json_body(response)
        if response.is_success and isinstance(body, dict) and body.get("success") is not False:
            return
        raise _refusal(response)


def _refusal(response: httpx.Response) -> LeadsyncError:
    """What an answer means that does not say that the lead was taken."""
    status = response.status_code
    if (
        response.is_redirect
        or status in NOT_THERE
        or (response.is_success and not isinstance(json_body(response), dict))
    ):
        cause = f"there is no lead API at that address (HTTP {status})"
        return Misconfigured(SYSTEM, cause, f"Check {SETTING}: it names the path, too.", status=status)
    cause = f"its lead API did not take the test lead (HTTP {status})"
    if response.is_server_error:
        return Unavailable(SYSTEM, cause, "The portal's own log says why.", status=status)
    return ContractBroken(SYSTEM, cause, "Look at what the lead API asks for, and at the portal's log.", status=status)
