"""A drill as a value: what goes wrong, and what the operator is to see of it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal

from tests.drills.network.scene import Scene
from tests.integration.test_flows.runs import Which

Fault = Callable[[Scene], AbstractContextManager[None]]
"""Goes wrong when it is entered, and is over when it is left; leaving it fails if nothing did go wrong."""

State = Literal["Completed", "Completed with findings", "Failed"]
Record = Literal["completed", "findings", "failed", "running"]

FEW, MANY = 3, 450
"""New people: within one page and batch, or in three of each (with batches of 200)."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the operator sees of the run.

    Attributes:
        state: the name of the final state in Prefect.
        message: a regular expression that the state's message contains: system, cause and cure.
        record: the attempt's status in sync_metadata when the run has ended; None: there is no row.
    """

    state: State
    message: str
    record: Record | None


def unharmed(message: str = "^completed: fetched") -> Sight:
    """Nothing, because the run repairs it itself."""
    return Sight(state="Completed", message=message, record="completed")


def finding(message: str) -> Sight:
    """A finding."""
    return Sight(state="Completed with findings", message=message, record="findings")


def failure(message: str, record: Record | None = "failed") -> Sight:
    """A failed run."""
    return Sight(state="Failed", message=message, record=record)


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill.

    Attributes:
        name: what is done.
        fault: the same as code.
        sight: what is to be seen.
        flows: the flows for which it is played.
        standing: what is wrong all the time, from before the world's first run on; None: nothing.
        people: how many new ones the source has.
        settings: of leadsync, beside the tests' own.
        quick: the flow for which `make test` plays it; None leaves it to `make drill-network`.
    """

    name: str
    fault: Fault
    sight: Sight
    flows: tuple[Which, ...] = ("primary", "backup")
    standing: Fault | None = None
    people: int = FEW
    settings: Mapping[str, str] = field(default_factory=dict)
    quick: Which | None = None
