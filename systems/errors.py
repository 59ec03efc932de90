"""What can go wrong with the outside world, as one tree.

::

    LeadsyncError
    ├── TransientError          may pass by itself: retried
    │   ├── Unavailable         no answer, a 5xx, or a body that is not the promised JSON
    │   ├── RateLimited         asked too often
    │   └── Contended           another writer was faster; the database says try again
    └── PermanentError          stays until somebody acts: never retried
        ├── Misconfigured       a setting, a right or a migration is wrong or missing   (exit code 2)
        ├── Refused             the request itself is not allowed here                  (exit code 2)
        ├── ContractBroken      an answer that no documented contract explains
        ├── WalkBroken          the source does not let a paged read go on
        ├── CreditsExhausted    the day's API credits are used up
        └── AttemptClosed       the attempt is no longer the one that may write

The text of an error is one sentence about the system and its cause, and one about the cure. It never carries a
key, an answer's body or anything about a person: error texts are logged and stored.
"""

from typing import ClassVar


class LeadsyncError(Exception):
    """Base of all errors that leadsync raises on purpose.

    Attributes:
        system: who it is about: `Zoho`, `Portal`, `Backoffice`, `Settings`.
        cause: what happened, without the final full stop.
        cure: what a person can do, one or more whole sentences.
        status: the HTTP status, if an answer was the cause.
        code: the system's own error code (Zoho's code, SQLSTATE, PGRSTnnn), if it gave one.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, system: str, cause: str, cure: str, *, status: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(system, cause, cure)
        self.system = system
        self.cause = cause
        self.cure = cure
        self.status = status
        self.code = code

    def __str__(self) -> str:
        return f"{self.system}: {self.cause}. {self.cure}"

    def summary(self) -> dict[str, str]:
        """The form in which `leadsync_close` records it."""
        return {"system": self.system, "cause": self.cause, "cure": self.cure}


class TransientError(LeadsyncError):
    """Raised when the same call may succeed later.

    Attributes:
        retry_after: seconds that the system asked to wait, if it did.
    """

    def __init__(
        self,
        system: str,
        cause: str,
        cure: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(system, cause, cure, status=status, code=code)
        self.retry_after = retry_after


class Unavailable(TransientError):
    """Raised when no usable answer came: timeout, lost connection, 5xx, HTML, truncated or non-JSON body."""


class RateLimited(TransientError):
    """Raised when the system says that it was asked too often."""


class Contended(TransientError):
    """Raised when the database gave up a lock (55P03) or broke a deadlock (40P01)."""


class PermanentError(LeadsyncError):
    """Raised when repeating the call cannot help."""


class Misconfigured(PermanentError):
    """Raised for a wrong key, host or scope, a revoked token, a missing setting or a missing migration."""

    exit_code = 2


class Refused(PermanentError):
    """Raised when leadsync itself declines to do what was asked."""

    exit_code = 2


class ContractBroken(PermanentError):
    """Raised for an answer that no documented contract explains."""


class WalkBroken(PermanentError):
    """Raised when a paged read cannot go on from where it stands: a dead page token, a paging limit."""


class CreditsExhausted(PermanentError):
    """Raised when Zoho's API credits of the rolling 24 hours are used up."""


class AttemptClosed(PermanentError):
    """Raised when the backoffice refuses an attempt that is no longer running (SQLSTATE LS001)."""
