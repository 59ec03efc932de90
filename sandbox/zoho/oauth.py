"""Access tokens: minting at the token endpoint (§1), and what a call may do with one (§1, §6)."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sandbox.zoho.database import Connection, Pool, row, run
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.settings import Settings

_SCHEME = "Zoho-oauthtoken "
_MINT_WINDOW = timedelta(minutes=10)
_THROTTLED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}
_SEARCH = "zohosearch.securesearch.read"
_ALSO_ALLOWS = {"CREATE": ("WRITE",), "UPDATE": ("WRITE",)}


@dataclass(frozen=True)
class Client:
    """A registered client, the user who let it in, and what it may do."""

    client_id: str
    client_secret: str
    refresh_token: str
    scopes: tuple[str, ...]
    user_name: str = "sandbox"


DEFAULT_CLIENT = Client(
    client_id="1000.SANDBOXCLIENT",
    client_secret="sandbox-client-secret",
    refresh_token="1000.sandbox.refresh",
    scopes=("ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "ZohoCRM.org.READ", "ZohoCRM.bulk.READ"),
)


@dataclass(frozen=True)
class Caller:
    """Who calls: the token's user, client, scopes and end."""

    user: str
    client_id: str
    scopes: frozenset[str]
    expires_at: datetime

    def require(self, area: str, *operations: str) -> None:
        """Check the scopes, `ZohoCRM.<area>.<operation>` or wider; letter case does not matter.

        Raises:
            ZohoError: OAUTH_SCOPE_MISMATCH.
        """
        if not all(self._may(area.casefold(), operation) for operation in operations):
            raise _no_scope()

    def require_search(self) -> None:
        """Check the scope of Zoho Search, which is another product's.

        Raises:
            ZohoError: OAUTH_SCOPE_MISMATCH.
        """
        if _SEARCH not in self.scopes:
            raise _no_scope()

    def _may(self, area: str, operation: str) -> bool:
        parts = area.split(".")
        areas = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
        verbs = (operation, "ALL", *_ALSO_ALLOWS.get(operation, ()))
        return any(f"zohocrm.{wide}.{verb}".casefold() in self.scopes for wide in areas for verb in verbs)


def _no_scope() -> ZohoError:
    return ZohoError(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")


async def identify(pool: Pool, settings: Settings, header: str | None) -> Caller:
    """Who sends this `Authorization` header.

    Raises:
        ZohoError: AUTHENTICATION_FAILURE without a token of Zoho's scheme, INVALID_TOKEN for one that is not alive.
    """
    if header is None or not header.startswith(_SCHEME):
        raise ZohoError(401, "AUTHENTICATION_FAILURE", "Authentication failed")
    values = {"token": header.removeprefix(_SCHEME).strip(), "now": settings.clock.now()}
    async with pool.connection() as connection:
        found = await row(connection, "access_token", values)
    if found is None or settings.elsewhere:
        raise ZohoError(401, "INVALID_TOKEN", "invalid oauth token")
    scopes = frozenset(map(str.casefold, found["scopes"]))
    return Caller(found["user_name"], found["client_id"], scopes, found["expires_at"])


async def answer_token_request(
    pool: Pool, settings: Settings, request: Mapping[str, str], api_domain: str
) -> tuple[int, dict[str, object]]:
    """HTTP status and body for a request at the token endpoint; failures come with 200 (§1)."""
    async with pool.connection() as connection, connection.transaction():
        refused = await _refusal(connection, request)
        if refused or settings.elsewhere:
            return 200, {"error": refused or "invalid_code"}
        refresh_token = request["refresh_token"]
        if await _is_throttled(connection, settings, refresh_token):
            return settings.throttle_status, dict(_THROTTLED)
        return 200, await _mint(connection, settings, refresh_token, api_domain)


async def _refusal(connection: Connection, request: Mapping[str, str]) -> str | None:
    if request.get("grant_type") != "refresh_token":
        return "invalid_request" if "grant_type" not in request else "unsupported_grant_type"
    client = await row(connection, "client", {"client_id": request.get("client_id")})
    if client is None:
        return "invalid_client"
    if client["client_secret"] != request.get("client_secret"):
        return "invalid_client_secret"
    grant = await row(connection, "grant", {"refresh_token": request.get("refresh_token")})
    usable = grant is not None and not grant["revoked"] and grant["client_id"] == request["client_id"]
    return None if usable else "invalid_code"


async def _is_throttled(connection: Connection, settings: Settings, refresh_token: str) -> bool:
    values = {"refresh_token": refresh_token, "since": settings.clock.now() - _MINT_WINDOW}
    found = await row(connection, "count_mints", values)
    return found is not None and int(found["count"]) >= settings.limits.mints


async def _mint(connection: Connection, settings: Settings, refresh_token: str, domain: str) -> dict[str, object]:
    grant = await row(connection, "grant", {"refresh_token": refresh_token})
    scopes = grant["scopes"] if grant else []
    token, now = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}", settings.clock.now()
    expires_at = now + timedelta(seconds=settings.token_seconds)
    values = {"token": token, "refresh_token": refresh_token, "scopes": scopes, "now": now, "expires_at": expires_at}
    await run(connection, "mint", values)
    await run(connection, "kill_oldest", {**values, "live": settings.limits.live_tokens})
    reply = {
        "access_token": token,
        "scope": " ".join(scopes),
        "api_domain": settings.api_domain or domain,
        "token_type": "Bearer",
        "expires_in": settings.token_seconds,
    }
    return {key: value for key, value in reply.items() if key not in settings.token_omits}


async def put_client(pool: Pool, client: Client, *, most: int = 20) -> None:
    """Register a client, or replace what is known of its refresh token; of its user's others, `most` stay in all."""
    values = {**asdict(client), "scopes": list(client.scopes), "most": most}
    async with pool.connection() as connection, connection.transaction():
        await run(connection, "put_grant", values)
        await run(connection, "end_oldest_grants", values)
