"""Runs with nothing in between."""

from collections.abc import Sequence

from tests.simulation.violation import Violation
from tests.simulation.world import World


def quiet_runs(world: World, round_: str, mode: str, flows: Sequence[str] = ("primary", "backup")) -> None:
    """Both flows to their end, with nothing in between."""
    for flow in flows:
        run = world.start(f"quiet {flow} {round_}", flow, {"mode": mode, "confirm_first_import": True})
        world.finish(run)
        if run.outcome is None or run.outcome.status not in ("completed", "findings"):
            remarks = "; ".join(map(str, run.outcome.remarks)) if run.outcome else "no outcome"
            raise Violation("8 every attempt ends", f"a quiet run failed: {remarks}")
