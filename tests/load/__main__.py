"""`make load`: a busy day in 24 minutes, what it cost, and whether everything is where it belongs."""

import argparse
import sys

from sandbox.command import until_a_signal
from sandbox.demo.steps import Steps, make_console
from tests.load.load import load

INTERRUPTED = 130


def main() -> int:
    """Reads the arguments, and gives 1 if something does not hold."""
    parser = argparse.ArgumentParser(prog="make load")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=24)
    asked, console = parser.parse_args(), make_console()
    steps = Steps(console)
    with until_a_signal(), load(asked.seed, steps) as made:
        made.goes_on(asked.minutes, steps)
        made.ends(steps)
        for line in made.figures():
            console.print(line, markup=False, soft_wrap=True)
        found = made.broken()
        for sentence in found:
            console.print(f"✗ {sentence}", style="red", markup=False)
        told = f"{len(made.edits)} last words of the office, {len(made.company.born)} new leads"
        console.print(f"{told}: {'broken' if found else 'all holds'}")
        return 1 if found else 0
    return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
