"""What befalls runs, each a small function; it says whether anything happened."""

from typing import Any

from tests.simulation.runs import TRIES, Run
from tests.simulation.world import World

Fields = dict[str, Any]


def run_starts(world: World, name: str, *, flow: str, parameters: Fields, since: float = 0.0) -> bool:
    asked = dict(parameters)
    if since:
        asked["since"] = world.clock.second_before(since).isoformat()
    world.start(name, flow, asked)
    return True


def run_steps(world: World, name: str, *, steps: int) -> bool:
    run = _going_on(world, name)
    for _ in range(steps):
        if run is not None and not run.ended:
            world.step(run)
    return run is not None


def run_goes_on_to(world: World, name: str, *, call: str) -> bool:
    """Stops before its first call of a kind; one that does not come to such a call goes on to its end."""
    run = _going_on(world, name)
    while run is not None and not run.ended and run.waits_for != call:
        world.step(run)
    return run is not None and not run.ended


def run_ends(world: World, name: str) -> bool:
    run = _going_on(world, name)
    if run is not None:
        world.finish(run)
    return run is not None


def run_dies(world: World, name: str) -> bool:
    run = _going_on(world, name)
    if run is not None:
        world.tally[f"dies before {run.waits_for}"] += 1
        run.kill()
    return run is not None


def run_is_told_to_end(world: World, name: str) -> bool:
    run = _going_on(world, name)
    if run is not None:
        run.tell_to_end()
        world.finish(run)
    return run is not None


def run_meets(world: World, name: str, *, fault: str) -> bool:
    run = _going_on(world, name)
    if run is not None:
        run.faults.extend([fault] * (TRIES if fault == "not available" else 1))
    return run is not None


def run_is_pestered(world: World, name: str, *, times: int) -> bool:
    run = _going_on(world, name)
    if run is not None:
        world.pestered[name] = times
    return run is not None


def _going_on(world: World, name: str) -> Run | None:
    run = world.runs.get(name)
    return None if run is None or run.ended else run
