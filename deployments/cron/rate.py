"""How many calls are served: a bucket that holds so many and fills up again."""

import time
from collections.abc import Callable


class Bucket:
    """Lets so many calls through at once, and as many a minute in the long run. One process, one thread.

    Args:
        per_minute: how many.
        clock: seconds that only ever go up.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._held = self._most
        self._clock = clock
        self._seen = clock()

    def take(self) -> float:
        """Takes a call: 0.0 if there is one left, else the seconds until there will be."""
        now = self._clock()
        self._held = min(self._most, self._held + (now - self._seen) * self._most / 60)
        self._seen = now
        if self._held < 1:
            return (1 - self._held) * 60 / self._most
        self._held -= 1
        return 0.0
