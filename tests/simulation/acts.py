"""All kinds of actions, by the names that histories know them by."""

from collections.abc import Callable

from tests.simulation import people_acts, run_acts, source_acts, staff_acts
from tests.simulation.actions import Action
from tests.simulation.world import World

Act = Callable[..., bool]

ACTS: dict[str, Act] = {
    name.replace("_", " "): act
    for module in (source_acts, staff_acts, people_acts, run_acts)
    for name, act in vars(module).items()
    if callable(act) and getattr(act, "__module__", "") == module.__name__ and not name.startswith("_")
}


def do(world: World, action: Action) -> None:
    """Lets it happen, and counts it if it did."""
    world.clock.turn += 1
    if action.wait:
        world.pass_time(action.wait)
    if ACTS[action.kind](world, action.about, **action.more):
        world.tally.update(filter(None, (action.kind, action.label)))
