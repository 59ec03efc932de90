"""Something that is fetched once, when a check first asks for it, within a time limit."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any, Generic, TypeVar

from systems.errors import Unavailable

T = TypeVar("T")

SECONDS = 20.0
"""How long one thing may take to be fetched."""


class Evidence(Generic[T]):
    """Fetches in a thread of its own and gives everybody who asks the same value, or raises the same error.

    Args:
        system: whom it asks, for the error when the time is over.
        fetch: how.
        needs: what must be there before; its failure is this one's, and its time does not count here.
        seconds: the limit.
    """

    def __init__(
        self, system: str, fetch: Callable[[], T], *, needs: "tuple[Evidence[Any], ...]" = (), seconds: float = SECONDS
    ) -> None:
        self._fetch = fetch
        self._needs = needs
        self._seconds = seconds
        self._late = Unavailable(system, f"it gave no answer within {seconds:g} s", "Try again later.")
        self._lock = threading.Lock()
        self._begun: tuple[Future[T], float] | None = None

    def __call__(self) -> T:
        """The value.

        Raises:
            Unavailable: the time is over; what comes later is not waited for.
            Exception: whatever fetching raised.
        """
        for need in self._needs:
            need()
        future, deadline = self._begin()
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            if future.done():
                raise
            raise self._late from None

    def _begin(self) -> tuple[Future[T], float]:
        with self._lock:
            if self._begun is None:
                self._begun = Future(), time.monotonic() + self._seconds
                # A daemon, because the command must be able to end whatever a server does. Prefect's settings lie in
                # the context.
                context = copy_context()
                threading.Thread(target=context.run, args=(self._run, self._begun[0]), daemon=True).start()
            return self._begun

    def _run(self, future: "Future[T]") -> None:
        try:
            future.set_result(self._fetch())
        except BaseException as error:  # noqa: BLE001 - whoever asks gets it
            future.set_exception(error)
