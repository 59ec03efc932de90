"""What drills have shown so far: a line of JSON for each, and a table with a row for each kind."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.table import Table

from tests.drills.plan import FLOW, Report

SHOWN = 4
"""Different things seen that a row tells, the most frequent first."""


@dataclass
class Tally:
    """All drills so far.

    Attributes:
        log: takes a line of JSON for each.
        reports: by the seed of their series and their place in it.
    """

    log: Path
    reports: dict[tuple[int, int], Report] = field(default_factory=dict)

    def add(self, seed: int, place: int, report: Report) -> None:
        """One more, with its place in its series."""
        self.reports[seed, place] = report
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"seed": seed, "place": place, **asdict(report)}, ensure_ascii=False) + "\n")

    @property
    def failed(self) -> list[int]:
        """The seeds of those in which something did not hold."""
        return sorted({seed for (seed, _), report in self.reports.items() if report.violations})

    def table(self) -> Table:
        """For the terminal."""
        table = Table("killed", "times", "seen", "violations", title="Kill drills")
        for row in self.rows():
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """The same for a page."""
        head = "| killed | times | seen | violations |\n|---|---|---|---|\n"
        return head + "".join(f"| {' | '.join(row)} |\n" for row in self.rows())

    def rows(self) -> Iterable[Sequence[str]]:
        """A row for each thing that was killed and, of the flow's process, each step."""
        kinds: dict[str, list[Report]] = {}
        for report in self.reports.values():
            kinds.setdefault(_kind(report), []).append(report)
        for kind, reports in sorted(kinds.items()):
            seen = Counter(_seen(report) for report in reports)
            told = [f"{times}× {what}" for what, times in seen.most_common(SHOWN)]
            rest = len(reports) - sum(times for _, times in seen.most_common(SHOWN))
            more = [f"{rest}× others"] if rest else []
            yield kind, str(len(reports)), "; ".join(told + more), str(sum(len(one.violations) for one in reports))


def _kind(report: Report) -> str:
    plan = report.plan
    return f"{plan.target}, {plan.step}" if plan.target == FLOW else plan.target


def _seen(report: Report) -> str:
    tries = Counter(text.partition(":")[0] for text in report.tries)
    first = (
        "the next run completes"
        if not tries
        else "completes after " + ", ".join(f"{times} {state}" for state, times in tries.items())
    )
    attempt = "no attempt" if report.attempt == "none" else f"attempt {report.attempt}"
    return f"run {report.state.lower()}, {attempt}, {first}"
