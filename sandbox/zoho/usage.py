"""What the organisation has used: credits of the rolling 24 hours, and calls that are under way (§6)."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.zoho.errors import too_many
from sandbox.zoho.prices import Price
from sandbox.zoho.settings import Limits

_WINDOW = timedelta(hours=24)


@dataclass
class Credits:
    """The credits that were spent, and when.

    Attributes:
        total: All that were ever spent.
    """

    total: int = 0
    _spent: deque[tuple[datetime, int]] = field(default_factory=deque)
    _sum: int = 0

    def used(self, now: datetime) -> int:
        """What was spent within the window."""
        while self._spent and self._spent[0][0] <= now - _WINDOW:
            self._sum -= self._spent.popleft()[1]
        return self._sum

    def spend(self, now: datetime, price: Price, allowance: int) -> None:
        """Pay for a call.

        Raises:
            ZohoError: TOO_MANY_REQUESTS, if there is not enough left; that costs nothing.
        """
        if self.used(now) + price.credits > allowance:
            raise too_many("The API credits of the last 24 hours are used up")
        self.total += price.credits
        self._note(now, price.credits)

    def leave(self, now: datetime, left: int, allowance: int) -> None:
        """Act as if only so much were left."""
        self._note(now, allowance - left - self.used(now))

    def _note(self, now: datetime, spent: int) -> None:
        self._spent.append((now, spent))
        self._sum += spent


@dataclass
class Gate:
    """How many calls of each client are under way; the heavy ones are counted twice."""

    running: Counter[str] = field(default_factory=Counter)
    heavy: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def enter(self, client_id: str, price: Price, limits: Limits) -> Iterator[None]:
        """Let a call in until the block ends.

        Raises:
            ZohoError: TOO_MANY_REQUESTS, at once: nothing waits here.
        """
        if self.running[client_id] + limits.busy >= limits.concurrent:
            raise too_many("Too many calls are under way at the same time")
        if price.heavy and self.heavy[client_id] + limits.busy_heavy >= limits.heavy:
            raise too_many("Too many calls of this kind are under way at the same time")
        self.running[client_id] += 1
        self.heavy[client_id] += price.heavy
        try:
            yield
        finally:
            self.running[client_id] -= 1
            self.heavy[client_id] -= price.heavy
