"""`make month`: a whole month in a sandbox of its own, and what happened in it."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from sandbox.world import world
from tests.month.checks import check
from tests.month.month import Month, long, month

FEWEST = 3
"""Days in which a field can vanish and be back for a day before all leads are read."""


def main() -> None:
    """Reads the arguments, and ends with 1 if something does not hold."""
    parser = argparse.ArgumentParser(prog="make month")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=30)
    asked = parser.parse_args()
    if asked.days < FEWEST:
        parser.error(f"so much needs {FEWEST} days at least")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="leadsync-month-") as folder:
        empty = Path(folder) / "empty"
        empty.mkdir()
        with (
            world(Path(folder) / "world", empty=True) as built,
            month(built, empty, seed=asked.seed, size=long(asked.days)) as made,
        ):
            held = _plays(made)
    print(made.tally.table())  # noqa: T201 - a command prints
    ended = "the backoffice equals the model" if held else "it does not hold"
    print(f"{asked.days} days with seed {asked.seed}, {time.monotonic() - begun:.0f} seconds: {ended}")  # noqa: T201
    sys.exit(0 if held else 1)


def _plays(made: Month) -> bool:
    try:
        made.play()
        check(made)
    except AssertionError as failed:
        print(f"Zoho's clock stands at {made.author.now:%Y-%m-%d %H:%M:%SZ}\n{failed}\n")  # noqa: T201
        return False
    return True


if __name__ == "__main__":
    main()
