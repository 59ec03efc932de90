"""The report of an examination: a table for a terminal, or one JSON object."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.doctor.finding import Finding, Severity, counted, exit_code

SYSTEMS = ("Settings", "Clock", "Zoho", "Portal", "Backoffice", "Prefect", "Telegram")
STYLES = {Severity.OK: "green", Severity.UNSEEN: "dim", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by system; a system that nobody expected comes last."""
    return sorted(findings, key=lambda finding: (*SYSTEMS, finding.system).index(finding.system))


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """The object that `--json` prints: `exit_code`, how many findings of each severity, and all of them."""
    return {
        "exit_code": exit_code(findings),
        "counts": _counts(findings),
        "findings": [finding.as_json() for finding in findings],
    }


def show(findings: Sequence[Finding], console: Console) -> None:
    """Prints all findings and the sum of them."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("system", no_wrap=True)
    table.add_column("what was found, and what to do")
    for finding in _unseen_together(findings):
        table.add_row(*_row(finding))
    console.print(table)
    console.print(_sum(findings), soft_wrap=True, highlight=False)


def _unseen_together(findings: Sequence[Finding]) -> Iterator[Finding]:
    """What was not looked at for one reason is one line of its system."""
    seen = set()
    for finding in findings:
        if finding.severity is not Severity.UNSEEN:
            yield finding
        elif (finding.system, finding.cause) not in seen:
            seen.add((finding.system, finding.cause))
            names = [
                one.check
                for one in findings
                if (one.severity, one.cause, one.system) == (finding.severity, finding.cause, finding.system)
            ]
            yield replace(finding, cause=f"{', '.join(dict.fromkeys(names))}: {finding.cause}")


def _row(finding: Finding) -> tuple[Text, Text, Text]:
    style = STYLES[finding.severity]
    text = Text(finding.cause, style="dim" if finding.severity is Severity.UNSEEN else "")
    if finding.severity in (Severity.WARNING, Severity.ERROR):
        text.append(f" [{finding.check}]", style="dim")
    if finding.cure:
        text.append(f"\n→ {finding.cure}", style="italic")
    return Text(finding.severity.value, style=style), Text(finding.system), text


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    counter = Counter(finding.severity.value for finding in findings)
    return {severity.value: counter[severity.value] for severity in Severity}


def _sum(findings: Sequence[Finding]) -> str:
    counts = _counts(findings)
    parts = [
        counted(counts[Severity.ERROR], "error", "errors"),
        counted(counts[Severity.WARNING], "warning", "warnings"),
        f"{counts[Severity.OK]:,} in order",
    ]
    unseen = counts[Severity.UNSEEN]
    return ", ".join(parts) + (
        f"; {unseen:,} not looked at, because something that they need is wrong" if unseen else ""
    )
