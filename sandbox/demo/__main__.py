"""`python -m sandbox.demo`: runs the demo; exit code 0 only if both flows completed and everything is in its place."""

import argparse
import signal
import sys
from contextlib import suppress

from rich.console import Console

from sandbox.command import until_a_signal
from sandbox.demo.show import report, run_flows, stage
from sandbox.demo.steps import Steps, make_console
from sandbox.processes import SandboxError

INTERRUPTED = 130


def main() -> int:
    """Read the arguments and give the demo."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    keep, console = parser.parse_args().keep, make_console()
    with until_a_signal():
        return _give(console, keep=keep)
    console.print("Interrupted; everything is stopped.", style="yellow")
    return INTERRUPTED


def _give(console: Console, *, keep: bool) -> int:
    steps = Steps(console)
    try:
        with stage(steps) as running:
            completed = run_flows(running, steps)
            right = report(running, console) and completed
            console.print(_closing(steps, right=right))
            console.print(f"Prefect's UI: {running.ui}", style="bold")
            if keep:
                _stay(console)
    except SandboxError as error:
        console.print(f"✗ {error}", style="bold red", markup=False)
        return 1
    return 0 if right else 1


def _closing(steps: Steps, *, right: bool) -> str:
    if right:
        return f"[bold green]✓ Both flows completed and the counts are right[/], after {steps.elapsed:.0f} s."
    return f"[bold red]✗ Not everything is as it should be[/], after {steps.elapsed:.0f} s."


def _stay(console: Console) -> None:
    console.print("Everything stays up; Ctrl-C ends it.")
    with suppress(KeyboardInterrupt):
        while True:
            signal.pause()
    console.print("Stopping …")


if __name__ == "__main__":
    sys.exit(main())
