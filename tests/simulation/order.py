"""Invariant 7: without twins and without edits between the runs, the order in which the flows run does not matter."""

import json
from typing import Any

from tests.simulation.quiet import quiet_runs
from tests.simulation.sight import STAFF
from tests.simulation.violation import Violation
from tests.simulation.world import World

NOT_COMPARED = frozenset({"updated_at"}) | STAFF


def same_in_another_order(world: World) -> None:
    """Plays the same sources into an empty backoffice, in the other order."""
    reached = _comparable(world)
    world.database.empty()
    world.start_anew()
    for round_ in ("A", "B"):
        quiet_runs(world, round_, "full", ("backup", "primary"))
    if _comparable(world) != reached:
        raise Violation("7 order does not matter", _difference(reached, _comparable(world)))


def _comparable(world: World) -> list[str]:
    rows = world.ledger.rows.values()
    return sorted(json.dumps({k: v for k, v in row.items() if k not in NOT_COMPARED}, sort_keys=True) for row in rows)


def _difference(one: list[str], other: list[str]) -> str:
    if len(one) != len(other):
        return f"{len(one)} leads against {len(other)}"
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (json.loads(a), json.loads(b)) for a, b in zip(one, other, strict=True) if a != b
    ]
    return ", ".join(sorted({key for a, b in pairs for key in a if a[key] != b[key]}))
