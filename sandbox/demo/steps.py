"""What the demo says while it works: a spinner on a terminal, and a line for each thing that is done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console

PIPED_WIDTH = 100


def make_console() -> Console:
    """A console for people; 100 columns wide where the output is no terminal."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PIPED_WIDTH)


@dataclass
class Step:
    """A step under way; `fault` is set when it ends otherwise than hoped."""

    fault: str | None = None


@dataclass(frozen=True)
class Steps:
    """Lines with the time since the start, and of each step its own, both in seconds."""

    console: Console
    began: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[Step]:
        """Show `doing` while the block runs, and `done` for good once it is through, or the fault."""
        step, began = Step(), time.monotonic()
        with self.console.status(doing):
            yield step
        said = f"[bold red]✗ {step.fault}[/]" if step.fault else f"[green]✓[/] {done}"
        self.console.print(f"{said} [dim]({time.monotonic() - began:.1f} s, {self.elapsed:.0f} s so far)[/]")
