"""Replies: of JSON, without a body, and the refusals (§6)."""

import json
from collections.abc import Mapping

from starlette.responses import Response

from sandbox.zoho.errors import ZohoError
from sandbox.zoho.settings import Settings

_TOO_MANY = 429


def reply(body: object, status: int = 200) -> Response:
    """A reply of JSON in ASCII, which carries lone surrogates too."""
    content = json.dumps(body, separators=(",", ":"))
    return Response(content, status, media_type="application/json;charset=UTF-8")


def empty(status: int) -> Response:
    """A reply without a body: 204 or 304."""
    return Response(None, status)


def refusal(error: ZohoError, settings: Settings) -> Response:
    """An error as the settings want errors told."""
    if error.status == _TOO_MANY:
        return _brake(error, settings)
    return reply(_wrapped(error.body(), settings), error.status)


def _brake(error: ZohoError, settings: Settings) -> Response:
    bodies: dict[str, object] = {
        "usual": _wrapped(error.body(), settings),
        "newer": _wrapped({**error.body(), "code": "RATE_LIMIT_EXCEEDED"}, settings),
        "odd": {"code": error.status, "error": error.code, "error_info": error.message, "details": []},
    }
    response = reply(bodies[settings.brake], error.status)
    if settings.retry_after is not None:
        response.headers["Retry-After"] = str(settings.retry_after)
    return response


def _wrapped(body: Mapping[str, object], settings: Settings) -> object:
    forms: dict[str, object] = {
        "top": body,
        "data": {"data": [body]},
        "bare": {key: value for key, value in body.items() if key != "details"},
    }
    return forms[settings.envelope]
