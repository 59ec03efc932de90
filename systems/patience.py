"""How often and how long a failing call is repeated: one policy for all systems."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from systems.errors import LeadsyncError, TransientError
from systems.settings import Tunables

T = TypeVar("T")

GROWTH = 1.6
"""Each wait is this much longer than the one before: ten refusals in a row take some 40 seconds by default."""

logger = logging.getLogger("leadsync.systems")


def log_retry(details: RetryDetails) -> None:
    """Says which system made us wait, for what class of cause and how long; nothing of the request."""
    error = details.caused_by
    system = error.system if isinstance(error, LeadsyncError) else "unknown"
    logger.warning(
        "%s: %s at attempt %d, trying again in %.1f s",
        system,
        type(error).__name__,
        details.retry_num,
        details.wait_for,
    )


# stamina keeps its hooks for the whole process; its own one would log our arguments.
set_on_retry_hooks([log_retry])


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Repeats a call while it raises a `TransientError`: exponential waits with jitter, within bounds.

    Attributes:
        attempts: calls in all.
        seconds: after this time no further call begins.
        first_wait: seconds before the second call.
        longest_wait: seconds that one wait lasts at most.
    """

    attempts: int
    seconds: float
    first_wait: float
    longest_wait: float

    @classmethod
    def of(cls, tunables: Tunables) -> "Patience":
        """The policy that `LEADSYNC_RETRY_*` describes."""
        return cls(
            attempts=tunables.retry_attempts,
            seconds=tunables.retry_seconds,
            first_wait=tunables.retry_first_wait,
            longest_wait=tunables.retry_longest_wait,
        )

    def __call__(self, call: Callable[[], T]) -> T:
        """Returns what the call returns at last.

        Raises:
            LeadsyncError: the last one, when it is permanent or when patience is at its end.
        """
        caller = stamina.RetryingCaller(
            attempts=self.attempts,
            timeout=self.seconds,
            wait_initial=self.first_wait,
            wait_max=self.longest_wait,
            wait_jitter=self.first_wait,
            wait_exp_base=GROWTH,
        )
        return caller(self._verdict, call)

    def _verdict(self, error: Exception) -> bool | float:
        """Whether to go on, or how many seconds to wait because the server asked for it."""
        if not isinstance(error, TransientError):
            return False
        asked = error.retry_after or 0.0
        if asked <= self.first_wait:
            return True
        if asked >= self.seconds:
            return False
        jitter = random.uniform(0, self.first_wait)  # noqa: S311 - spreads callers, guards nothing
        return min(asked, self.longest_wait) + jitter
