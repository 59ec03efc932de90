"""What is looked at after each kind of call that writes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.privacy import forgotten_stay_away, nothing_kept
from tests.simulation.rules import RULES, every_write_told
from tests.simulation.runs import Run
from tests.simulation.taking_back import all_back, only_its_own
from tests.simulation.watermark import check_watermark

if TYPE_CHECKING:
    from tests.simulation.world import World


def _run(world: "World", run: Run) -> None:
    sight = world.ledger.look(run.name, "zoho" if run.flow == "primary" else "portal")
    for rule in RULES:
        rule(world.ledger, sight)
    forgotten_stay_away(world, sight)
    world.ledger.keep(sight)


def _decision(world: "World", run: Run) -> None:
    """A decision may overwrite a person's value, because a person said so."""
    sight = world.ledger.look(run.name, "")
    every_write_told(world.ledger, sight)
    world.ledger.handled |= {lead.id for lead in sight.leads}
    world.ledger.keep(sight)


def _undo(world: "World", run: Run) -> None:
    sight = world.ledger.look(run.name, "")
    every_write_told(world.ledger, sight)
    only_its_own(world.ledger, sight, str(run.undoes))
    world.ledger.keep_undo(sight, str(run.undoes))


def _forgetting(world: "World", run: Run) -> None:
    record = world.records[str(run.forgets)]
    lead_id = world.lead_of(str(run.forgets))
    alone = world.is_alone(str(run.forgets))
    world.erased = True
    if alone:
        world.forgotten[record.person] = world.clock.database
    world.ledger.keep_forgetting(world.ledger.look(run.name, ""), lead_id)
    if alone:
        nothing_kept(world, record.person)


def _end(world: "World", run: Run) -> None:
    if run.undoes is not None and run.declined is None and not run.killed:
        all_back(world.ledger, run.undoes, run.name)
    check_watermark(world)


JUDGED: dict[str, Callable[["World", Run], None]] = {
    "leadsync_apply": _run,
    "leadsync_mark_deleted": _run,
    "leadsync_decide": _decision,
    "leadsync_undo": _undo,
    "leadsync_forget": _forgetting,
    "leadsync_close": _end,
}
