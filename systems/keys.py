"""What a Supabase key says about itself, before anybody is asked.

Source: Supabase, "Migrating to publishable and secret API keys", and facts on late-2026 keys: a `sb_secret_` key is
opaque, a legacy key is a JWT whose payload names role, project and expiry.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

HOSTED_SUFFIX = ".supabase.co"
FOREIGN_PREFIXES = {
    "sb_publishable_": "is a publishable key: this key cannot write",
    "sbp_": "is a management token, not a project's key",
    "postgres://": "is a database address, not a key",
    "postgresql://": "is a database address, not a key",
}


def text_problem(text: str) -> str | None:
    """Says why a secret was not copied cleanly, or None."""
    if text.lower().startswith("bearer "):
        return "begins with 'Bearer ', which is no part of it"
    if any(character.isspace() for character in text):
        return "contains white space"
    if any(quote in text for quote in "\"'`"):
        return "contains quotes"
    return None


def key_problem(key: str, host: str) -> str | None:
    """Says why a key cannot be the service key of the project at `host`, or None.

    An unknown shape is no problem: only the server can judge it.
    """
    if problem := text_problem(key):
        return problem
    for prefix, problem in FOREIGN_PREFIXES.items():
        if key.startswith(prefix):
            return problem
    payload = jwt_payload(key)
    return None if payload is None else _jwt_problem(payload, host)


def jwt_payload(key: str) -> dict[str, Any] | None:
    """The unverified payload of a JWT, None if the text is no JWT."""
    parts = key.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _jwt_problem(payload: dict[str, Any], host: str) -> str | None:
    if payload.get("role") != "service_role":
        return "is not the service_role key: this key cannot write"
    expires = payload.get("exp")
    if isinstance(expires, int | float) and expires <= datetime.now(UTC).timestamp():
        return "has expired"
    if not host.endswith(HOSTED_SUFFIX):
        return None
    if payload.get("iss") == "supabase-demo":
        return "is the public key of a local Supabase, not of a hosted project"
    if payload.get("ref") != host.removesuffix(HOSTED_SUFFIX):
        return "belongs to another project than the URL"
    return None
