"""Acts that come again and again, each in a thread of its own."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random


@dataclass
class Rhythm:
    """Does things in their rhythm as long as the block lasts.

    Attributes:
        done: how often each act was done.
        failed: what went wrong, by act and error.
    """

    seed: int
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def of(self, *acts: tuple[str, float, Callable[[], None]]) -> Iterator[None]:
        """Each act with its name and how often a minute it comes, on the average.

        Raises:
            AssertionError: an act failed.
        """
        self._over.clear()
        threads = [threading.Thread(target=self._repeat, args=act, daemon=True) for act in acts]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
        assert not self.failed, dict(self.failed)

    def _repeat(self, name: str, a_minute: float, act: Callable[[], None]) -> None:
        random = Random(f"{self.seed} {name}")  # noqa: S311 - no secret
        while not self._over.wait(60 / a_minute * random.uniform(0.5, 1.5)):
            try:
                act()
            except Exception as failed:  # noqa: BLE001 - the others go on, and it is told at the end
                self.failed[f"{name}: {type(failed).__name__}"] += 1
            else:
                self.done[name] += 1
