"""What the cron endpoint answers: JSON in the shapes that the company's own cron routes use."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.exceptions import HTTPException

RETRY_SECONDS = 60
PAUSED = "paused"
RUNNING = "already running"


def success(**more: object) -> Response:
    """200, whether something was done or nothing was to be done."""
    return _json(HTTPStatus.OK, {"success": True, **more, "timestamp": now()})


def skipped(reason: str) -> Response:
    """200: nothing was started, and nothing is wrong."""
    return _json(HTTPStatus.OK, {"success": True, "skipped": True, "reason": reason})


def failure(status: HTTPStatus, error: str, headers: Mapping[str, str] | None = None, /, **more: object) -> Response:
    """Anything that is not well, in one sentence or less."""
    return _json(status, {"error": error, **more}, headers)


def unauthorized(error: str = "Unauthorized") -> Response:
    """401 for a missing and for a wrong secret alike."""
    return failure(HTTPStatus.UNAUTHORIZED, error, {"WWW-Authenticate": "Bearer"})


def too_many(seconds: int) -> Response:
    """429: the caller asks too often, and may come back after so many seconds."""
    return failure(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", {"Retry-After": str(seconds)})


def unavailable(error: str, **more: object) -> Response:
    """503: the same call may succeed in a minute."""
    return failure(HTTPStatus.SERVICE_UNAVAILABLE, error, {"Retry-After": str(RETRY_SECONDS)}, **more)


async def misdirected(_request: Request, error: Exception) -> Response:
    """404 and 405, which Starlette finds."""
    found = cast("HTTPException", error)  # the only one it is registered for
    status = HTTPStatus(found.status_code)
    return failure(status, status.phrase.capitalize(), found.headers)


async def broken(_request: Request, _error: Exception) -> Response:
    """500 for what nobody foresaw; the server logs it."""
    return failure(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")


def now() -> str:
    """This instant in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _json(status: HTTPStatus, body: object, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})})
