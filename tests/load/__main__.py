"""`make load`: a busy day in 24 minutes, what it cost, and whether everything is where it belongs."""

import argparse
import sys

from sandbox.command import until_a_signal
from sandbox.demo.steps import Steps, make_console
from tests.drills.truth import Edit, broken
from tests.load.load import load


def main() -> None:
    """Reads the arguments, and ends with 1 if something does not hold."""
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
        edits = [Edit(lead, column, value) for (lead, column), value in made.company.edits.items()]
        found = broken(made.world, edits=edits)
        for sentence in found:
            console.print(f"✗ {sentence}", style="red", markup=False)
        console.print(f"{len(edits)} edits, {len(made.company.born)} new leads: {'broken' if found else 'all holds'}")
        sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
