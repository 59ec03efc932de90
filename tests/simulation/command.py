"""`make simulate`: many histories in several processes, and what is left of each that fails."""

import argparse
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tests.simulation.history import history
from tests.simulation.setting import setting
from tests.simulation.shrink import shrunk
from tests.simulation.simulation import Stage, stage
from tests.simulation.tally import missing, table
from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

MOST_FAILURES = 5
Results: TypeAlias = "Queue[Counter[str] | Failure]"


@dataclass(frozen=True)
class Failure:
    """A history that broke an invariant, as short as it could be made.

    Attributes:
        seed: its seed.
        text: invariant, setting and history, for people.
    """

    seed: int
    text: str


def failure(played: Stage, seed: int, found: Violation) -> Failure:
    """Makes a failing history short."""
    kept = shrunk(history(seed), lambda actions: played.fails(seed, actions, found))
    lines = [f"seed {seed} breaks {found}", f"    {setting(seed)}", *(f"    {action}" for action in kept)]
    return Failure(seed, "\n".join([*lines, f"to repeat it: make simulate SEED={seed}"]))


def try_seed(played: Stage, seed: int) -> Failure | None:
    """Plays one history; what is left of it if it fails."""
    try:
        played.play(seed)
    except Violation as found:
        return failure(played, seed, found)
    return None


def _work(seeds: range, results: Results) -> None:
    with stage() as played:
        for seed in seeds:
            try:
                failed = try_seed(played, seed)
            except Exception:  # noqa: BLE001 - whoever waits for results has to hear of it
                failed = Failure(seed, f"seed {seed} cannot be played:\n{traceback.format_exc()}")
            results.put(failed or played.world.tally)


def simulate(first: int, histories: int, jobs: int) -> tuple[Counter[str], list[Failure]]:
    """Plays histories in several processes; the counts, and those that failed."""
    context = multiprocessing.get_context("spawn")
    results: Results = context.Queue()
    seeds = range(first, first + histories)
    workers = [context.Process(target=_work, args=(seeds[job::jobs], results), daemon=True) for job in range(jobs)]
    for worker in workers:
        worker.start()
    tally: Counter[str] = Counter()
    failures: list[Failure] = []
    begun = time.monotonic()
    for done in range(1, histories + 1):
        result = results.get()
        if isinstance(result, Failure):
            failures.append(result)
            print(f"\n{result.text}\n", flush=True)  # noqa: T201 - a command prints
            if len(failures) == MOST_FAILURES:
                break
        else:
            tally.update(result)
        _progress(done, histories, time.monotonic() - begun)
    for worker in workers:
        worker.terminate()
        worker.join()
    return tally, failures


def _progress(done: int, histories: int, seconds: float) -> None:
    if sys.stderr.isatty() or done % 500 == 0 or done == histories:
        end = "\r" if sys.stderr.isatty() and done < histories else "\n"
        print(f"{done:,} of {histories:,} histories, {done / seconds:.1f} a second", end=end, file=sys.stderr)  # noqa: T201


def main() -> None:
    """Reads the arguments and ends with 1 if an invariant was broken or something never happened."""
    parser = argparse.ArgumentParser(prog="make simulate")
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one alone")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    asked = parser.parse_args()
    alone = asked.seed is not None
    first, histories = (asked.seed, 1) if alone else (asked.first, asked.histories)
    tally, failures = simulate(first, histories, min(asked.jobs, histories))
    never = [] if alone or failures else missing(tally, histories)
    print(table(tally))  # noqa: T201
    print(f"{histories:,} histories, {len(failures)} broke an invariant")  # noqa: T201
    if never:
        print(f"too seldom: {', '.join(never)}")  # noqa: T201
    sys.exit(1 if failures or never else 0)
