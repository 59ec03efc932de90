"""Who writes a history: chance, and what the history has named so far."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from random import Random
from typing import Any

from leads.sources import Source
from tests.simulation.actions import Action
from tests.simulation.words import PEOPLE, STRANGERS, WORDS, Person

Fields = dict[str, Any]
WAITS = (0, 0, 0, 0, 0.3, 0.3, 1, 40, 130, 1000, 7200, 90_000)
AGES = (0.0, 0.0, 3600.0, 700_000.0, 3e7)
"""Seconds since a record was made, when its source first shows it."""


@dataclass
class Author:
    """Adds action after action.

    Attributes:
        crowded: whether nothing takes any time, so that whole pages lie within a second.
        zoho: Zoho's leads by name, and the number of the person that each is of.
        portal: likewise the portal's rows.
        jobs: likewise the leads that another job inserts.
        poison: records that cannot be leads as they are.
        deleted: leads that were deleted at Zoho.
        buried: records whose leads a person deleted.
        runs: the runs so far.
    """

    random: Random
    calm: bool
    crowded: bool
    actions: list[Action] = field(default_factory=list)
    zoho: dict[str, int] = field(default_factory=dict)
    portal: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    poison: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    buried: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    _named: int = 0

    def add(self, kind: str, about: str = "", *, wait: float = 0.0, label: str = "", **more: Any) -> None:  # noqa: ANN401 - arguments of any action
        """Writes an action down."""
        self.actions.append(Action(kind, about, more, wait, label))

    def then(self, kind: str, about: str = "", *, label: str = "", **more: Any) -> None:  # noqa: ANN401 - likewise
        """Writes an action down that happens after some time, or none."""
        wait = 0.0 if self.crowded else float(self.random.choice(WAITS))
        self.add(kind, about, wait=wait, label=label, **more)

    def repeat(self, fewest: int, most: int, scene: Callable[["Author"], None]) -> None:
        for _ in range(self.random.randint(fewest, most)):
            scene(self)

    def choose(self, *weighed: tuple[int, Callable[["Author"], None]]) -> None:
        (chosen,) = self.random.choices([scene for _, scene in weighed], [weight for weight, _ in weighed])
        chosen(self)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self, letter: str) -> str:
        """A name for something new."""
        self._named += 1
        return f"{letter}{self._named}"

    def any(self, names: Collection[str]) -> str | None:
        return self.random.choice(list(names)) if names else None

    def record(self) -> str | None:
        """Any record of a source, or a job's lead."""
        return self.any({**self.zoho, **self.portal, **self.jobs})

    def person(self, taken: dict[str, int] | None = None) -> Person | None:
        """Somebody; in a calm history of those who share nothing, and not yet among the records of that source."""
        if not self.calm or taken is None:
            return self.random.choice(PEOPLE)
        free = [person for person in PEOPLE[:STRANGERS] if person.number not in taken.values()]
        return self.random.choice(free) if free else None

    def spelled(self, spellings: tuple[str, ...]) -> str | None:
        """One of the spellings, mostly the first."""
        if not spellings:
            return None
        return spellings[0] if self.chance(0.6) else self.random.choice(spellings)

    def words(self, source: Source, share: float) -> Fields:
        """What a record says beside the contact."""
        named = [(word.name(source), word) for word in WORDS]
        return {
            name: self.random.choice(self.random.choice(word.values).spellings)
            for name, word in named
            if name and self.chance(share)
        }
