"""What Zoho says to the cheapest call of each kind that leadsync makes: five credits in all."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.doctor.evidence import SECONDS, Evidence
from cli.doctor.timed import Timed, timed
from systems.errors import LeadsyncError, WalkBroken
from systems.zoho import Page, PageQuery, Zoho
from systems.zoho_answers import VERDICTS, Verdict
from systems.zoho_bulk import ZohoBulk
from systems.zoho_token import CURES

LATELY = timedelta(minutes=5)
TOKEN_CODES = frozenset({*CURES, *(code for code, verdict in VERDICTS.items() if verdict is Verdict.TOKEN)})
"""What Zoho calls it when client, refresh token or access token are not good."""

NO_JOB = "1"
"""The id of no export job: only whether it may be asked for counts."""


class ZohoEvidence:
    """The answers, each asked for once.

    Args:
        connect: makes the client.

    Attributes:
        address: where the API of the organisation is; asking for it needs an access token.
        leads: what changed lately, with our clock.
        access: whether the access token is accepted, or could be replaced; other failures of `leads` are its own.
        deleted: what was deleted lately.
        fields: all that Zoho says of each field of Leads, by API name.
        exports: whether exports may be asked for.
        organisation: what Zoho says of the organisation.
    """

    def __init__(self, connect: Callable[[], Zoho]) -> None:
        # It waits for the backoffice, which has a limit of its own.
        self._client = Evidence("Zoho", connect, seconds=2 * SECONDS)
        self.address = Evidence("Zoho", self._ask_address, needs=(self._client,))
        self.leads = Evidence("Zoho", self._ask_leads, needs=(self.address,))
        self.access = Evidence("Zoho", self._ask_access, needs=(self.address,))
        # A dead token is replaced once, and not by everybody at the same moment.
        needs = (self.access,)
        self.deleted = Evidence("Zoho", self._ask_deleted, needs=needs)
        self.fields = Evidence("Zoho", self._ask_fields, needs=needs)
        self.exports = Evidence("Zoho", self._ask_exports, needs=needs)
        self.organisation = Evidence("Zoho", self._ask_organisation, needs=needs)

    def _ask_address(self) -> str:
        return self._client().api.address()

    def _ask_access(self) -> bool:
        try:
            self.leads()
        except LeadsyncError as problem:
            if problem.code in TOKEN_CODES:
                raise
        return True

    def _ask_leads(self) -> Timed[Page]:
        query = PageQuery(fields=("Modified_Time",), since=datetime.now(UTC) - LATELY)
        return timed(lambda: self._client().leads_page(query))

    def _ask_deleted(self) -> Page:
        return self._client().deleted_page(since=datetime.now(UTC) - LATELY)

    def _ask_fields(self) -> dict[str, dict[str, Any]]:
        return self._client().fields()

    def _ask_exports(self) -> bool:
        with suppress(WalkBroken):
            ZohoBulk(self._client().api).job(NO_JOB)
        return True

    def _ask_organisation(self) -> dict[str, Any]:
        return self._client().organisation()
