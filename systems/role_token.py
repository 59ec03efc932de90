"""Tokens of the role `leadsync`, for a project that still signs tokens with a secret (HS256)."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

ROLE = "leadsync"
"""The database role that may call our functions and nothing else (supabase/migrations/20261124016000_role.sql)."""

SHORTEST = 32
"""Bytes of a signing secret that PostgREST takes."""


def role_token(secret: str, *, now: datetime, valid: timedelta) -> str:
    """A token (JWT) by which the project's API takes on the role.

    Args:
        secret: the project's JWT secret, as its dashboard shows it; it cannot be found out from the token.
        now: when the token begins to hold.
        valid: how long it holds, in whole seconds.
    """
    begins = int(now.timestamp())
    ends = begins + int(valid.total_seconds())
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part({'role': ROLE, 'iat': begins, 'exp': ends})}"
    return f"{signed}.{_encoded(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


def _part(claims: dict[str, Any]) -> str:
    return _encoded(json.dumps(claims, separators=(",", ":")).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
