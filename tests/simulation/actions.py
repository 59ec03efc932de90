"""What can happen in a history.

An action names its subjects by what the history calls them, and does nothing where there is no such subject: so a
history may lose any of its actions and still be one.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Action:
    """Something that happens.

    Attributes:
        kind: one of `tests.simulation.acts.ACTS`.
        about: what it is about, by its name in the history.
        more: further arguments of the kind's function.
        wait: seconds that pass before it.
        label: what it is counted as besides.
    """

    kind: str
    about: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    wait: float = 0.0
    label: str = ""

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.more.items())
        return f"+{self.wait:<6g} {self.kind:<20} {self.about:<4} {told}".rstrip()


def zoho_id(name: str) -> str:
    """An id as long as Zoho's, which no float can hold; ids of one history lie within one float's reach."""
    return str(752_000_000_000_000_001 + 2 * int(name[1:]))


def own_id(name: str) -> str:
    """A UUID for a row of the portal or of the backoffice."""
    return str(UUID(int=Random(name).getrandbits(128), version=4))  # noqa: S311 - to be had again
