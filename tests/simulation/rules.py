"""What a run may write to a lead: each write is judged as soon as it was made."""

from collections.abc import Callable

from tests.simulation.ledger import Ledger
from tests.simulation.sight import STAFF, Lead, Record, Row, Sight, is_gap
from tests.simulation.violation import Violation
from tests.simulation.words import BY_COLUMN, WORDS

ONCE = frozenset({"zoho_lead_id", "portal_lead_id", "converted_at"})
RANKS = {None: 0, "new": 0, "contacted": 1, "qualified": 2, "lost": 2, "converted": 3}
ANCHORS = ("system_size_kw", "total_price")
CONFLICT = "select count(*) from leadsync.conflicts where lead_id = %s and field = %s and source = %s"
Rule = Callable[[Ledger, Sight], None]


def no_second_lead(ledger: Ledger, sight: Sight) -> None:
    """2: no lead is inserted where a live one has an id or the address, unless a person said so."""
    for lead in sight.leads:
        if (
            lead.before is not None
            or lead.id in ledger.handled
            or any(record.decision == "separate" for record in sight.records.values() if record.lead_id == lead.id)
        ):
            continue
        said = next(
            (after for lead_id, before, after in sight.journal if lead_id == lead.id and before is None), lead.after
        )
        for other_id, other in ledger.rows.items():
            if other["deleted_at"]:
                continue
            for column in ("zoho_lead_id", "portal_lead_id"):
                planted = (other_id, column) in ledger.ever_edited
                if said.get(column) and said[column] == other[column] and not planted:
                    raise Violation("2 nothing doubled", f"a second live lead has the {column}")
            if said["email"] and said["email"].strip().lower() == other["email"].strip().lower():
                raise Violation("2 nothing doubled", "a second live lead has the e-mail")


def nothing_overwritten(ledger: Ledger, sight: Sight) -> None:
    """3, 4: staff's columns, values written once, a status that went forward, a person's value, and emptiness."""
    for lead, before, column in _updated(sight):
        was, now = before[column], lead.after[column]
        told = f"{column} of a lead, by {sight.source}"
        if column in STAFF:
            raise Violation("3 no clobber", f"{told}: a column of the staff's")
        if column in ONCE and not is_gap(column, was):
            raise Violation("3 no clobber", f"{told}: it is written once")
        if is_gap(column, now) and not is_gap(column, was) and not _is_of_another_quote(column, lead):
            raise Violation("4 empty says nothing", f"{told}: emptied")
        if column == "status" and _goes_back(was, now, sight.source):
            raise Violation("3 no clobber", f"{told}: it went back")
        edited = lead.id in ledger.met and ledger.is_edited(lead.id, column, was, sight.records.values())
        if edited and not (column == "email_opted_out" and now is True):
            raise Violation("3 no clobber", f"{told}: what a person wrote was overwritten")
        if lead.id not in ledger.met and not is_gap(column, was):
            raise Violation("3 no clobber", f"{told}: it stood there before the first contact")


def only_news(ledger: Ledger, sight: Sight) -> None:
    """Only what a record says for the first time, or says anew, is written."""
    for lead, _, column in _updated(sight):
        word = BY_COLUMN.get(column)
        if word is None or word.quoted:
            continue
        records = {key: record for key, record in sight.records.items() if record.lead_id == lead.id}
        if not any(_says_anew(ledger.records.get(key), record, column) for key, record in records.items()):
            raise Violation("merge", f"{column} of a lead, by {sight.source}: no record says anything new")


def disagreement_recorded(ledger: Ledger, sight: Sight) -> None:
    """3: where a record newly says something else than a person wrote, that is recorded."""
    rows = {**ledger.rows, **{lead.id: lead.after for lead in sight.leads}}
    for key, now in sight.records.items():
        before, row = ledger.records.get(key), rows.get(str(now.lead_id))
        heard = before is not None and before.snapshot and before.snapshot != now.snapshot
        if row is None or not heard or before is None or before.lead_id != now.lead_id or now.place != "linked":
            continue
        for word in WORDS:
            said, ours = (now.snapshot or {}).get(word.column), row[word.column]
            opposed = said not in (None, ours) and _says_anew(before, now, word.column)
            edited = (now.lead_id, word.column) in ledger.edits and not is_gap(word.column, ours)
            own = edited and ledger.agreed.get((str(now.lead_id), word.column)) != ours
            told = word.rule != "ranked" or not (opposed and own)
            if not told and not ledger.database.value(CONFLICT, now.lead_id, word.column, now.source):
                raise Violation("3 no clobber", f"no conflict is recorded for {word.column}")


def every_write_told(_: Ledger, sight: Sight) -> None:
    """9: the journal tells every change of a lead, and nothing else."""
    told: dict[str, tuple[Row, Row]] = {}
    for lead_id, before, after in sight.journal:
        first, last = told.get(lead_id, ({}, {}))
        told[lead_id] = ({**(before or {}), **first}, {**last, **after})
    for lead in sight.leads:
        was, now = told.pop(lead.id, ({}, {}))
        if lead.before is None:
            if not now or any(now[column] != lead.after[column] for column in now):
                raise Violation("9 every write is told", "an insert is not in the journal as it is")
            continue
        changed = {column: (lead.before[column], lead.after[column]) for column in lead.changed()}
        journalled = {column: (was[column], now[column]) for column in now if was[column] != now[column]}
        if changed != journalled:
            columns = sorted(changed.keys() ^ journalled.keys() or changed.keys())
            raise Violation("9 every write is told", f"the journal and the lead differ in {', '.join(columns)}")
    if any(was[column] != now[column] for was, now in told.values() for column in now if column in was):
        raise Violation("9 every write is told", "the journal tells of a lead that was not written")


RULES: tuple[Rule, ...] = (*(every_write_told, no_second_lead, nothing_overwritten, only_news, disagreement_recorded),)


def _updated(sight: Sight) -> list[tuple[Lead, Row, str]]:
    return [(lead, lead.before, c) for lead in sight.leads if lead.before is not None for c in lead.changed()]


def _is_of_another_quote(column: str, lead: Lead) -> bool:
    word = BY_COLUMN.get(column)
    return word is not None and word.quoted and any(lead.after[anchor] for anchor in ANCHORS)


def _goes_back(was: str | None, now: str | None, source: str) -> bool:
    """Only Zoho brings a lost lead back, and never as a new one."""
    if was == "lost" and source == "zoho":
        return now == "new"
    return RANKS.get(now, 3) < RANKS.get(was, 3)


def _says_anew(before: Record | None, now: Record, column: str) -> bool:
    if now.snapshot is None:
        return False
    if before is None or before.snapshot is None or before.lead_id != now.lead_id:
        return column in now.snapshot
    return column in now.snapshot and now.snapshot[column] != before.snapshot.get(column)
