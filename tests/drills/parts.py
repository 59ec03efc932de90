"""A part of an installation that is killed and that its host brings back: the same program, data and place."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sandbox.processes import POLL_SECONDS, Child, SandboxError

START_SECONDS = 120.0


@dataclass
class Part:
    """Something with a process.

    Attributes:
        name: how reports call it.
        launch: starts its process over what the last one left.
        answers: whether the process that runs now does its work.
        child: that process.
    """

    name: str
    launch: Callable[[], Child]
    answers: Callable[[Child], bool]
    child: Child | None = field(default=None)

    def start(self) -> None:
        """Starts it and waits until it answers; what ends at once is started again, as systemd does.

        Raises:
            SandboxError: it does not come up.
        """
        deadline = time.monotonic() + START_SECONDS
        child = self.launch()
        while not self.answers(child):
            if time.monotonic() > deadline:
                raise SandboxError(f"{self.name} does not come up: {child.last_words()}")
            if child.process.poll() is not None:
                time.sleep(POLL_SECONDS * 10)
                child = self.launch()
            time.sleep(POLL_SECONDS)
        self.child = child

    def kill(self, *, alone: bool = False) -> None:
        """Kills it with -9 and all that it started; `alone`: only the process itself."""
        assert self.child is not None
        with suppress(ProcessLookupError):
            if alone:
                os.kill(self.child.pid, signal.SIGKILL)
            else:
                os.killpg(self.child.pid, signal.SIGKILL)
        self.child.process.wait()

    def end(self) -> None:
        """Kills it for good."""
        if self.child is not None:
            self.kill()
