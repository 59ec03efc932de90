"""What a Supabase key says about itself, before anybody is asked.

Source: Supabase, "Migrating to publishable and secret API keys", and facts on late-2026 keys: a `sb_secret_` key is
opaque, a legacy key is a JWT whose payload names role, project and expiry.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

HOSTED_SUFFIX = ".supabase.co"
SERVICE = frozenset({"service_role"})
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


def key_problem(key: str, host: str, roles: frozenset[str] = SERVICE) -> str | None:
    """Says why a key cannot be the service key of the project at `host`, or None.

    An unknown shape is no problem: only the server can judge it.

    Args:
        key: the key.
        host: of the project's URL.
        roles: as which a JWT may act.
    """
    if problem := text_problem(key):
        return problem
    for prefix, problem in FOREIGN_PREFIXES.items():
        if key.startswith(prefix):
            return problem
    payload = jwt_payload(key)
    return None if payload is None else _jwt_problem(payload, host, roles)


def jwt_role(key: str) -> str | None:
    """The role that a JWT names, None if the text is no JWT or names none."""
    role = (jwt_payload(key) or {}).get("role")
    return role if isinstance(role, str) else None


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


def public_key_problem(key: str) -> str | None:
    """Says why a key cannot be a publishable one (or its older form, the anon key), or None."""
    if problem := text_problem(key):
        return problem
    if key.startswith("sb_secret_") or jwt_role(key) not in {"anon", None}:
        return "is no publishable key (sb_publishable_…)"
    return None


def _jwt_problem(payload: dict[str, Any], host: str, roles: frozenset[str]) -> str | None:
    if payload.get("role") not in roles:
        return "is not the service_role key: this key cannot write"
    expires = payload.get("exp")
    if isinstance(expires, int | float) and expires <= datetime.now(UTC).timestamp():
        return "has expired"
    if not host.endswith(HOSTED_SUFFIX):
        return None
    if payload.get("iss") == "supabase-demo":
        return "is the public key of a local Supabase, not of a hosted project"
    # A token that leadsync minted names no project; its signature is of one.
    if payload.get("role") == "service_role" and payload.get("ref") != host.removesuffix(HOSTED_SUFFIX):
        return "belongs to another project than the URL"
    return None
