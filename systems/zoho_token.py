"""Access tokens of Zoho: minted from the refresh token, shared, and kept across processes.

Source: Zoho CRM API v8, "Refresh access tokens". A refresh token may mint 10 access tokens in 10 minutes, and the 16th
live one kills the oldest, so a token is used for its hour by every process that can see the store. The endpoint's HTTP
status means nothing: errors come with 200.
"""

import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeGuard

import httpx

from systems.addresses import Address
from systems.errors import ContractBroken, LeadsyncError, Misconfigured, RateLimited, Unavailable
from systems.settings import ZohoSettings
from systems.transport import JsonObject, connection_errors, json_body, retry_after
from systems.zoho_answers import SYSTEM, code_of
from systems.zoho_cost import Meter

logger = logging.getLogger("leadsync.systems")

HOUR = 3600
MARGIN = timedelta(minutes=5)
MINT_WINDOW = 600.0
"""Seconds that Zoho's limit of minting looks back; asking again inside them only prolongs it."""

CURES = {
    "invalid_code": (
        "the refresh token is wrong, revoked or of another data centre",
        "Create a new one for this client and set ZOHO_REFRESH_TOKEN.",
    ),
    "invalid_client": ("the client is unknown there", "Check ZOHO_CLIENT_ID and ZOHO_ACCOUNTS_URL."),
    "invalid_client_secret": ("the client secret is wrong", "Check ZOHO_CLIENT_SECRET."),
}


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """A token, where it is valid, and until when."""

    access_token: str = field(repr=False)
    api_domain: str
    expires_at: datetime

    def is_fresh(self) -> bool:
        """Whether it will still be valid in five minutes."""
        return datetime.now(UTC) + MARGIN < self.expires_at


class TokenStore(Protocol):
    """Keeps a token where the next process finds it."""

    def get(self) -> AccessToken | None:
        """The kept token, None if there is none."""

    def take(self, rejected: AccessToken | None) -> AccessToken | None:
        """Another token than the rejected one, by whichever process; None: the caller is to mint one.

        Waits while another process mints.
        """

    def put(self, token: AccessToken) -> None:
        """Keeps a token in place of the one before."""


class ZohoTokens:
    """Gives the access token that is valid now; one mint at a time, whatever the number of threads and processes."""

    def __init__(
        self, settings: ZohoSettings, http: httpx.Client, store: TokenStore | None = None, meter: Meter | None = None
    ) -> None:
        self._settings = settings
        self._meter = meter or Meter()
        self._http = http
        self._store = store
        self._lock = threading.Lock()
        self._token: AccessToken | None = None

    def current(self) -> AccessToken:
        """A token for the next call: ours, the kept one, or a new one.

        Raises:
            LeadsyncError: if a new one is needed and Zoho gives none.
        """
        with self._lock:
            if self._token is None and self._store is not None:
                self._token = self._store.get()
            if self._token is None or not self._token.is_fresh():
                self._token = self._renewed(None)
            return self._token

    def instead_of(self, rejected: AccessToken) -> AccessToken:
        """Another token than the rejected one; minted unless another thread or process has done so already."""
        with self._lock:
            if self._token is None or self._token.access_token == rejected.access_token:
                self._token = self._renewed(rejected)
            return self._token

    def _renewed(self, rejected: AccessToken | None) -> AccessToken:
        shared = self._shared(rejected)
        if shared is not None and shared.is_fresh():
            return shared
        self._meter.count_token()
        minted = mint(self._settings, self._http)
        self._keep(minted)
        return minted

    def _shared(self, rejected: AccessToken | None) -> AccessToken | None:
        """What another process minted. Not hearing of it costs one mint, so it stops nothing."""
        try:
            return None if self._store is None else self._store.take(rejected)
        except LeadsyncError as error:
            logger.warning("Zoho: no shared access token could be had (%s: %s)", error.system, type(error).__name__)
            return None

    def _keep(self, token: AccessToken) -> None:
        """Offers the token to the next process. Failing that costs one mint then, so it stops nothing now."""
        try:
            if self._store is not None:
                self._store.put(token)
        except LeadsyncError as error:
            logger.warning("Zoho: the access token could not be kept (%s: %s)", error.system, type(error).__name__)


def mint(settings: ZohoSettings, http: httpx.Client) -> AccessToken:
    """Asks Zoho for one access token.

    Raises:
        Misconfigured: the credentials are wrong or revoked.
        RateLimited: too many tokens were minted in ten minutes.
        Unavailable: no usable answer.
        ContractBroken: an answer without a token that no contract explains.
    """
    form = {
        "grant_type": "refresh_token",
        "client_id": settings.client_id.get_secret_value(),
        "client_secret": settings.client_secret.get_secret_value(),
        "refresh_token": settings.refresh_token.get_secret_value(),
    }
    with connection_errors(SYSTEM, "ZOHO_ACCOUNTS_URL"):
        response = http.post(f"{settings.accounts_url}/oauth/v2/token", data=form)
    body = json_body(response)
    secret = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not _fits_a_header(secret):
        raise _mint_error(response, body)
    return AccessToken(
        access_token=secret,
        api_domain=_domain(body.get("api_domain"), settings.api_domain),
        expires_at=datetime.now(UTC) + timedelta(seconds=_lifetime(body.get("expires_in"))),
    )


def _fits_a_header(secret: object) -> TypeGuard[str]:
    return isinstance(secret, str) and secret != "" and secret.isascii() and secret.isprintable()


def _lifetime(expires_in: object) -> int:
    """Seconds of a token's life; Zoho leaves them out at random."""
    return expires_in if isinstance(expires_in, int) and 0 < expires_in <= HOUR else HOUR


def _domain(told: object, configured: str) -> str:
    """The API's address: Zoho's word counts more than the setting."""
    if not isinstance(told, str) or not told:
        return configured
    try:
        return str(Address.parse(told))
    except ValueError:
        raise ContractBroken(
            SYSTEM, "it named an API domain that is no address", "Report it as a defect of leadsync."
        ) from None


def _mint_error(response: httpx.Response, body: object) -> LeadsyncError:
    if isinstance(body, dict):
        return _told_error(response, body)
    if response.status_code == httpx.codes.NOT_FOUND:
        return Misconfigured(SYSTEM, "no token endpoint is at this address", "Check ZOHO_ACCOUNTS_URL.", status=404)
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return _throttled(response)
    cause = f"the token endpoint answered {response.status_code} without JSON"
    cure = "Try again later; if it stays, check ZOHO_ACCOUNTS_URL."
    return Unavailable(SYSTEM, cause, cure, status=response.status_code)


def _told_error(response: httpx.Response, body: JsonObject) -> LeadsyncError:
    status = response.status_code
    code = code_of({"code": body.get("error")})
    if code in CURES:
        cause, cure = CURES[code]
        return Misconfigured(SYSTEM, cause, cure, status=status, code=code)
    if body.get("status") == "failure" or code == "access_denied" or status == httpx.codes.TOO_MANY_REQUESTS:
        return _throttled(response)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Unavailable(SYSTEM, "the token endpoint is not available", "Try again later.", status=status, code=code)
    cause = f"the token endpoint gave neither a token nor a known error ({code or status})"
    return ContractBroken(SYSTEM, cause, "Report it as a defect of leadsync.", status=status, code=code)


def _throttled(response: httpx.Response) -> RateLimited:
    asked = retry_after(response)
    return RateLimited(
        SYSTEM,
        "too many access tokens were asked for in the last minutes",
        "Wait half an hour, and see that nothing else uses this refresh token.",
        status=response.status_code,
        retry_after=MINT_WINDOW if asked is None else asked,
    )
