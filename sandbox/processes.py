"""Child processes that end with their parent: started, watched, stopped, never left behind."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 10.0
POLL_SECONDS = 0.02


class SandboxError(RuntimeError):
    """The sandbox cannot be built or kept up; the text says what to do."""


def dies_with_parent(name: str) -> list[str]:
    """Give the words before a command that have the kernel send signal `name` when its parent dies.

    The kernel counts the parent *thread*: start children from a thread that lives as long as they should.
    Without `setpriv` (outside Linux) the list is empty, and only an orderly end stops the child.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", name] if setpriv else []


@dataclass(frozen=True)
class Child:
    """A running process, its log file and the signal that asks it to end."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Poll `ready` until it holds.

        Raises:
            SandboxError: the process ended before, or `seconds` passed; with the end of its log.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None:
                raise SandboxError(f"{self.name} ended with code {self.process.returncode}: {self.last_words()}")
            if time.monotonic() > deadline:
                raise SandboxError(f"{self.name} was not ready after {seconds:g} s: {self.last_words()}")
            time.sleep(POLL_SECONDS)

    def last_words(self, lines: int = 5) -> str:
        """The last lines of the log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return " | ".join(text.strip().splitlines()[-lines:]) or "it wrote nothing"

    def stop(self) -> None:
        """Ask the process to end, kill it when it does not, and reap it."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Start `command` in a session of its own, so that a Ctrl-C of the terminal reaches only the parent.

    Args:
        name: How errors call it.
        command: Program and arguments; what makes it die with its parent is put in by the caller.
        log: File that takes its output.
        environment: The whole environment; None hands on the parent's.
        stop_signal: The signal for an orderly end.
        pass_fds: File descriptors that the child inherits.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(os.environ if environment is None else environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
    return Child(name=name, process=process, log=log, stop_signal=stop_signal)


def run_whole(command: Sequence[str], *, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a program to its end; give its exit code and output. If we are interrupted, its own children end as well."""
    with subprocess.Popen(
        list(command),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, said
