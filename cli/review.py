"""`leadsync review`: what waits for a person, one of it beside its candidates, and the person's decision."""

import json as json_module
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Column, Table

from cli.usage import DECISIONS
from flows.decision import Decision, carry_out
from flows.subject import Subject
from flows.waiting import age
from leads.columns import Columns
from leads.comparison import side_by_side
from leads.lead import Lead
from leads.parsing import parse, remembered
from leads.sources import Source
from leads.values import Values
from systems.backoffice import Backoffice
from systems.backoffice_answers import WaitingList, WaitingRecord
from systems.errors import Refused
from systems.settings import BackofficeSettings, Tunables, load


def review(*words: str, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List what waits for a person, show one of it, or decide.

    Without words it lists. One word shows: a record (zoho:ID or portal:ID) beside its candidates, or a lead's open
    conflicts. More words decide: RECORD same LEAD, RECORD separate, RECORD ignore, RECORD retry, LEAD keep FIELD,
    LEAD take FIELD, LEAD clear FIELD, split LEAD RECORD. The next run of the record's flow obeys and remembers;
    what is decided on a field of a lead happens at once.

    Args:
        words: Nothing, a record or a lead, or a decision.
        json: Print as JSON; of a list only.
    """
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice:
        if not words:
            _list(backoffice.waiting(), json=json)
        elif len(words) == 1:
            _show(backoffice, Subject.read(words[0]))
        else:
            print(carry_out(backoffice, _decision(words), by="cli"))
    return 0


def _decision(words: Sequence[str]) -> Decision:
    """The words of a decision in their order.

    Raises:
        Refused: they make none.
    """
    match list(words):
        case ["split", lead, record]:
            return Decision(subject=record, decision="split", lead=lead)
        case [record, "same", lead]:
            return Decision(subject=record, decision="same", lead=lead)
        case [record, "separate" | "ignore" | "retry" as decision]:
            return Decision(subject=record, decision=decision)
        case [lead, "keep" | "take" | "clear" as decision, field]:
            return Decision(subject=lead, decision=decision, field=field)
    raise Refused("Parameters", "those words are no decision", f"Decisions are:\n{DECISIONS}")


def _list(waiting: WaitingList, *, json: bool) -> None:
    if json:
        print(json_module.dumps(waiting.model_dump(mode="json")))
        return
    console, now = Console(), datetime.now(UTC)
    records = Table(Column("record", no_wrap=True), "reason", "for", "leads", "decided", title=_title(waiting))
    for record in waiting.records:
        if record.place == "review":
            leads = str(len(record.candidates or ()))
            records.add_row(_name(record), record.reason, age(record.since, now), leads, _decided(record))
    console.print(records)
    if waiting.conflicts:
        head = Column("lead", no_wrap=True)
        conflicts = Table(head, "field", "kind", "source", "for", title=f"{len(waiting.conflicts)} conflicts")
        for one in waiting.conflicts:
            conflicts.add_row(one.lead_id, one.field, one.kind, one.source, age(one.since, now))
        console.print(conflicts)
    console.print(f"Show one: leadsync review RECORD, or LEAD. Decide:\n{DECISIONS}", highlight=False, markup=False)


def _title(waiting: WaitingList) -> str:
    review = sum(record.place == "review" for record in waiting.records)
    letters = len(waiting.records) - review
    return f"{review} records wait in review" + (f"; {letters} dead letters: leadsync rejected" if letters else "")


def _name(record: WaitingRecord) -> str:
    return f"{record.source}:{record.source_id}"


def _decided(record: WaitingRecord) -> str:
    if record.decision:
        return f"{record.decision} {record.decision_lead or ''}".strip()
    return "look anew" if record.recalled else ""


def _show(backoffice: Backoffice, subject: Subject) -> None:
    if subject.record is None:
        _show_conflicts(backoffice, str(subject.lead_id))
    else:
        _show_record(backoffice, subject)


def _show_conflicts(backoffice: Backoffice, lead_id: str) -> None:
    story = backoffice.story(lead_id)
    if story.lead is None:
        raise Refused("Backoffice", "there is no such lead", "The list is at `leadsync review`.")
    open_ = [conflict for conflict in story.conflicts if conflict["closed_at"] is None]
    table = Table("field", "last agreed", "here", "record says", "record", title=f"Conflicts of lead {lead_id}")
    for one in open_:
        theirs = "(cleared)" if one["theirs"] is None else _text(one["theirs"])
        table.add_row(
            one["field"], _text(one["base"]), _text(one["ours"]), theirs, f"{one['source']}:{one['source_id']}"
        )
    Console().print(table)
    print(f"Decide: leadsync review {lead_id} keep|take|clear FIELD")


def _show_record(backoffice: Backoffice, subject: Subject) -> None:
    source, source_id = subject.record or ("", "")
    story = backoffice.story(None, subject.record[0] if subject.record else None, source_id)
    found = [row for row in story.records if (row["source"], row["source_id"]) == (source, source_id)]
    if not found:
        raise Refused("Backoffice", "there is no such record", "The list is at `leadsync review`.")
    (record,) = found
    columns = {name: column.model_dump() for name, column in backoffice.context().columns.items()}
    said = _said(record, Columns.of(columns))
    ids = [lead_id for lead_id in dict.fromkeys([record["lead_id"], *(record["candidates"] or [])]) if lead_id]
    stories = {lead_id: backoffice.story(lead_id).lead for lead_id in ids}
    leads = {lead_id: lead for lead_id, lead in stories.items() if lead}
    console, name = Console(), f"{source}:{source_id}"
    table = Table("field", f"{name} says", *(f"lead {lead_id[:8]}" for lead_id in leads), title=_heading(name, record))
    for row in side_by_side(said, list(leads.values())):
        marked = [
            f"[bold]≠ {_text(value)}[/]" if differs else _text(value)
            for value, differs in zip(row.standing, row.differs, strict=True)
        ]
        table.add_row(row.column, _text(row.said), *marked)
    console.print(table)
    print(_ways(name, record, list(leads)))


def _heading(name: str, record: dict[str, Any]) -> str:
    since = age(datetime.fromisoformat(record["placed_at"]), datetime.now(UTC))
    return f"{name}: {record['place']}, {record['reason'] or 'in order'}, for {since}"


def _said(record: dict[str, Any], columns: Columns) -> Values:
    """What the record says: as it came, or what is remembered of it."""
    source = Source(record["source"])
    kept = remembered(source, record["source_id"], record["content"], record["snapshot"], record["claim"])
    parsed = kept if isinstance(kept, Lead) else parse(source, kept, columns)
    return parsed.values if isinstance(parsed, Lead) else parsed.content


def _ways(name: str, record: dict[str, Any], leads: list[str]) -> str:
    """The commands that make sense for it."""
    if record["place"] == "linked":
        return f"It is linked. If by mistake: leadsync review split {record['lead_id']} {name}"
    same = [f"leadsync review {name} same {lead_id}" for lead_id in leads]
    return "\n".join(["Decide:", *same, f"leadsync review {name} separate", f"leadsync review {name} ignore"])


def _text(value: object) -> str:
    """A value for a cell; brackets are no markup."""
    text = "" if value is None else str(value)
    return (text if len(text) <= 60 else f"{text[:59]}…").replace("[", r"\[")  # noqa: PLR2004 -- a cell's width
