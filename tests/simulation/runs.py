"""One run of a flow: the product's own code, which stops before each call that it makes to the outside.

It has a thread of its own, but only one thread ever goes on: whoever calls `step` waits until the run stops again. So
any order of the steps of several runs can be had, and had again.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from systems.errors import Contended, LeadsyncError, Unavailable

T = TypeVar("T")

ANY = (
    *("zoho page", "zoho deleted", "portal page"),
    *("leadsync_open", "leadsync_match", "leadsync_apply", "leadsync_mark_deleted", "leadsync_beat", "leadsync_close"),
    *("leadsync_cache_put", "leadsync_recalled"),
)
RPC = tuple(name for name in ANY if name.startswith("leadsync"))
FAULTS: dict[str, tuple[str, ...]] = {
    "answer lost": RPC,
    "dies before the answer": RPC,
    "not available once": ANY,
    "not available": ANY,
    "lock not granted": ("leadsync_apply", "leadsync_mark_deleted"),
    "page short": ("zoho page",),
    "page empty": ("zoho page",),
    "page repeated": ("zoho page",),
    "page token expired": ("zoho page",),
}
"""What can befall a call, and the calls that it can befall."""

TRIES = 2
"""A task is tried twice (`tasks.step`), so an outage that is to be noticed befalls two calls."""


class Death(BaseException):
    """Raised in a run whose process is gone: whatever it still tries does nothing."""


class Signal(BaseException):
    """Raised in a run whose process is told to end."""


class Caller(Protocol):
    """How the clients of a run reach the world."""

    def __call__(self, kind: str, do: Callable[[], T], faults: Mapping[str, Callable[[], T]]) -> T:
        """Waits for the run's turn, then makes the call, or what a fault makes of it."""


@dataclass
class Run:
    """A run of a flow.

    Attributes:
        name: what it is called in the history.
        waits_for: the call that it makes next; None before its first step and after its end.
        done: the call that it made last.
        faults: what befalls its next fitting calls, in this order.
        told: what it has said to the outside: artifacts and log lines.
        attempt: the attempt that it opened.
        undoes: of an undo, the run that it takes back.
        forgets: of a forgetting, the record whose person it is.
        declined: why a command did nothing.
    """

    name: str
    flow: str
    body: Callable[[], Any]
    outcome: Any = None
    error: BaseException | None = None
    ended: bool = False
    killed: bool = False
    signalled: bool = False
    waits_for: str | None = None
    done: str | None = None
    read: int = 0
    faults: deque[str] = field(default_factory=deque)
    fired: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    attempt: str | None = None
    undoes: str | None = None
    forgets: str | None = None
    declined: LeadsyncError | None = None
    _go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _stopped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _thread: threading.Thread | None = None

    def step(self) -> None:
        """Goes on until the next call, or to the end."""
        if self.ended:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._main, daemon=True)
            self._thread.start()
        self._go.release()
        self._stopped.acquire()

    def kill(self) -> None:
        """The process dies where it stands."""
        self.killed = True
        while not self.ended:
            self.step()

    def tell_to_end(self) -> None:
        """A signal reaches the process where it stands."""
        self.signalled = True

    def call(self, kind: str, do: Callable[[], T], faults: Mapping[str, Callable[[], T]]) -> T:
        """`Caller` of this run."""
        self._pause(kind)
        fault = self._fault(kind, faults)
        self.done = kind
        if fault is None:
            return do()
        self.fired.append(fault)
        if fault in faults:
            return faults[fault]()
        return self._befall(fault, do)

    def _befall(self, fault: str, do: Callable[[], T]) -> T:
        if fault == "answer lost":
            do()
            return do()
        if fault == "dies before the answer":
            do()
            self.killed = True
            raise Death
        if fault == "lock not granted":
            raise Contended("Backoffice", "another writer held what was needed (55P03)", "Try again.")
        raise Unavailable("The other side", "it is not available", "Try again later.")

    def _fault(self, kind: str, own: Mapping[str, object]) -> str | None:
        for fault in self.faults:
            if kind in FAULTS[fault] and (fault in own or not fault.startswith("page")):
                self.faults.remove(fault)
                return fault
        return None

    def _pause(self, kind: str) -> None:
        if self.killed:
            raise Death
        self.waits_for = kind
        self._stopped.release()
        self._go.acquire()
        self.waits_for = None
        if self.killed:
            raise Death
        if self.signalled:
            self.signalled = False
            raise Signal

    def _main(self) -> None:
        self._go.acquire()
        current.run = self
        try:
            if not self.killed:
                self.body()
        except (Death, Signal):
            pass
        except BaseException as error:  # noqa: BLE001 - no flow may let any out; the checks say so
            self.error = error
        finally:
            self.ended = True
            self._stopped.release()


class _Current(threading.local):
    run: Run


current = _Current()
"""The run whose thread this is."""


def patient(task: Callable[..., T]) -> Callable[..., T]:
    """A task as Prefect would run it, without Prefect: tried again once if it fails for something that may pass."""

    def tried(*arguments: object) -> T:
        for _ in range(TRIES - 1):
            try:
                return task(*arguments)
            except LeadsyncError as error:
                if not isinstance(error, Unavailable | Contended):
                    raise
        return task(*arguments)

    return tried
