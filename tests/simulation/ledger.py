"""Who wrote what in the backoffice's leads, kept beside it: each change is seen, put down to its author and judged."""

from dataclasses import dataclass, field
from typing import Any

from tests.simulation.clock import Clock
from tests.simulation.database import Database
from tests.simulation.violation import Violation
from tests.simulation.words import BY_COLUMN, WORDS

Row = dict[str, Any]
Key = tuple[str, str]

SYSTEM = frozenset({"updated_at"})
STAFF = frozenset({"id", "assigned_to", "lead_score", "quality_score", "deleted_at", "report_token", "property_type"})
"""Columns that no source speaks of."""
ONCE = frozenset({"zoho_lead_id", "portal_lead_id", "converted_at"})
DEFAULTS: Row = {
    **dict.fromkeys(("with_battery", "is_gozo", "email_opted_out"), False),
    **{"grant_path": True, "grant_type": "pv_only", "source": "website", "status": "new", "location_source": "auto"},
}
NUMBERS = frozenset({"system_size_kw", "total_price", "monthly_bill", "household_size", "grant_amount"})
RANKS = {None: 0, "new": 0, "contacted": 1, "qualified": 2, "lost": 2, "converted": 3}

CHANGED = """
select to_jsonb(l), l.id || ' ' || l.xmin from public.leads as l where l.id || ' ' || l.xmin <> all(%s)
"""
RECORDS = """
select source, source_id, place, lead_id::text, digest, snapshot, reason, decision, deleted_at_source is not null
from leadsync.records
"""
CONFLICT = "select count(*) from leadsync.conflicts where lead_id = %s and field = %s and source = %s"
JOURNAL = "select id, lead_id::text, before, after from leadsync.journal where id > %s order by id"


def is_gap(column: str, value: object) -> bool:
    """Whether a value of the backoffice says nothing."""
    blank = isinstance(value, str) and not value.strip()
    zero = column in NUMBERS and value == 0
    return value is None or blank or zero or (column in DEFAULTS and value == DEFAULTS[column])


@dataclass(frozen=True)
class Record:
    """A row of `leadsync.records`."""

    source: str
    source_id: str
    place: str
    lead_id: str | None
    digest: str | None
    snapshot: Row | None
    reason: str | None
    decision: str | None
    deleted: bool


@dataclass
class Ledger:
    """The leads as they were last seen, and who wrote each value.

    Attributes:
        rows: the leads.
        made: leads that the sync inserted.
        met: leads that a record has been linked to.
        edits: values that a person or another job wrote last, and when: (lead, column) → number of the action.
        agreed: what the sync wrote last or found at its first contact.
        records: the rows of `leadsync.records`.
        shared: for each lead, records that were ever linked to it.
        handled: leads that a person's command changed in a way that rules of merging do not tell.
    """

    database: Database
    clock: Clock
    rows: dict[str, Row] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)
    edits: dict[Key, int] = field(default_factory=dict)
    agreed: dict[Key, Any] = field(default_factory=dict)
    records: dict[Key, Record] = field(default_factory=dict)
    shared: dict[str, set[Key]] = field(default_factory=dict)
    handled: set[str] = field(default_factory=set)
    ever_edited: set[Key] = field(default_factory=set)
    _versions: dict[str, str] = field(default_factory=dict)
    _journal: int = 0

    def see_people(self) -> bool:
        """Takes what a person or another job has just written; whether that was anything."""
        changes = self._changes()
        for lead_id, (before, after) in changes.items():
            for column in after if before is None else _differing(before, after):
                if before is not None or not is_gap(column, after[column]):
                    self.edits[lead_id, column] = self.clock.turn
                    self.ever_edited.add((lead_id, column))
        gone = self.rows.keys() - {str(i) for (i,) in self.database.rows("select id from public.leads")}
        for lead_id in gone:
            del self.rows[lead_id], self._versions[lead_id]
        self._take(changes)
        return bool(changes or gone)

    def see_sync(self, source: str) -> int:
        """Takes and judges what a run has just written; how many leads that were."""
        changes = self._changes()
        journal = self._new_journal()
        records = {(str(row[0]), str(row[1])): Record(*row) for row in self.database.rows(RECORDS)}
        for lead_id, (before, after) in changes.items():
            if before is None:
                said = next((row for i, was, row in journal if i == lead_id and was is None), after)
                self._judge_insert(lead_id, said, records)
                self._make(lead_id, after)
            else:
                self._adopt(lead_id, before)
                self._judge_update(lead_id, before, after, source)
        _judge_journal(changes, journal)
        for key, record in records.items():
            if record.lead_id in self.rows and record.place == "linked":
                self._adopt(record.lead_id, self.rows[record.lead_id])
            if record.lead_id:
                self.shared.setdefault(record.lead_id, set()).add(key)
        self._take(changes)
        for key, record in records.items():
            self._judge_silence(self.records.get(key), record)
        self.records = records
        return len(changes)

    def _judge_insert(self, lead_id: str, after: Row, records: dict[Key, Record]) -> None:
        mine = next((r for r in records.values() if r.lead_id == lead_id), None)
        separate = mine is not None and mine.decision == "separate"
        for other_id, other in self.rows.items():
            for column in ("zoho_lead_id", "portal_lead_id"):
                if after[column] and after[column] == other[column] and not other["deleted_at"]:
                    planted = (other_id, column) in self.ever_edited
                    if not planted and not separate:
                        raise Violation("2 nothing doubled", f"a second live lead has the {column}")
            same = after["email"] and after["email"].strip().lower() == other["email"].strip().lower()
            if same and not other["deleted_at"] and not separate:
                raise Violation("2 nothing doubled", "a second live lead has the e-mail")

    def _make(self, lead_id: str, after: Row) -> None:
        self.made.add(lead_id)
        self.met.add(lead_id)
        for column, value in after.items():
            if not is_gap(column, value):
                self.agreed[lead_id, column] = value

    def _adopt(self, lead_id: str, row: Row) -> None:
        """At its first contact with a lead the sync takes what stands there for agreed."""
        if lead_id in self.met:
            return
        self.met.add(lead_id)
        for column, value in row.items():
            self.edits.pop((lead_id, column), None)
            if not is_gap(column, value):
                self.agreed[lead_id, column] = value

    def _judge_update(self, lead_id: str, before: Row, after: Row, source: str) -> None:
        for column in _differing(before, after):
            was, now = before[column], after[column]
            told = f"{column} of a lead, by {source}"
            if column in STAFF:
                raise Violation("3 no clobber", f"{told}: a column of the staff's")
            if column in ONCE and not is_gap(column, was):
                raise Violation("3 no clobber", f"{told}: it is written once")
            if is_gap(column, now) and not is_gap(column, was) and not self._quote_changed(column, before, after):
                raise Violation("4 empty says nothing", f"{told}: emptied")
            if column == "status" and RANKS.get(now, 3) < RANKS.get(was, 3):
                raise Violation("3 no clobber", f"{told}: it went back")
            if self._is_edited(lead_id, column, was) and not (column == "email_opted_out" and now is True):
                raise Violation("3 no clobber", f"{told}: what a person wrote was overwritten")
            self.agreed[lead_id, column] = now
            self.edits.pop((lead_id, column), None)

    def _judge_silence(self, before: Record | None, now: Record) -> None:
        """Where a record newly says something else than a person wrote, that is recorded."""
        row = self.rows.get(str(now.lead_id))
        heard = before is not None and before.snapshot and now.snapshot and before.snapshot != now.snapshot
        if row is None or before is None or not heard or before.lead_id != now.lead_id or now.place != "linked":
            return
        for word in WORDS:
            key, ours = (str(now.lead_id), word.column), row[word.column]
            said = (now.snapshot or {}).get(word.column)
            news = said is not None and said != (before.snapshot or {}).get(word.column) and said != ours
            edited = key in self.edits and not is_gap(word.column, ours) and self.agreed.get(key) != ours
            if news and edited and word.rule == "ranked":
                told = self.database.value(CONFLICT, now.lead_id, word.column, now.source)
                if not told:
                    raise Violation("3 no clobber", f"no conflict is recorded for {word.column}")

    def _quote_changed(self, column: str, before: Row, after: Row) -> bool:
        word = BY_COLUMN.get(column)
        anchors = ("system_size_kw", "total_price")
        return bool(word and word.quoted) and any(before[a] != after[a] or after[a] for a in anchors)

    def _is_edited(self, lead_id: str, column: str, was: object) -> bool:
        """Whether a value is a person's own: neither a gap, nor what the sync wrote, nor what a source says as well."""
        if (lead_id, column) not in self.edits or is_gap(column, was) or self.agreed.get((lead_id, column)) == was:
            return False
        said = (r.snapshot or {} for r in self.records.values() if r.lead_id == lead_id)
        return all(snapshot.get(column) != was for snapshot in said)

    def _changes(self) -> dict[str, tuple[Row | None, Row]]:
        """Leads that were written since they were last seen: as they were and as they are."""
        known = [f"{lead_id} {version}" for lead_id, version in self._versions.items()]
        changes: dict[str, tuple[Row | None, Row]] = {}
        for row, version in self.database.rows(CHANGED, known):
            lead_id, xmin = version.split(" ")
            changes[lead_id] = (self.rows.get(lead_id), row)
            self._versions[lead_id] = xmin
        return changes

    def _take(self, changes: dict[str, tuple[Row | None, Row]]) -> None:
        self.rows |= {lead_id: after for lead_id, (_, after) in changes.items()}

    def _new_journal(self) -> list[tuple[str, Row | None, Row]]:
        written = self.database.rows(JOURNAL, self._journal)
        if written:
            self._journal = written[-1][0]
        return [(lead_id, before, after) for _, lead_id, before, after in written]


def _differing(before: Row, after: Row) -> list[str]:
    return [column for column in after if column not in SYSTEM and before.get(column) != after[column]]


def _judge_journal(changes: dict[str, tuple[Row | None, Row]], journal: list[tuple[str, Row | None, Row]]) -> None:
    """The journal tells every change of a lead, and nothing else."""
    told: dict[str, tuple[Row, Row]] = {}
    for lead_id, before, after in journal:
        first, last = told.get(lead_id, ({}, {}))
        told[lead_id] = ({**(before or {}), **first}, {**last, **after})
    for lead_id, (before, after) in changes.items():
        was, now = told.pop(lead_id, ({}, {}))
        if before is None:
            if any(now.get(column) != after[column] for column in now) or not now:
                raise Violation("9 every write is told", "an insert is not in the journal as it is")
            continue
        changed = {column: (before[column], after[column]) for column in _differing(before, after)}
        journalled = {column: (was[column], now[column]) for column in now if was[column] != now[column]}
        if changed != journalled:
            columns = sorted(changed.keys() ^ journalled.keys() or changed.keys())
            raise Violation("9 every write is told", f"the journal and the lead differ in {', '.join(columns)}")
    if told:
        raise Violation("9 every write is told", "the journal tells of a lead that was not written")
