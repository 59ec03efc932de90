"""The secret that callers of the cron endpoint send."""

import hmac


def authorized(header: str, secret: str) -> bool:
    """Whether an `Authorization` header carries the secret, in a time that does not depend on how much is right."""
    scheme, _, token = header.partition(" ")
    # Starlette reads headers as Latin-1, whatever they were sent in.
    return scheme.lower() == "bearer" and hmac.compare_digest(token.encode("latin-1"), secret.encode())
