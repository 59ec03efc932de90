"""A history from a seed: what happens in the world, in which order, with which pauses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from leads.sources import Source
from tests.simulation.actions import Action, Fields, zoho_id
from tests.simulation.words import FORBIDDEN, PEOPLE, STRANGERS, WORDS, Person
from tests.simulation.zoho import Habits

WAITS = (0, 0, 0, 0, 0.3, 0.3, 1, 40, 130, 1000, 7200, 90_000)
OFFSETS = (0, 0, 0, 3, -3, 600, -600)
"""Seconds by which a clock is off."""
AGES = (0.0, 0.0, 3600.0, 700_000.0, 3e7)
FLOWS = ("primary", "backup")
CALM_EVERY = 5
"""Every fifth history has neither twins nor edits between the runs: its end does not depend on their order."""


@dataclass(frozen=True)
class Setting:
    """What does not change during a history."""

    ours_off: timedelta
    database_off: timedelta
    habits: Habits
    calm: bool


def setting(seed: int) -> Setting:
    random = Random(seed)  # noqa: S311 - to be had again
    dated = random.random() < 0.8
    return Setting(
        ours_off=timedelta(seconds=random.choice(OFFSETS)),
        # Where Zoho does not tell its time, the database's has to do, which must not be ahead then.
        database_off=timedelta(seconds=random.choice(OFFSETS if dated else (0, -3, -600))),
        habits=Habits(
            inclusive=random.random() < 0.6,
            falling=random.random() < 0.3,
            frozen_tokens=random.random() < 0.3,
            dated=dated,
            quiet_restore=random.random() < 0.3,
            zone=random.choice([0, 1, 2]),
        ),
        calm=seed % CALM_EVERY == 0,
    )


def history(seed: int) -> list[Action]:
    """The actions of a seed."""
    author = _Author(Random(seed + 1), calm=setting(seed).calm)  # noqa: S311 - to be had again
    author.write()
    return author.actions


class _Author:
    def __init__(self, random: Random, *, calm: bool) -> None:
        self.actions: list[Action] = []
        self._random = random
        self._calm = calm
        self._zoho: dict[str, int] = {}
        self._portal: dict[str, int] = {}
        self._jobs: dict[str, int] = {}
        self._poison: list[str] = []
        self._named = 0

    def write(self) -> None:
        self._repeat(3, 9, self._of_the_sources)
        if self._calm:
            self._repeat(0, 6, self._edit)
        for _ in range(self._random.randint(1, 4)):
            self._choose(
                (4, self._quiet_run), (4, self._busy_run), (3, self._dying_run), (3, self._two_runs),
                (3, self._faulty_run), (1, self._pestered_run), (1, self._stale_run), (1, self._signalled_run),
            )
            if not self._calm:
                self._repeat(0, 5, self._interlude)

    # -- how it is put together

    def _add(self, kind: str, about: str = "", *, wait: float = 0.0, label: str = "", **more: Any) -> None:  # noqa: ANN401
        self.actions.append(Action(kind, about, more, wait, label))

    def _repeat(self, fewest: int, most: int, write: Callable[[], None]) -> None:
        for _ in range(self._random.randint(fewest, most)):
            write()

    def _choose(self, *weighed: tuple[int, Callable[[], None]]) -> None:
        (chosen,) = self._random.choices([act for _, act in weighed], [weight for weight, _ in weighed])
        chosen()

    def _name(self, letter: str) -> str:
        self._named += 1
        return f"{letter}{self._named}"

    def _wait(self) -> float:
        return float(self._random.choice(WAITS))

    def _any(self, names: dict[str, int]) -> str | None:
        return self._random.choice(list(names)) if names else None

    # -- what sources do

    def _of_the_sources(self) -> None:
        if self._calm:
            return self._choose((3, self._zoho_lead), (3, self._portal_row))
        return self._choose(
            (5, self._zoho_lead), (5, self._portal_row), (2, self._both), (1, self._chat_twin), (1, self._zoho_poison),
            (1, self._portal_poison), (2, self._job),
        )

    def _person(self, taken: dict[str, int]) -> Person | None:
        """Somebody; in a calm history of those who share nothing, and not yet in that source."""
        if not self._calm:
            return self._random.choice(PEOPLE)
        free = [person for person in PEOPLE[:STRANGERS] if person.number not in taken.values()]
        return self._random.choice(free) if free else None

    def _zoho_lead(self, person: Person | None = None) -> None:
        person = person or self._person(self._zoho)
        if person is None:
            return
        twin = person.number in self._zoho.values()
        name = self._name("Z")
        self._zoho[name] = person.number
        fields = {**self._zoho_contact(person), **self._words(Source.ZOHO, 0.35)}
        label = "zoho twin" if twin else ""
        self._add("zoho creates", name, wait=self._wait(), label=label, person=person.number, fields=fields,
                  age=self._random.choice(AGES), odd=twin)

    def _portal_row(self, person: Person | None = None, **more: Any) -> None:  # noqa: ANN401
        person = person or self._person(self._portal)
        if person is None:
            return
        twin = person.number in self._portal.values()
        name = self._name("P")
        self._portal[name] = person.number
        label = "portal twin" if twin else ""
        if not more and self._random.random() < 0.4:
            more = self._claim(person)
            label = "wrong claim" if more.get("odd") else label
        fields = {**self._portal_contact(person), **self._words(Source.PORTAL, 0.35), **more.pop("fields", {})}
        odd = more.pop("odd", False) or twin
        self._add("portal creates", name, wait=self._wait(), label=more.pop("label", label), person=person.number,
                  fields=fields, age=self._random.choice(AGES), odd=odd, **more)

    def _claim(self, person: Person) -> dict[str, Any]:
        """The Zoho id that a row comes with: mostly the person's own, at times a stranger's or a contact's."""
        own = [name for name, number in self._zoho.items() if number == person.number]
        if own and (self._calm or self._random.random() < 0.7):
            return {"claims": own[0]}
        other = None if self._calm else self._any(self._zoho) if self._random.random() < 0.7 else "Z999"
        return {"claims": other, "odd": True} if other else {}

    def _both(self) -> None:
        """Somebody fills in the wizard; the portal then writes Zoho, at once, later or never."""
        person = self._random.choice(PEOPLE)
        self._portal_row(person)
        if self._random.random() < 0.8:
            self._zoho_lead(person)

    def _chat_twin(self) -> None:
        person = self._random.choice(PEOPLE)
        session = f"5e55105e-0000-4000-8000-00000000000{person.number}"
        words = {"source": "avatar-chat-auto", "notes": f"saved from chat session {session}"}
        self._portal_row(person, fields=words, odd=True, label="chat twin")

    def _zoho_contact(self, person: Person) -> Fields:
        first, _, last = self._spelled(person.names).rpartition(" ")
        halved = not self._calm and self._random.random() < 0.1
        fields: Fields = {"First_Name": None if halved else first, "Last_Name": last}
        if self._random.random() < 0.85:
            fields["Email"] = self._spelled(person.emails)
        if self._random.random() < 0.85:
            fields[self._random.choice(["Phone", "Phone", "Mobile"])] = self._spelled(person.phones)
        return fields

    def _portal_contact(self, person: Person) -> Fields:
        return {
            "name": self._spelled(person.names),
            "email": self._spelled(person.emails) if self._random.random() < 0.9 else "",
            "phone": self._spelled(person.phones) if self._random.random() < 0.9 else "",
        }

    def _spelled(self, spellings: tuple[str, ...]) -> Any:  # noqa: ANN401
        if not spellings:
            return None
        return spellings[0] if self._random.random() < 0.6 else self._random.choice(spellings)

    def _words(self, source: Source, share: float) -> Fields:
        fields: Fields = {}
        for word in WORDS:
            name = word.name(source)
            if name and self._random.random() < share:
                fields[name] = self._random.choice(self._random.choice(word.values).spellings)
        return fields

    # -- what changes there

    def _edit(self) -> None:
        self._choose((1, self._zoho_edit), (1, self._portal_edit), (1, self._convert))

    def _zoho_edit(self) -> None:
        if name := self._any(self._zoho):
            self._add("zoho edits", name, wait=self._wait(), fields=self._words(Source.ZOHO, 0.2))

    def _portal_edit(self) -> None:
        if name := self._any(self._portal):
            self._add("portal edits", name, wait=self._wait(), fields=self._words(Source.PORTAL, 0.2))

    def _convert(self) -> None:
        if name := self._any(self._zoho):
            self._add("zoho converts", name, wait=self._wait())

    def _interlude(self) -> None:
        self._choose(
            (5, self._zoho_edit), (4, self._portal_edit), (2, self._convert), (2, self._burst), (1, self._address),
            (1, self._swap), (1, self._overwrite), (1, self._erase), (2, self._delete), (2, self._restore),
            (1, self._merge), (1, self._late_claim), (1, self._portal_gone), (2, self._repair),
            (2, self._of_the_sources), (5, self._staff), (1, self._staff_delete), (1, self._staff_restore),
            (1, self._staff_remove),
        )

    def _burst(self) -> None:
        """Several edits within a second, as a workflow rule or a mass update makes them."""
        for _ in range(self._random.randint(2, 6)):
            if name := self._any(self._zoho):
                fields = self._words(Source.ZOHO, 0.2)
                self._add("zoho edits", name, label="edits in one second", fields=fields)

    def _address(self) -> None:
        """A record gets another person's address."""
        person = self._random.choice(PEOPLE)
        if not person.emails:
            return
        if (name := self._any(self._zoho)) and self._random.random() < 0.5:
            self._add("zoho edits", name, wait=self._wait(), label="another's address", odd=True,
                      fields={"Email": person.emails[0]})
        elif name := self._any(self._portal):
            self._add("portal edits", name, wait=self._wait(), label="another's address", odd=True,
                      fields={"email": person.emails[0]})

    def _swap(self) -> None:
        one, two = self._any(self._zoho), self._any(self._zoho)
        if one and two:
            self._add("zoho swaps emails", one, wait=self._wait(), other=two)

    def _overwrite(self) -> None:
        """The portal takes a stranger's Zoho lead for its customer's and writes over it."""
        if name := self._any(self._zoho):
            person = self._random.choice(PEOPLE)
            self._add("zoho edits", name, wait=self._wait(), label="written over a stranger", odd=True,
                      fields={**self._zoho_contact(person), **self._words(Source.ZOHO, 0.3)})

    def _erase(self) -> None:
        """A later visit of the wizard writes nothing over what stood in the row."""
        if name := self._any(self._portal):
            named = [word.portal for word in WORDS if word.portal and self._random.random() < 0.6]
            self._add("portal edits", name, wait=self._wait(), label="erased by a visit", fields=dict.fromkeys(named))

    def _delete(self) -> None:
        if name := self._any(self._zoho):
            self._add("zoho deletes", name, wait=self._wait(), for_good=self._random.random() < 0.2)

    def _restore(self) -> None:
        if name := self._any(self._zoho):
            self._add("zoho restores", name, wait=self._wait())

    def _merge(self) -> None:
        one, two = self._any(self._zoho), self._any(self._zoho)
        if one and two:
            self._add("zoho merges", one, wait=self._wait(), into=two)

    def _late_claim(self) -> None:
        row, lead = self._any(self._portal), self._any(self._zoho)
        if row and lead:
            odd = self._portal[row] != self._zoho[lead]
            self._add("portal edits", row, wait=self._wait(), label="late claim", odd=odd,
                      fields={"zoho_lead_id": zoho_id(lead)})

    def _portal_gone(self) -> None:
        if name := self._any(self._portal):
            self._add("portal removes", name, wait=self._wait())

    # -- poison

    def _zoho_poison(self) -> None:
        person = self._random.choice(PEOPLE)
        spoilt = self._random.choice(
            [{"id": None}, {"id": f"none {self._named}"}, {"Last_Name": None, "First_Name": ""}, {"Last_Name": "?!", "First_Name": None},
             {"Street": FORBIDDEN}, {"Last_Name": "x" * 300}]
        )
        name = self._name("Z")
        if "id" not in spoilt:
            self._zoho[name] = person.number
            self._poison.append(name)
        self._add("zoho creates", name, wait=self._wait(), label="zoho poison", person=person.number, odd=True,
                  fields={**self._zoho_contact(person), **spoilt})

    def _portal_poison(self) -> None:
        person = self._random.choice(PEOPLE)
        spoilt = self._random.choice([{"name": ""}, {"name": None}, {"name": "\x00"}, {"address": FORBIDDEN}])
        name = self._name("P")
        self._portal[name] = person.number
        self._poison.append(name)
        self._add("portal creates", name, wait=self._wait(), label="portal poison", person=person.number, odd=True,
                  fields={**self._portal_contact(person), **spoilt})

    def _repair(self) -> None:
        if not self._poison:
            return
        name = self._random.choice(self._poison)
        if name in self._zoho:
            good = {**self._zoho_contact(PEOPLE[self._zoho[name]]), "Street": "Triq il-Kbira 4"}
            self._add("zoho edits", name, wait=self._wait(), label="poison repaired", fields=good)
        else:
            good = {**self._portal_contact(PEOPLE[self._portal[name]]), "address": "Triq il-Kbira 4"}
            self._add("portal edits", name, wait=self._wait(), label="poison repaired", fields=good)

    # -- people and jobs of the backoffice

    def _lead(self) -> str | None:
        return self._any({**self._zoho, **self._portal, **self._jobs})

    def _staff(self) -> None:
        if name := self._lead():
            word = self._random.choice(WORDS)
            value = self._random.choice(word.values)
            emptied = value.canonical is None
            values: Fields = {word.column: value.canonical}
            if self._random.random() < 0.1:
                values = {"name": "Renamed Bystaff"}
            elif self._random.random() < 0.1:
                values = {"assigned_to": f"agent {self._random.randint(1, 3)}"}
            label = "staff empties" if emptied else ""
            self._add("staff edits", name, wait=self._wait(), label=label, values=values)

    def _staff_delete(self) -> None:
        if name := self._lead():
            self._add("staff deletes", name, wait=self._wait())

    def _staff_restore(self) -> None:
        if name := self._lead():
            self._add("staff restores", name, wait=self._wait())

    def _staff_remove(self) -> None:
        if name := self._lead():
            self._add("staff removes", name, wait=self._wait())

    def _job(self) -> None:
        """Another job of the company inserts somebody, perhaps with a Zoho id that it knows."""
        person = self._random.choice(PEOPLE)
        name = self._name("J")
        self._jobs[name] = person.number
        values = {
            "name": person.names[0], "email": person.emails[0] if person.emails else "", "phone": person.phones[1],
            **{w.column: v for w in WORDS if (v := self._random.choice(w.values).canonical) and self._random.random() < 0.3},
        }
        own = [lead for lead, number in self._zoho.items() if number == person.number]
        knows = self._random.choice(own or list(self._zoho) or [""]) if self._random.random() < 0.4 else ""
        self._add("job inserts", name, wait=self._wait(), person=person.number, values=values, knows=knows)

    # -- runs

    def _start(self, flow: str | None = None) -> str:
        name = self._name("R")
        flow = flow or self._random.choice(FLOWS)
        parameters: Fields = {"mode": self._random.choice(["incremental", "incremental", "full"])}
        label = "run in full" if parameters["mode"] == "full" else ""
        if self._random.random() < 0.1:
            parameters, label = {"maximum": self._random.randint(1, 6)}, "run with a maximum"
        since = 0.0
        if self._random.random() < 0.1:
            parameters, since, label = {}, self._random.choice([60.0, 4000.0, 100_000.0]), "run since a time"
        self._add("run starts", name, wait=self._wait(), label=label, flow=flow, parameters=parameters, since=since)
        return name

    def _quiet_run(self) -> None:
        self._add("run ends", self._start())

    def _busy_run(self) -> None:
        name = self._start()
        for _ in range(self._random.randint(2, 7)):
            self._add("run steps", name, steps=self._random.randint(1, 3))
            if not self._calm:
                self._interlude()
        self._add("run ends", name)

    def _dying_run(self) -> None:
        name = self._start()
        if self._random.random() < 0.4:
            self._add("run meets", name, fault="dies before the answer")
        self._add("run steps", name, steps=self._random.randint(1, 9))
        self._add("run dies", name)

    def _two_runs(self) -> None:
        names = [self._start(), self._start()]
        for _ in range(self._random.randint(3, 8)):
            self._add("run steps", self._random.choice(names), steps=self._random.randint(1, 4))
            if not self._calm and self._random.random() < 0.3:
                self._interlude()
        self._random.shuffle(names)
        for name in names:
            self._add("run dies" if self._random.random() < 0.15 else "run ends", name)

    def _faulty_run(self) -> None:
        name = self._start()
        for _ in range(self._random.randint(1, 3)):
            self._add("run meets", name, fault=self._random.choice(FAULTS_MET))
        self._add("run steps", name, steps=self._random.randint(1, 6))
        if not self._calm:
            self._repeat(0, 2, self._interlude)
        self._add("run ends", name)

    def _pestered_run(self) -> None:
        name = self._start()
        self._add("run is pestered", name, times=self._random.randint(1, 5))
        self._add("run ends", name)

    def _stale_run(self) -> None:
        """A run that stands still is taken for dead, and then goes on."""
        flow = self._random.choice(FLOWS)
        name = self._start(flow)
        self._add("run steps", name, steps=self._random.randint(1, 5))
        other = self._name("R")
        self._add("run starts", other, wait=200.0, flow=flow, parameters={})
        self._add("run steps", other, steps=self._random.randint(1, 5))
        if self._random.random() < 0.5:
            self._add("run ends", other)
        self._add("run ends", name, label="stale run goes on")
        self._add("run ends", other)

    def _signalled_run(self) -> None:
        name = self._start()
        self._add("run steps", name, steps=self._random.randint(1, 7))
        self._add("run is told to end", name)


FAULTS_MET = (
    *("answer lost", "answer lost", "not available once", "not available", "lock not granted"),
    *("page short", "page empty", "page repeated", "page token expired"),
)
