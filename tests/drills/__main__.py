"""`make drill`: kill drills at random instants; exit code 1 if anything broke, with the seeds that repeat it."""

import argparse
import random
import secrets
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from sandbox.command import until_a_signal
from sandbox.samples import seed as plant_samples
from tests.drills.drill import Drills
from tests.drills.holds import NAMED
from tests.drills.installation import Installation, bare_installation, installation
from tests.drills.people import People
from tests.drills.plan import ALONE, AT_WORK, RANDOM, TARGETS, Plan
from tests.drills.tally import Tally

LEADS, ROWS = 600, 150
"""Beside the samples: leads at Zoho, rows in the portal."""
SERIES, BARE_SERIES = 3, 6
"""Drills in a row before everything is looked at; bare ones are so quick that looking would take most of the time."""
LOG = Path("build/drills.jsonl")
INTERRUPTED = 130


def main() -> int:
    """Reads the arguments and holds the drills."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills")
    parser.add_argument("number", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=None, help="of the first series; each further one has the next")
    parser.add_argument("--target", choices=TARGETS, default=None)
    parser.add_argument("--step", choices=(*NAMED, RANDOM, AT_WORK), default=None)
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no further one after so long")
    parser.add_argument("--log", type=Path, default=LOG)
    parser.add_argument("--bare", action="store_true", help="without Prefect: hundreds in the time of a few")
    asked = parser.parse_args()
    first = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    console, tally = Console(highlight=False), Tally(asked.log)
    interrupted = True
    with until_a_signal():
        hold_all(asked, first, tally, console)
        interrupted = False
    console.print(tally.table())
    console.print(tally.markdown(), markup=False, soft_wrap=True)
    for seed in tally.failed:
        again = f"N={BARE_SERIES if asked.bare else SERIES} SEED={seed}{' BARE=1' if asked.bare else ''}"
        console.print(f"Something broke; once more: make drill {again}", style="red")
    if tally.failed:
        return 1
    return INTERRUPTED if interrupted else 0


def hold_all(asked: argparse.Namespace, first: int, tally: Tally, console: Console) -> None:
    """Holds them in one installation, one after the other."""
    began = time.monotonic()
    install = bare_installation if asked.bare else installation
    with tempfile.TemporaryDirectory(prefix="leadsync-drills-") as folder, install(Path(folder)) as there:
        drills = Drills(there, settled(there, first))
        console.print(f"Everything is up after {time.monotonic() - began:.0f} s; seed {first}.")
        with Progress(console=console) as progress:
            bar, seeds = progress.add_task("Drills", total=asked.number), count(first)
            while (left := asked.number - len(tally.reports)) > 0 and time.monotonic() - began < asked.minutes * 60:
                seed = next(seeds)
                drills.people.dice = dice = random.Random(seed)  # noqa: S311 - no secret
                plans = series(dice, asked)[:left]
                for place, report in enumerate(drills.hold_series(plans)):
                    tally.add(seed, place, report)
                    progress.advance(bar)
                    for sentence in report.violations:
                        console.print(f"seed {seed}: {sentence}", style="red", markup=False)


def series(dice: random.Random, asked: argparse.Namespace) -> list[Plan]:
    """Some drills in a row; one that both flows are hit by stands alone."""
    plans = [
        Plan.thrown(dice, asked.target, asked.step, bare=asked.bare)
        for _ in range(BARE_SERIES if asked.bare else SERIES)
    ]
    return next(([plan] for plan in plans if plan.target in ALONE), plans)


def settled(there: Installation, seed: int, leads: int = LEADS, rows: int = ROWS) -> People:
    """The first import is over: of the samples, and of so many leads at Zoho and rows in the portal."""
    people = People(there.world, random.Random(seed))  # noqa: S311 - no secret
    plant_samples(there.world)
    people.move_in(leads, rows)
    Drills(there, people).run_both()
    return people


if __name__ == "__main__":
    sys.exit(main())
