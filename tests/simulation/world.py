"""The simulated world: two sources, a backoffice, people, runs, and what is checked while they go on."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.simulation.clock import Clock
from tests.simulation.database import Database, DirectBackoffice
from tests.simulation.judging import JUDGED
from tests.simulation.ledger import Ledger
from tests.simulation.portal import Portal, PortalClient, PortalRow
from tests.simulation.product import BODIES
from tests.simulation.runs import Run, current
from tests.simulation.violation import Violation
from tests.simulation.words import Word
from tests.simulation.zoho import Zoho, ZohoClient, ZohoLead

AGE = "update leadsync.attempts set beat_at = beat_at - %s where status = 'running'"
PESTER = "update public.leads set lead_score = coalesce(lead_score, 0) + 1 where true"
ENDS = {
    "planned again in vain": "kept changing",
    "stale run refused": "closed",
    "import to be confirmed": "mail sequences",
}
"""What an attempt's remarks say of its end, by words of theirs."""
DEFECTS = ("it failed with", "were read but", "do not balance", "is not what the contract says")


@dataclass
class World:
    """All of it.

    Attributes:
        records: source records by what the history calls them.
        all_read: whether everything was read since the last action, so that what was restored in silence was seen.
        erased: whether anybody was forgotten.
        forgotten: people who were forgotten with all their records, and when.
        odd: people with whom something happened by which rules of identity are put to the test.
        tally: how often each kind of action, fault and event happened.
    """

    database: Database
    clock: Clock
    zoho: Zoho
    portal: Portal
    ids: Random
    tally: Counter[str]
    records: dict[str, ZohoLead | PortalRow] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    job_people: dict[str, int] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    pestered: dict[str, int] = field(default_factory=dict)
    all_read: bool = False
    erased: bool = False
    forgotten: dict[int, datetime] = field(default_factory=dict)
    odd: set[int] = field(default_factory=set)
    watermark: Any = None
    digests: dict[int, str] = field(default_factory=dict)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.database, self.clock)

    def backoffice(self) -> DirectBackoffice:
        """The client of the run that asks."""
        return DirectBackoffice(self.database, self.clock, current.run.call)

    def zoho_client(self) -> ZohoClient:
        """Likewise."""
        return ZohoClient(self.zoho, current.run.call)

    def portal_client(self) -> PortalClient:
        """Likewise."""
        return PortalClient(self.portal, current.run.call)

    def start(self, name: str, flow: str, parameters: dict[str, Any]) -> Run:
        """A run that goes on until its first call."""
        run = Run(name, flow, lambda: BODIES[flow](**parameters))
        self.runs[name] = run
        run.step()
        return run

    def order(self, name: str, kind: str, command: Callable[[], None]) -> Run:
        """A command of a person's, which goes on until its first call."""
        run = Run(name, kind, command)
        self.runs[name] = run
        run.step()
        return run

    def step(self, run: Run) -> None:
        """Lets a run make its next call, and checks what that did."""
        if run.waits_for == "leadsync_apply" and self.pestered.get(run.name, 0):
            self.pestered[run.name] -= 1
            self.database.rows(PESTER)
            self.ledger.see_people()
        self.clock.advance()
        fired = len(run.fired)
        run.step()
        self.tally.update(run.fired[fired:])
        if run.done in JUDGED:
            JUDGED[run.done](self, run)
        if run.ended and run.outcome is not None:
            self._count_end(run)
        if run.error is not None:
            raise Violation("8 every attempt ends", f"the run let out a {type(run.error).__name__}") from run.error

    def _count_end(self, run: Run) -> None:
        self.tally[f"ends {run.outcome.status}"] += 1
        causes = " ".join(remark.cause for remark in run.outcome.remarks)
        for event, cause in ENDS.items():
            self.tally[event] += cause in causes
        if any(defect in causes for defect in DEFECTS):
            raise Violation("8 every attempt ends", f"a run failed by a defect: {causes}")

    def finish(self, run: Run) -> None:
        while not run.ended:
            self.step(run)

    def pass_time(self, seconds: float) -> None:
        """Lets time pass, for attempts that beat as well."""
        duration = timedelta(seconds=seconds)
        self.clock.advance(duration)
        if seconds >= 1:
            self.database.rows(AGE, duration)

    def start_anew(self) -> None:
        """An empty backoffice beside the same sources."""
        self.ledger = Ledger(self.database, self.clock)
        self.watermark = None

    def spoke(self, key: tuple[str, str], word: Word) -> bool:
        """Whether a record ever said anything of a column."""
        source, source_id = key
        record = self.zoho.leads.get(source_id) if source == "zoho" else self.portal.rows.get(source_id)
        name = word.zoho if source == "zoho" else word.portal
        return record is None or (name is not None and any(content.get(name) for content in record.contents))

    def alive(self) -> list[Run]:
        return [run for run in self.runs.values() if not run.ended]

    def mark(self, person: int, *, odd: bool) -> None:
        """Remembers with whom rules of identity are put to the test."""
        if odd:
            self.odd.add(person)

    def mark_mixed(self, person: int, whose: int | None) -> None:
        """The same where a person's record was given the words of another."""
        if whose is not None:
            self.odd |= {person, whose}

    def mark_lead(self, name: str) -> None:
        """The same for all whose records are linked to the lead of a record."""
        self.mark_linked(self.lead_of(name))

    def mark_linked(self, lead_id: str | None) -> None:
        """The same for all whose records are linked to a lead."""
        records = self.ledger.records.items()
        self.mark_records({key[1] for key, record in records if lead_id and record.lead_id == lead_id})

    def mark_records(self, ids: Collection[str]) -> None:
        """The same for all whose records have these ids."""
        self.odd |= {record.person for record in self.records.values() if record.id in ids}

    def is_alone(self, name: str) -> bool:
        """Whether nothing of the person but what belongs to the record's lead is known anywhere."""
        record, lead_id = self.records[name], self.lead_of(name)
        own = {
            key[1] for key, known in self.ledger.records.items() if known.place == "linked" and known.lead_id == lead_id
        }
        every = [other for other in self.records.values() if other.person == record.person]
        return record.person not in self.odd and lead_id is not None and all(other.id in own for other in every)

    def person_of(self, name: str) -> int:
        record = self.records.get(name)
        return record.person if record else self.job_people[name]

    def lead_of(self, name: str) -> str | None:
        """The lead of a record or of a job, by its name in the history."""
        if name in self.jobs:
            return self.jobs[name] if self.jobs[name] in self.ledger.rows else None
        record = self.records.get(name)
        if record is None:
            return None
        source = "zoho" if isinstance(record, ZohoLead) else "portal"
        known = self.ledger.records.get((source, record.id))
        return known.lead_id if known and known.lead_id in self.ledger.rows else None
