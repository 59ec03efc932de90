"""What landed, as tables for people."""

from collections.abc import Iterable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from leads.fields import BY_COLUMN, Field
from leads.sources import Source
from leads.values import Json, Record
from sandbox.demo.masks import masked
from sandbox.demo.verdict import Attempt, Landed
from sandbox.samples.case import Case

SHOWN_CASES = (
    "letter-case",
    "facebook-lead-finishes-the-form",
    "number-spelled-differently",
    "known-with-edits-of-the-staff",
)
"""Cases whose leads are shown side by side."""

_COLUMNS = ("name", "email", "phone", "status", "source", "total_price")


def counts_table(expected: Mapping[str, Mapping[str, int]], found: Mapping[str, Mapping[str, int]]) -> Table:
    """What became of the records of each flow, and what was expected where that differs."""
    table = _table("What became of the records")
    table.add_column("flow", no_wrap=True)
    names = next(iter(expected.values()))
    for name in names:
        table.add_column("deleted" if name == "deleted_at_source" else name, justify="right")
    for flow, wanted in expected.items():
        table.add_row(flow, *(_count(wanted[name], found[flow].get(name)) for name in names))
    return table


def _count(wanted: int, found: int | None) -> str:
    return str(found) if found == wanted else f"[bold red]{'–' if found is None else found} ≠ {wanted}[/]"


def attempts_table(attempts: Iterable[Attempt]) -> Table:
    """The attempts as the company's dashboard finds them in `sync_metadata`."""
    table = _table("Attempts on record (sync_metadata)")
    for name in ("sync_type", "status", "trigger", "started", "took"):
        table.add_column(name)
    table.add_column("pulled", justify="right")
    table.add_column("last_sync_at")
    table.add_column("remarks", justify="right")
    for attempt in attempts:
        took = attempt.finished_at and (attempt.finished_at - attempt.started_at).total_seconds()
        table.add_row(
            attempt.sync_type,
            attempt.status,
            attempt.trigger or "–",
            f"{attempt.started_at:%H:%M:%S}",
            "–" if took is None else f"{took:.1f} s",
            str(attempt.records_pulled),
            f"{attempt.last_sync_at:%Y-%m-%d %H:%M:%S}",
            str(attempt.remarks),
        )
    return table


def people_table(cases: Sequence[Case], landed: Landed) -> Table:
    """A few people in all three systems, their data masked."""
    table = _table("A few people, side by side (masked)")
    for name in ("", "portal", "Zoho", "backoffice"):
        table.add_column(name)
    for case in cases:
        if case.name in SHOWN_CASES:
            table.add_section()
            table.add_row(f"[bold]{case.name}[/]", *_ids(case, landed))
            for column in _COLUMNS:
                table.add_row(f"  {column}", *_values(case, landed, BY_COLUMN[column]))
    return table


def complaints_table(complaints: Iterable[tuple[str, str]]) -> Table:
    """Cases that ended otherwise than expected."""
    table = _table("[red]Not as expected[/]")
    table.add_column("case")
    table.add_column("what")
    for name, wrong in complaints:
        table.add_row(name, wrong)
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _ids(case: Case, landed: Landed) -> list[str]:
    lead = landed.lead_of(case)
    ids = [str(case.portal[0]["id"])[:8], str(case.zoho[0]["id"]), str(lead["id"])[:8] if lead else "–"]
    return [f"[dim]{shown}[/]" for shown in ids]


def _values(case: Case, landed: Landed, field: Field) -> list[str]:
    lead = landed.lead_of(case) or {}
    told = [_said(field, source, case.records(source)[0]) for source in (Source.PORTAL, Source.ZOHO)]
    return [masked(field.column, value) for value in (*told, lead.get(field.column))]


def _said(field: Field, source: Source, record: Record) -> Json:
    said = [value for name in field.names(source) if (value := record.get(name)) not in (None, "")]
    return " ".join(map(str, said)) if field.column == "name" else next(iter(said), None)
