"""Who wrote what in the backoffice's leads, kept beside it: each change is seen and put down to its author."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.clock import Clock
from tests.simulation.database import Database
from tests.simulation.sight import Key, Lead, Record, Row, Sight, Write, is_gap

PEOPLE = "people"

CHANGED = "select to_jsonb(l), l.id || ' ' || l.xmin from public.leads as l where l.id || ' ' || l.xmin <> all(%s)"
RECORDS = """
select
    source, source_id, place, lead_id::text, digest, snapshot, reason, decision, decision_lead::text,
    deleted_at_source is not null
from leadsync.records
"""
JOURNAL = "select id, lead_id::text, before, after from leadsync.journal where id > %s order by id"


@dataclass
class Ledger:
    """The leads as they were last seen, and who wrote each value.

    Attributes:
        rows: the leads.
        made: leads that the sync inserted.
        met: leads that a record has been linked to.
        edits: values that a person or another job wrote last, and when: (lead, column) → number of the action.
        ever_edited: values that one ever wrote.
        agreed: what the sync wrote last or found at its first contact.
        records: the rows of `leadsync.records`.
        shared: for each lead, records that were ever linked to it.
        handled: leads that a command of a person's changed, which the rules of merging do not tell.
        writes: all that was ever written to a value.
        births: the run that inserted each lead.
        struck: leads whose story is no longer whole, because somebody in it was forgotten.
    """

    database: Database
    clock: Clock
    rows: dict[str, Row] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)
    edits: dict[Key, int] = field(default_factory=dict)
    ever_edited: set[Key] = field(default_factory=set)
    agreed: dict[Key, Any] = field(default_factory=dict)
    records: dict[Key, Record] = field(default_factory=dict)
    shared: dict[str, set[Key]] = field(default_factory=dict)
    handled: set[str] = field(default_factory=set)
    writes: dict[Key, list[Write]] = field(default_factory=dict)
    births: dict[str, str] = field(default_factory=dict)
    struck: set[str] = field(default_factory=set)
    _written: int = 0
    _versions: dict[str, str] = field(default_factory=dict)
    _journal: int = 0

    def see_people(self) -> bool:
        """Takes what a person or another job has just written; whether that was anything."""
        leads = list(self._changes())
        for lead in leads:
            for column in lead.changed():
                self._note(lead, column, PEOPLE)
                self.edits[lead.id, column] = self.clock.turn
                self.ever_edited.add((lead.id, column))
            self.rows[lead.id] = lead.after
        gone = self.rows.keys() - {str(i) for (i,) in self.database.rows("select id from public.leads")}
        for lead_id in gone:
            del self.rows[lead_id], self._versions[lead_id]
        return bool(leads or gone)

    def look(self, run: str, source: str) -> Sight:
        """What a step of a run has just written; nothing is put down yet."""
        records = {(str(row[0]), str(row[1])): Record(*row) for row in self.database.rows(RECORDS)}
        return Sight(run, source, list(self._changes()), list(self._new_journal()), records)

    def keep(self, sight: Sight) -> None:
        """Puts down what was seen and found good."""
        for lead in sight.leads:
            if lead.before is None:
                self.births[lead.id] = sight.run
                self.made.add(lead.id)
                self.met.add(lead.id)
            else:
                self.adopt(lead.id, lead.before)
            for column in lead.changed():
                self._note(lead, column, sight.run)
                self.agreed[lead.id, column] = lead.after[column]
                self.edits.pop((lead.id, column), None)
            self.rows[lead.id] = lead.after
        self._keep_records(sight)

    def keep_undo(self, sight: Sight, undone: str) -> None:
        """Puts down what an undo did: what was agreed before the writes that it took back is agreed again."""
        for lead in sight.leads:
            self.handled.add(lead.id)
            for column in lead.changed():
                self._note(lead, column, sight.run)
                own = self.written_by(undone, lead.id, column)
                if own:
                    self._agree_again(lead.id, column, own[0])
            self.rows[lead.id] = lead.after
        self._keep_records(sight)

    def keep_forgetting(self, sight: Sight, lead_id: str | None) -> None:
        """Puts down that a person was forgotten: what is left of their lead is as if nobody had ever met it."""
        for lead in sight.leads:
            for column in lead.changed():
                self._note(lead, column, sight.run)
            self.rows[lead.id] = lead.after
        forgotten = self.records.keys() - sight.records.keys()
        self.struck |= {i for i, keys in self.shared.items() if keys & forgotten}
        if lead_id is not None:
            self.struck.add(lead_id)
            self.handled.add(lead_id)
            self.met.discard(lead_id)
            self.made.discard(lead_id)
        self._keep_records(sight)

    def written_by(self, run: str, lead_id: str, column: str) -> list[Write]:
        """What a run wrote to a value."""
        return [write for write in self.writes.get((lead_id, column), []) if write.by == run]

    def _agree_again(self, lead_id: str, column: str, write: Write) -> None:
        key = (lead_id, column)
        if write.agreed is None:
            self.agreed.pop(key, None)
        else:
            self.agreed[key] = write.agreed
        if write.edited is not None:
            self.edits[key] = write.edited

    def _keep_records(self, sight: Sight) -> None:
        for key, record in sight.records.items():
            if record.lead_id in self.rows and record.place == "linked":
                self.adopt(record.lead_id, self.rows[record.lead_id])
            if record.lead_id:
                self.shared.setdefault(record.lead_id, set()).add(key)
        self.records = sight.records

    def adopt(self, lead_id: str, row: Row) -> None:
        """At its first contact with a lead the sync takes what stands there for agreed."""
        if lead_id in self.met:
            return
        self.met.add(lead_id)
        for column, value in row.items():
            self.edits.pop((lead_id, column), None)
            if not is_gap(column, value):
                self.agreed[lead_id, column] = value

    def is_edited(self, lead_id: str, column: str, value: object, heard: Iterable[Record] = ()) -> bool:
        """Whether a value is a person's own: neither a gap, nor what the sync wrote, nor what a source says as well.

        `heard` are records as they speak since: of several in a batch an earlier one may have agreed with the person.
        """
        key = (lead_id, column)
        if key not in self.edits or is_gap(column, value) or self.agreed.get(key) == value:
            return False
        linked = (record for record in (*self.records.values(), *heard) if record.lead_id == lead_id)
        return all((record.snapshot or {}).get(column) != value for record in linked)

    def _note(self, lead: Lead, column: str, by: str) -> None:
        key = (lead.id, column)
        before = None if lead.before is None else lead.before[column]
        self._written += 1
        write = Write(self._written, by, before, lead.after[column], self.agreed.get(key), self.edits.get(key))
        self.writes.setdefault(key, []).append(write)

    def _changes(self) -> Iterator[Lead]:
        """Leads that were written since they were last seen."""
        known = [f"{lead_id} {version}" for lead_id, version in self._versions.items()]
        for row, version in self.database.rows(CHANGED, known):
            lead_id, self._versions[row["id"]] = version.split(" ")
            yield Lead(lead_id, self.rows.get(lead_id), row)

    def _new_journal(self) -> Iterator[tuple[str, Row | None, Row]]:
        for number, lead_id, before, after in self.database.rows(JOURNAL, self._journal):
            self._journal = number
            yield lead_id, before, after
