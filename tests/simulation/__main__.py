"""`make simulate`: thousands of histories, and what is left of one that fails."""

import sys
import time
import traceback

from tests.simulation.simulation import stage
from tests.simulation.history import history, setting
from tests.simulation.shrink import shrunk
from tests.simulation.violation import Violation


def fails(played, seed, actions, like):
    try:
        played.play(seed, actions)
    except Violation as v:
        return (v.invariant, v.detail) == like
    except Exception as error:
        return False
    return False

def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    with stage() as played:
        begun = time.perf_counter()
        for seed in range(first, first + count):
            try:
                played.play(seed)
            except Violation as error:
                print(seed, type(error).__name__, error)
                if count == 1 or 'S' in sys.argv:
                    print(setting(seed))
                    for a in shrunk(history(seed), lambda actions: fails(played, seed, actions, (error.invariant, error.detail))):
                        print('   ', a)
            except Exception as error:
                print(seed, type(error).__name__, error)
                if count == 1: traceback.print_exc()
        took = time.perf_counter() - begun
        print(f"{count / took:.1f} a second")
    if count>1:
        for kind, number in sorted(played.tally.items()): print(f"{number:6} {kind}")

main()
