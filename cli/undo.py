"""`leadsync undo`: takes back what an attempt wrote, as an attempt of its own."""

import json as json_module
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID, uuid4

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from leads.counts import Counts
from systems.backoffice import Backoffice
from systems.backoffice_answers import Left, Restored, Undone, UndoPage
from systems.errors import AttemptClosed, LeadsyncError, Refused
from systems.settings import BackofficeSettings, Tunables, load
from tasks.defects import safe_error

FLOW = "undo"
MOST_ROWS = 200
"""Columns that could not be taken back, as far as they are shown; `--json` has all."""


def undo(
    attempt: str,
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Take back what an attempt wrote, where nobody wrote since.

    Values and what leadsync holds for their last known state return, inserted leads are soft-deleted and their records
    wait in review. The undo is an attempt itself: undoing it brings everything back.

    Args:
        attempt: The attempt's id, as sync_metadata has it.
        dry_run: Show what would be taken back, and write nothing.
        json: Print the result as one JSON object.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    attempt_id = _read(attempt)
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice:
        undone = _undoable(backoffice, attempt_id)
        with _attempt(backoffice, undone, dry_run=dry_run) as taken:
            for page in _pages(backoffice, taken.attempt_id, undone.attempt_id):
                taken.add(page)
    if json:
        print(json_module.dumps(taken.as_json()))
    else:
        _tell(taken)
    return 0


@dataclass(kw_only=True)
class Taken:
    """What an undo has done so far; of a dry run, what it would do."""

    undone: Undone
    attempt_id: str | None
    """The attempt that does it; None of a dry run."""
    restored: list[Restored] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    revived: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def add(self, page: UndoPage) -> None:
        """Takes in a page."""
        self.restored += page.restored
        self.deleted += page.deleted
        self.revived += page.revived
        self.left += page.left

    @property
    def counts(self) -> Counts:
        """Leads that were written to, as an attempt counts them."""
        leads = len({one.lead_id for one in self.restored}.union(self.deleted, self.revived))
        return Counts(fetched=leads, updated=leads)

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "attempt_id": self.attempt_id,
            "undone": self.undone.model_dump(mode="json"),
            "restored": [one.model_dump() for one in self.restored],
            "deleted": self.deleted,
            "revived": self.revived,
            "left": [one.model_dump() for one in self.left],
        }


def _read(attempt: str) -> str:
    try:
        return str(UUID(attempt))
    except ValueError:
        raise Refused("Parameters", "that is no attempt's id", "Give one as sync_metadata has it.") from None


def _undoable(backoffice: Backoffice, attempt_id: str) -> Undone:
    """The attempt of that id.

    Raises:
        Refused: it is unknown, still running or too old.
    """
    undone = backoffice.undo_page(None, attempt_id, 1, None).undone
    if undone is None:
        raise Refused("Backoffice", f"it has no attempt {attempt_id}", "The ids are in sync_metadata.")
    if undone.status == "running":
        cure = "Wait for its end; one that died counts as crashed after 2 minutes without a sign of life."
        raise Refused("Backoffice", f"attempt {attempt_id} is still running", cure)
    if undone.tidied_at is not None:
        cause = f"what attempt {attempt_id} wrote is no longer in the journal"
        raise Refused("Backoffice", cause, "It can only be corrected by hand; retention decides how long that works.")
    return undone


def _pages(backoffice: Backoffice, attempt_id: str | None, undone: str) -> Iterator[UndoPage]:
    number, after = 1, None
    while True:
        page = backoffice.undo_page(attempt_id, undone, number, after)
        yield page
        if page.next is None:
            return
        print(f"{FLOW}: {500 * number} leads are done", file=sys.stderr)
        number, after = number + 1, page.next


@contextmanager
def _attempt(backoffice: Backoffice, undone: Undone, *, dry_run: bool) -> Iterator[Taken]:
    """Opens an attempt and closes it however its body ends; a dry run has none."""
    if dry_run:
        yield Taken(undone=undone, attempt_id=None)
        return
    attempt_id = str(uuid4())
    taken = Taken(undone=undone, attempt_id=attempt_id)
    opening = {"attempt_id": attempt_id, "flow": FLOW, "source": undone.source.value, "trigger": "cli"}
    try:
        backoffice.current(backoffice.open_attempt(opening))
        yield taken
        status = backoffice.close_attempt(attempt_id, _end(taken, "completed")).status
    except Exception as error:  # noqa: BLE001 - every error ends the attempt
        told = safe_error(error)
        _fail(backoffice, taken, attempt_id, told)
        raise told from None
    except BaseException as signal_:
        cause = f"the undo was ended from outside ({type(signal_).__name__})"
        told = Refused("leadsync", cause, "What is done can be undone; the rest can be taken back anew.")
        _fail(backoffice, taken, attempt_id, told)
        raise
    if status != "completed":
        raise AttemptClosed("Backoffice", f"attempt {attempt_id} was closed meanwhile as {status}", "Undo it anew.")


def _fail(backoffice: Backoffice, taken: Taken, attempt_id: str, told: LeadsyncError) -> None:
    """Closes the attempt as failed; if it cannot be closed, the next undo closes it as crashed."""
    with suppress(Exception):
        backoffice.close_attempt(attempt_id, _end(taken, "failed", told.summary()))


def _end(taken: Taken, status: str, *errors: dict[str, str]) -> dict[str, Any]:
    return {"status": status, "counts": taken.counts.as_dict(), "errors": list(errors)}


def _tell(taken: Taken) -> None:
    console = Console()
    could = "would be" if taken.attempt_id is None else "was"
    summary = Table("what", "leads", "fields", title=f"Of attempt {taken.undone.attempt_id} {could} taken back")
    restored, left = {one.lead_id for one in taken.restored}, {one.lead_id for one in taken.left}
    summary.add_row("restored", str(len(restored)), str(len(taken.restored)))
    summary.add_row("soft-deleted (its insert)", str(len(taken.deleted)), "")
    summary.add_row("revived (its delete)", str(len(taken.revived)), "")
    summary.add_row("left as it is", str(len(left)), str(len(taken.left)))
    console.print(summary)
    if taken.left:
        rest = Table("lead", "field", "why", title="Left as it is")
        for one in taken.left[:MOST_ROWS]:
            rest.add_row(one.lead_id, one.field or "the lead", one.why)
        console.print(rest)
        if len(taken.left) > MOST_ROWS:
            console.print(f"and {len(taken.left) - MOST_ROWS} more; --json has all", highlight=False)
    if taken.attempt_id:
        console.print(f"attempt: {taken.attempt_id}; undo it to bring all back", soft_wrap=True, highlight=False)
