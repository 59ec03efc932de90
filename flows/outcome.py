"""How a run ended: status, window, counts, and what a person should know."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NotRequired, TypedDict

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import state_names
from flows.preview import Preview
from flows.window import Window, WindowJson
from leads.counts import Counts
from systems.backoffice_answers import Waiting
from systems.errors import LeadsyncError
from systems.zoho_cost import Cost
from tasks.load_backoffice import counts_line

Status = Literal["completed", "findings", "skipped", "failed"]
STATES = {"completed": state_names.COMPLETED, "findings": state_names.FINDINGS, "skipped": state_names.SKIPPED}
"""What the run's final state is called, by status; a failed one is called as Prefect does."""


class OutcomeJson(TypedDict):
    """What `leadsync run --json` prints; `changes` of a dry run only."""

    attempt_id: str | None
    flow: str
    status: Status
    window: WindowJson
    counts: dict[str, int]
    changes: NotRequired[list[dict[str, str | None]]]


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something worth a person's look, in the form of an error: system, cause, cure. No personal data."""

    system: str
    cause: str
    cure: str

    @classmethod
    def of(cls, error: LeadsyncError) -> "Remark":
        """What an error says."""
        return cls(**error.summary())

    def as_json(self) -> dict[str, str]:
        """The form of `errors` in `leadsync_close`."""
        return {"system": self.system, "cause": self.cause, "cure": self.cure}

    def __str__(self) -> str:
        return f"{self.system}: {self.cause}. {self.cure}"


def waiting(counts: Counts) -> Iterator[Remark]:
    """What a person should look at, by the counts."""
    if counts.review:
        cause = f"{counts.review} records wait for a person's decision"
        yield Remark(system="Backoffice", cause=cause, cure="Decide: `leadsync review` lists them.")
    if counts.rejected:
        cause = f"{counts.rejected} records cannot become leads"
        yield Remark(system="Backoffice", cause=cause, cure="Repair them: `leadsync rejected` lists them.")


class Skip(Exception):
    """Raised by a flow that finds nothing to do here, which is all right; `remark` says why."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark)
        self.remark = remark


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The end of a run.

    Attributes:
        attempt_id: None if no attempt was opened: a dry run, or a failure before it.
        flow: the flow's name.
        status: how it ended.
        window: what was read.
        counts: what became of the records.
        remarks: why the status is not `completed`, the first one first.
        notes: what else the log has warned of.
        preview: what a dry run would have changed, None for a real run.
        waiting: what waits for a person in the backoffice; None where it was not asked.
        cost: what the source charged; None for one that charges nothing.
        exit_code: what the command ends with.
    """

    attempt_id: str | None
    flow: str
    status: Status
    window: Window
    counts: Counts = field(default_factory=Counts)
    remarks: tuple[Remark, ...] = ()
    notes: tuple[str, ...] = ()
    preview: Preview | None = None
    waiting: Waiting | None = None
    cost: Cost | None = None
    exit_code: int = 0

    @property
    def message(self) -> str:
        """One line: status, reasons, counts."""
        reasons = " ".join(str(remark) for remark in self.remarks)
        return f"{self.title}: {counts_line(self.counts)}. {reasons}".strip()

    @property
    def title(self) -> str:
        """The status, and whether the counts are only what would have become of the records."""
        return f"{self.status} (dry run, nothing was written)" if self.preview is not None else self.status

    def as_json(self) -> OutcomeJson:
        """The contract of `--json`."""
        told: OutcomeJson = {
            "attempt_id": self.attempt_id,
            "flow": self.flow,
            "status": self.status,
            "window": self.window.as_json(),
            "counts": self.counts.as_dict(),
        }
        if self.preview is not None:
            told["changes"] = [row.as_json() for row in self.preview.rows]
        return told

    def state(self) -> State["Outcome"]:
        """The final state of the run; with findings, and skipped, it has a name of its own."""
        if self.status == "failed":
            return Failed(message=self.message, data=AttemptFailed(self))
        return Completed(name=STATES[self.status], message=self.message, data=self)


class AttemptFailed(Exception):
    """The result of a run whose attempt failed: `state.result()` raises it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome

    def __str__(self) -> str:
        return self.outcome.message
