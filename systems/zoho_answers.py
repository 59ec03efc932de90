"""What an answer of Zoho's API means: one table from its codes to our errors.

Source: Zoho CRM API v8, "Status codes and errors" (https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html).
The error envelope `{code, details, message, status}` comes at the top level or as `data[0]`; `details` may be missing,
an older form has a numeric code and the name in `error`.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

import httpx

from systems.errors import (
    ContractBroken,
    CreditsExhausted,
    LeadsyncError,
    Misconfigured,
    PermanentError,
    RateLimited,
    Unavailable,
    WalkBroken,
)
from systems.transport import JsonObject, json_body, retry_after

SYSTEM = "Zoho"
NOTHING = {httpx.codes.NO_CONTENT, httpx.codes.NOT_MODIFIED}


class TokenRejected(PermanentError):
    """Raised when Zoho does not accept the access token; the client mints another one and asks once more."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What was asked, as far as the meaning and the price of an answer depend on it.

    Attributes:
        scope: the OAuth scope that the call needs.
        continues: whether it goes on from a page token or a job, which may be dead by now.
        credits: its price.
    """

    scope: str
    continues: bool = False
    credits: int = 1


class Verdict(Enum):
    """The classes of answers that the table knows."""

    TOKEN = auto()
    SCOPE = auto()
    RIGHTS = auto()
    HOST = auto()
    RATE = auto()
    DOWN = auto()
    WALK = auto()
    UNKNOWN = auto()


VERDICTS = {
    "INVALID_TOKEN": Verdict.TOKEN,
    "INVALID_OAUTHTOKEN": Verdict.TOKEN,
    "AUTHENTICATION_FAILURE": Verdict.TOKEN,
    "OAUTH_SCOPE_MISMATCH": Verdict.SCOPE,
    "NO_PERMISSION": Verdict.RIGHTS,
    "AUTHORIZATION_FAILED": Verdict.RIGHTS,
    "NOT_SUPPORTED": Verdict.RIGHTS,
    "FEATURE_NOT_ENABLED": Verdict.RIGHTS,
    "INVALID_MODULE": Verdict.RIGHTS,
    "INVALID_URL_PATTERN": Verdict.HOST,
    "RESOURCE_NOT_FOUND": Verdict.HOST,
    "API_NOT_SUPPORTED": Verdict.HOST,
    "TOO_MANY_REQUESTS": Verdict.RATE,
    "RATE_LIMIT_EXCEEDED": Verdict.RATE,
    "INTERNAL_ERROR": Verdict.DOWN,
    "INTERNAL_SERVER_ERROR": Verdict.DOWN,
    "BAD_GATEWAY": Verdict.DOWN,
    "SERVICE_UNAVAILABLE": Verdict.DOWN,
    "EXPIRED_VALUE": Verdict.WALK,
    "TOKEN_BOUND_DATA_MISMATCH": Verdict.WALK,
    "PAGINATION_LIMIT_EXCEEDED": Verdict.WALK,
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": Verdict.WALK,
}

STATUSES = {
    401: Verdict.TOKEN,
    403: Verdict.RIGHTS,
    404: Verdict.HOST,
    408: Verdict.DOWN,
    429: Verdict.RATE,
}


def read_answer(response: httpx.Response, call: Call) -> JsonObject | None:
    """Returns the JSON object of an answer, None for one that says that there is nothing (204, 304).

    Raises:
        LeadsyncError: what the answer means, if it is no success.
    """
    if response.status_code in NOTHING:
        return None
    body = json_body(response)
    envelope = _envelope(body) if isinstance(body, dict) else None
    if envelope is not None or not response.is_success:
        raise _error(response, envelope, call)
    if not isinstance(body, dict):
        raise unreadable(response)
    return body


def unreadable(response: httpx.Response) -> Unavailable:
    """The error for an answer that is not the promised JSON."""
    return Unavailable(
        SYSTEM,
        f"it answered {response.status_code} without the JSON that its contract promises",
        "Try again later; if it stays, check ZOHO_API_DOMAIN.",
        status=response.status_code,
    )


def _envelope(body: JsonObject) -> JsonObject | None:
    """The error in a body: top level, or the first item where a record would be."""
    if "code" in body and "data" not in body:
        return body
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data else None
    if isinstance(first, dict) and first.get("status") == "error" and "code" in first and "id" not in first:
        return first
    return None


def code_of(envelope: JsonObject) -> str | None:
    """The error's name, if it looks like one: only such text may reach a log."""
    for text in (envelope.get("code"), envelope.get("error")):
        if isinstance(text, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{1,60}", text):
            return text
    return None


def _verdict(status: int, code: str | None, call: Call) -> Verdict:
    if call.continues and code in ("INVALID_DATA", "RESOURCE_NOT_FOUND"):
        return Verdict.WALK
    if code in VERDICTS:
        return VERDICTS[code]
    if status in STATUSES:
        return STATUSES[status]
    if httpx.codes.is_redirect(status):
        return Verdict.HOST
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or code is None:
        return Verdict.DOWN
    return Verdict.UNKNOWN


def _error(response: httpx.Response, envelope: JsonObject | None, call: Call) -> LeadsyncError:
    status = response.status_code
    code = code_of(envelope or {})
    verdict = _verdict(status, code, call)
    named = code or f"status {status}"
    if verdict is Verdict.RATE:
        return _rate_error(response, envelope or {}, code)
    if verdict is Verdict.DOWN:
        cause = f"it is not available ({named})"
        return Unavailable(
            SYSTEM, cause, "Try again later.", status=status, code=code, retry_after=retry_after(response)
        )
    kind, cause, cure = _PERMANENT[verdict]
    return kind(SYSTEM, f"{cause} ({named})", cure.format(scope=call.scope), status=status, code=code)


def _rate_error(response: httpx.Response, envelope: JsonObject, code: str | None) -> LeadsyncError:
    credits_left = response.headers.get("X-API-CREDITS-REMAINING", "").strip()
    message = envelope.get("message")
    if credits_left == "0" or (isinstance(message, str) and "credit" in message.lower()):
        cure = "Wait until credits of the rolling 24 hours return, or buy more."
        return CreditsExhausted(SYSTEM, "the API credits are used up", cure, status=response.status_code, code=code)
    return RateLimited(
        SYSTEM,
        "it was asked too often",
        "Try again later.",
        status=response.status_code,
        code=code,
        retry_after=retry_after(response),
    )


_PERMANENT: dict[Verdict, tuple[type[PermanentError], str, str]] = {
    Verdict.TOKEN: (TokenRejected, "it does not accept the access token", "Ask for a new one."),
    Verdict.SCOPE: (
        Misconfigured,
        "the refresh token lacks a scope",
        "Create a refresh token that has the scope {scope} and set ZOHO_REFRESH_TOKEN.",
    ),
    Verdict.RIGHTS: (
        Misconfigured,
        "the token's user may not read this",
        "Give that user's profile the right to read Leads, and the token the scope {scope}.",
    ),
    Verdict.HOST: (Misconfigured, "its API is not at this address", "Check ZOHO_API_DOMAIN."),
    Verdict.WALK: (WalkBroken, "it does not go on from there", "Read again from the last known time."),
    Verdict.UNKNOWN: (
        ContractBroken,
        "it gave an answer that its contract does not explain",
        "Report it as a defect of leadsync.",
    ),
}
