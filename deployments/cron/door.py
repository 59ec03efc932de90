"""Who is let in at the cron endpoint, and how often.

Callers with the secret have a limit of their own, which nobody else can use up. What strangers send is compared all the
same: a secret of 16 bytes and more is not found by asking, and their limit keeps them from filling log and time.
"""

import hmac
import math
import time
from collections.abc import Callable

from starlette.responses import Response

from deployments.cron.answers import too_many, unauthorized
from deployments.cron.rate import Bucket

CALLERS = 60
"""Calls a minute with the secret; each asks Prefect three things."""

VISITORS = 60
"""Calls a minute by links to the report."""

STRANGERS = 30
"""Calls a minute that get a 401; what comes beyond gets a 429."""


class Door:
    """The secret, and the limits.

    Attributes:
        secret: what callers send as `Authorization: Bearer …`, and what links to the report are signed with.
    """

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        if not secret:
            raise ValueError("no secret would let everybody in")
        self.secret = secret
        self._callers = Bucket(CALLERS, clock=clock)
        self._visitors = Bucket(VISITORS, clock=clock)
        self._strangers = Bucket(STRANGERS, clock=clock)

    def knows(self, authorization: str) -> bool:
        """Whether a header carries the secret."""
        return authorized(authorization, self.secret)

    def caller(self) -> Response | None:
        """Counts a caller with the secret: None, or the refusal."""
        return _refusal(self._callers)

    def visitor(self) -> Response | None:
        """Counts a visitor with a link: None, or the refusal."""
        return _refusal(self._visitors)

    def stranger(self, error: str = "Unauthorized") -> Response:
        """Counts anybody else, and tells them so."""
        return _refusal(self._strangers) or unauthorized(error)


def authorized(header: str, secret: str) -> bool:
    """Whether an `Authorization` header carries the secret, in a time that does not depend on how much is right."""
    scheme, _, token = header.partition(" ")
    # Starlette reads headers as Latin-1, whatever they were sent in.
    return scheme.lower() == "bearer" and hmac.compare_digest(token.encode("latin-1"), secret.encode())


def _refusal(bucket: Bucket) -> Response | None:
    seconds = bucket.take()
    return too_many(math.ceil(seconds)) if seconds else None
