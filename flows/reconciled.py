"""How a reconciliation ended: the attempts for both sources, and the differences that were found."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from prefect.states import Completed, Failed

from flows.artifact import keep, table
from flows.attempt import Attempt
from flows.outcome import STATES, Outcome, Status
from leads.census import Finding, Kind

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

MOST_KEPT = 10_000
"""Differences that are kept; the rest is only counted."""

MOST_LINES = 200
"""Differences that a person is shown."""

HEAD = ("kind", "source", "record", "leads", "cause")
KEY = "leadsync-reconcile"


class Reconciled:
    """Collects what is found.

    Args:
        heal: whether what can be healed is.

    Attributes:
        findings: the first differences.
        totals: how many there are of each kind.
        outcomes: how the attempts ended.
    """

    def __init__(self, *, heal: bool) -> None:
        self.heal = heal
        self.findings: list[Finding] = []
        self.totals: Counter[Kind] = Counter()
        self.outcomes: list[Outcome] = []

    def note(self, finding: Finding) -> None:
        """Takes one difference."""
        self.totals[finding.kind] += 1
        if len(self.findings) < MOST_KEPT:
            self.findings.append(finding)

    def add(self, run: Attempt[Any]) -> None:
        """Takes how an attempt ended."""
        self.outcomes.append(run.outcome)

    @property
    def failed(self) -> list[Outcome]:
        """The attempts that could not compare."""
        return [outcome for outcome in self.outcomes if outcome.status == "failed"]

    @property
    def status(self) -> Status:
        """How it ended; what it healed is a finding, too."""
        if self.failed:
            return "failed"
        return "findings" if self.totals else "completed"

    @property
    def message(self) -> str:
        """One line: what differs, or what went wrong."""
        if self.failed:
            return " ".join(outcome.message for outcome in self.failed)
        told = ", ".join(f"{self.totals[kind]} {kind.value}" for kind in Kind if self.totals[kind])
        healed = " What could be healed is." if self.heal and told else ""
        return f"{told or 'no difference'}.{healed}"

    def as_json(self) -> dict[str, object]:
        """What `leadsync reconcile --json` prints."""
        return {
            "status": self.status,
            "healed": self.heal,
            "totals": {kind.value: self.totals[kind] for kind in Kind},
            "findings": [finding.as_json() for finding in self.findings],
            "attempts": [outcome.as_json() | {"changes": []} for outcome in self.outcomes],
        }

    def rows(self) -> list[tuple[str, ...]]:
        """The first differences, as lines in the order of `HEAD`."""
        return [
            (
                one.kind.value,
                one.source.value if one.source else "",
                one.record or "",
                ", ".join(one.leads),
                one.cause,
            )
            for one in self.findings[:MOST_LINES]
        ]

    def state(self) -> "State[Reconciled]":
        """The run's final state, after its artifact is kept."""
        keep(KEY, "\n".join(self._lines()), self.message)
        if self.failed:
            return Failed(message=self.message, data=self)
        return Completed(name=STATES[self.status], message=self.message, data=self)

    def _lines(self) -> Iterator[str]:
        yield f"# reconcile: {self.message}\n"
        for outcome in self.outcomes:
            yield f"- {outcome.flow}: {outcome.message}"
        yield ""
        yield from table(HEAD, self.rows())
        if rest := self.totals.total() - min(len(self.findings), MOST_LINES):
            yield f"\nand {rest} more; `leadsync reconcile --json` lists {MOST_KEPT:,}."
