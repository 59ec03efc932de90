"""An attempt: one run of a flow, from its opening in the backoffice to its end there, however it ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4

from flows import artifact
from flows.origin import run_id, trigger
from flows.outcome import Outcome, Remark, Skip, Status, waiting
from flows.preview import Preview
from flows.request import NAMES, Request
from flows.window import Window, iso
from leads.columns import Columns
from leads.counts import Counts
from leads.foresight import MOST_CARRIED, Foresight
from leads.sources import Source
from systems.backoffice import Backoffice
from systems.backoffice_answers import Context
from systems.errors import ContractBroken, LeadsyncError
from systems.settings import BackofficeSettings, Settings, Tunables, load
from tasks.defects import CURE, safe_error
from tasks.desk import Desk
from tasks.parcels import Parcel
from tasks.recall import RecalledWalk
from tasks.record_metadata import Closing, Opening, record_metadata
from tasks.step import logger

if TYPE_CHECKING:
    from systems.zoho_cost import Meter

S = TypeVar("S", bound=Settings)

TIMEOUT = 3 * 3600
"""Seconds for a whole run; each step has a limit of its own (`tasks.step`)."""

SHORT_SIGHTED = (
    f"The dry run looks back on {MOST_CARRIED:,} records of its own; people who came first with a later one "
    "and come again are shown as new twice"
)


class Attempt(Generic[S]):
    """What a flow knows while it is going on; `attempt` below makes one and `begin` fills it.

    Attributes:
        source: what it reads.
        name: of the flow, as it is on record.
        request: what was asked.
        settings: those of the source.
        backoffice_settings: those of the backoffice.
        tunables: `LEADSYNC_*`.
        backoffice: the client.
        context: what the backoffice said at the beginning.
        desk: where batches are decided and written.
        window: what is read.
        counts: what became of the records so far.
        preview: the differences that a dry run shows, None for a real one.
        meter: counts what the source charges; None for one that charges nothing.
        outcome: how the attempt ended, once it has.
    """

    request: Request
    settings: S
    backoffice_settings: BackofficeSettings
    tunables: Tunables
    backoffice: Backoffice
    context: Context
    desk: Desk
    outcome: Outcome

    def __init__(self, source: Source, model: type[S], parameters: dict[str, Any], name: str) -> None:
        self.source = source
        self.name = name
        self._model = model
        self._parameters = parameters
        self.window = Window()
        self.counts = Counts()
        self.preview: Preview | None = None
        self.meter: Meter | None = None
        self._skipped = False
        self._attempt_id = str(uuid4())
        self._opening = False
        self._opened = False
        self._remarks: list[Remark] = []
        self._notes: list[str] = []

    def begin(self) -> None:
        """Judges the parameters, loads the settings, and opens the attempt; a dry run only looks.

        Raises:
            Misconfigured: a parameter or a setting is wrong, or the backoffice's migrations are missing.
            LeadsyncError: the backoffice does not answer.
        """
        self.request = Request.read(**self._parameters)
        self.settings, self.backoffice_settings, self.tunables = load(self._model, BackofficeSettings, Tunables)
        self.backoffice = Backoffice(self.backoffice_settings, tunables=self.tunables)
        self.context = self.backoffice.context() if self.request.dry_run else self._open()
        self.window = Window.of(
            self.request,
            watermark=self.context.watermarks.get(self.source.value),
            overlap=timedelta(minutes=self.tunables.overlap_minutes),
        )
        self.preview = Preview() if self.request.dry_run else None
        columns = Columns.of({name: column.model_dump() for name, column in self.context.columns.items()})
        self.desk = Desk(
            self.backoffice,
            source=self.source,
            columns=columns,
            attempt_id=self._attempt_id,
            begun=self.context.now,
            foresight=Foresight() if self.request.dry_run else None,
        )
        if columns.missing:
            self.note(f"Backoffice: leads lacks the columns {', '.join(columns.missing)}; they are left out")
        logger.info("%s: reads from %s", self.name, self.window)

    def recalled(self) -> list[RecalledWalk]:
        """A fresh walk over the records that a person asked to take up again, if there are any."""
        if not self.context.recalled.get(self.source.value):
            return []
        size = self.tunables.batch_size
        return [RecalledWalk(self.backoffice, source=self.source, batch_size=size)]

    def note(self, text: str) -> None:
        """Something that the log and the artifact should say, and that asks for nobody."""
        logger.warning("%s", text)
        self._notes.append(text)

    def remark(self, remark: Remark) -> None:
        """Something that a person should look at: the attempt ends with findings."""
        logger.warning("%s", remark)
        self._remarks.append(remark)

    def show(self, parcel: Parcel) -> None:
        """Takes what a dry run would write."""
        if self.preview is not None:
            self.preview.add(parcel.differences())
        self.counts += parcel.foresee(self.desk)

    def read_until(self, end: datetime) -> None:
        """The source was read to its end as it was then."""
        self.window = self.window.read_until(end)

    def skip(self, reason: Remark) -> None:
        """Lets the attempt end as skipped."""
        logger.info("%s", reason)
        self._skipped = True
        self._remarks.append(reason)

    def end(self) -> None:
        """Closes an attempt whose flow came to its end.

        Raises:
            ContractBroken: the counts do not balance, or the backoffice does not accept the end.
        """
        if not self.counts.balanced:
            cause = f"{self.counts.fetched} records were read but {self.counts.placed} accounted for"
            raise ContractBroken("leadsync", cause, CURE)
        for remark in waiting(self.counts):
            self.remark(remark)
        if self.desk.short_sighted:
            self.note(SHORT_SIGHTED)
        self._settle(self._status())
        if self._opened:
            closing = self._closing()
            record_metadata(closing)
            self.outcome = replace(self.outcome, waiting=closing.waiting)
            if closing.status != self.outcome.status:
                raise ContractBroken("Backoffice", f"it does not accept the end as {self.outcome.status}", CURE)
        artifact.publish(self.outcome)

    def fail(self, error: LeadsyncError) -> None:
        """Closes an attempt that failed; what it has written stays, its watermark does not move."""
        logger.error("%s: %s", self.name, error)
        self._remarks.insert(0, Remark.of(error))
        self._settle("failed", exit_code=error.exit_code)
        if self._opened:
            self._close_anyhow(record_metadata)
        else:
            perhaps = ", unless as one that is still running" if self._opening else ""
            logger.error("%s: this attempt is not on record in the backoffice%s", self.name, perhaps)
        artifact.publish(self.outcome)

    def abandon(self, signal: BaseException) -> None:
        """Closes an attempt whose process is told to end: at once and without Prefect, which may be ending too."""
        cause = f"the run was ended from outside ({type(signal).__name__})"
        self._remarks.insert(0, Remark(system="leadsync", cause=cause, cure="The next run reads on."))
        self._settle("failed", exit_code=1)
        # The signal may have come before the answer to the opening did.
        if self._opening:
            self._close_anyhow(Closing.write)

    def close(self) -> None:
        """Closes the connections."""
        if hasattr(self, "backoffice"):
            self.backoffice.close()

    def _settle(self, status: Status, exit_code: int = 0) -> None:
        self.outcome = Outcome(
            attempt_id=self._attempt_id if self._opened else None,
            flow=self.name,
            status=status,
            window=self.window,
            counts=self.counts,
            remarks=tuple(self._remarks),
            notes=tuple(self._notes),
            preview=self.preview,
            waiting=self.context.waiting if hasattr(self, "context") else None,
            cost=self.meter.cost if self.meter else None,
            exit_code=exit_code,
        )
        if self.outcome.cost:
            logger.info("Zoho: %s", self.outcome.cost)

    def _close_anyhow(self, write: Callable[[Closing], object]) -> None:
        """Closes the attempt if it can be closed; if not, the next one of this flow closes it as crashed."""
        try:
            write(self._closing())
        except Exception as error:  # noqa: BLE001 - what failed first is what is told
            logger.warning("%s: the attempt could not be closed: %s", self.name, safe_error(error))

    def _open(self) -> Context:
        opening = Opening(
            self.backoffice,
            {
                "attempt_id": self._attempt_id,
                "flow": self.name,
                "source": self.source.value,
                "mode": self.request.mode,
                "trigger": trigger(),
                "flow_run_id": run_id(),
                "since": iso(self.request.since),
            },
        )
        self._opening = True
        record_metadata(opening)
        self._opened = True
        return self.backoffice.current(opening.context())

    def _closing(self) -> Closing:
        outcome = self.outcome
        moved = self.window.new_watermark if outcome.status in ("completed", "findings") else None
        result = {
            "status": outcome.status,
            "counts": outcome.counts.as_dict(),
            "watermark": iso(moved),
            "errors": [remark.as_json() for remark in outcome.remarks],
            "window": outcome.window.as_json(),
            "cost": outcome.cost.as_json() if outcome.cost else None,
        }
        return Closing(self.backoffice, self._attempt_id, result)

    def _status(self) -> Status:
        if self._skipped:
            return "skipped"
        return "findings" if self._remarks else "completed"


@contextmanager
def attempt(source: Source, model: type[S], parameters: dict[str, Any], *, name: str = "") -> Iterator[Attempt[S]]:
    """Runs a flow's body as an attempt, and ends the attempt however the body ends.

    No error leaves it. `Skip` ends it well; any other becomes a failed outcome, and with it the run's final state. What
    other libraries say in theirs may hold personal data, and Prefect would log it. Signals to end pass through.

    Args:
        source: where the flow reads.
        model: the settings of that source.
        parameters: the flow's parameters as they came.
        name: under which the attempt is on record; by default that of the source's own flow.
    """
    run = Attempt(source, model, parameters, name or NAMES[source])
    try:
        try:
            yield run
        except Skip as skip:
            run.skip(skip.remark)
        run.end()
    except Exception as error:  # noqa: BLE001 - every error ends the attempt
        run.fail(safe_error(error))
    except BaseException as signal:
        run.abandon(signal)
        raise
    finally:
        run.close()
