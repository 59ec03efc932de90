"""Authorised calls of Zoho's API: the access token, patience, and the counting of what it costs.

Source: Zoho CRM API v8, "Status codes and errors", "API limits".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, TypeVar

import httpx

from systems.errors import Misconfigured
from systems.patience import Patience
from systems.settings import Tunables, ZohoSettings
from systems.transport import JsonObject, connection_errors, http_client
from systems.zoho_answers import SYSTEM, Call, TokenRejected, read_answer
from systems.zoho_cost import Meter
from systems.zoho_token import AccessToken, TokenStore, ZohoTokens

T = TypeVar("T")

CHUNK = 64 * 1024
"""Bytes of a download that are in memory at once."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        path: below the API's address, such as `crm/v8/Leads`.
        call: what the answer's meaning and price depend on.
        method: HTTP's.
        params: the query string.
        headers: besides the token's.
        body: JSON to send, None for nothing.
    """

    path: str
    call: Call
    method: str = "GET"
    params: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = None


class ZohoApi:
    """Makes calls. Safe to share between threads.

    Attributes:
        meter: what the calls have cost so far.
    """

    def __init__(
        self,
        settings: ZohoSettings,
        *,
        tunables: Tunables,
        store: TokenStore | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.meter = Meter()
        self._http = http_client(tunables, transport)
        self._patience = Patience.of(tunables)
        self._tokens = ZohoTokens(settings, self._http, store, self.meter)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def address(self) -> str:
        """Where the organisation's API is, as Zoho said with the access token; one is minted if there is none.

        Raises:
            LeadsyncError: one is needed, and Zoho gives none.
        """
        return self._patience(self._tokens.current).api_domain

    def ask(self, request: Request, read: Callable[[httpx.Response, JsonObject | None], T]) -> T:
        """Asks until the answer can be read.

        Args:
            request: what to ask.
            read: makes the result of an answer and its JSON, which is None for 204 and 304.

        Raises:
            LeadsyncError: what the last answer means.
        """

        def once(token: AccessToken) -> T:
            with connection_errors(SYSTEM, "ZOHO_API_DOMAIN"):
                response = self._http.send(self._built(request, token))
            self.meter.count(response, request.call)
            return read(response, read_answer(response, request.call))

        return self._patience(lambda: self._authorised(once))

    def download(self, request: Request, into: IO[bytes]) -> None:
        """Fetches a body into a file, whose content is replaced.

        Raises:
            LeadsyncError: what the last answer means.
        """

        def once(token: AccessToken) -> None:
            into.seek(0)
            into.truncate()
            with connection_errors(SYSTEM, "ZOHO_API_DOMAIN"):
                response = self._http.send(self._built(request, token), stream=True)
                try:
                    self.meter.count(response, request.call)
                    _drain(response, request.call, into)
                finally:
                    response.close()

        self._patience(lambda: self._authorised(once))

    def _built(self, request: Request, token: AccessToken) -> httpx.Request:
        return self._http.build_request(
            request.method,
            f"{token.api_domain}/{request.path}",
            params=request.params,
            headers={**request.headers, "Authorization": f"Zoho-oauthtoken {token.access_token}"},
            json=request.body,
        )

    def _authorised(self, once: Callable[[AccessToken], T]) -> T:
        """One call; a rejected access token is replaced and the call made once more."""
        token = self._tokens.current()
        try:
            return once(token)
        except TokenRejected:
            token = self._tokens.instead_of(token)
        try:
            return once(token)
        except TokenRejected as error:
            cure = "Check that ZOHO_ACCOUNTS_URL and ZOHO_API_DOMAIN are of the organisation's data centre."
            cause = f"it rejects even a new access token ({error.code or error.status})"
            raise Misconfigured(SYSTEM, cause, cure, status=error.status, code=error.code) from error


def _drain(response: httpx.Response, call: Call, into: IO[bytes]) -> None:
    if response.status_code != httpx.codes.OK:
        response.read()
        read_answer(response, call)
        return
    for chunk in response.iter_bytes(CHUNK):
        into.write(chunk)
