"""Invariant 9: an undo brings back what its attempt found, and touches nothing else."""

from tests.simulation.ledger import Ledger
from tests.simulation.sight import Sight, Write
from tests.simulation.violation import Violation

INVARIANT = "9 every write is reversible"


def only_its_own(ledger: Ledger, sight: Sight, undone: str) -> None:
    """What the undo changes is as its attempt left it, and becomes what that attempt found."""
    for lead in sight.leads:
        if lead.before is None:
            raise Violation(INVARIANT, "an undo made a lead")
        for column in lead.changed():
            own = ledger.written_by(undone, lead.id, column)
            if column == "deleted_at":
                continue
            if not own:
                raise Violation(INVARIANT, f"an undo changed {column}, which its attempt had not written")
            if own[-1].after != lead.before[column]:
                raise Violation(INVARIANT, f"an undo changed {column}, which was written since")
            if all(write.before != lead.after[column] for write in own):
                raise Violation(INVARIANT, f"an undo changed {column} to what never stood there")


def all_back(ledger: Ledger, undone: str, undo: str) -> None:
    """Once an undo has ended: leads that nobody else wrote to since are as they were, and new ones are deleted."""
    for lead_id, row in ledger.rows.items():
        if lead_id in ledger.struck:
            continue
        written = {c: own for (i, c) in ledger.writes if i == lead_id and (own := ledger.written_by(undone, i, c))}
        if not written or _others(ledger, lead_id, min(own[0].at for own in written.values()), {undone, undo}):
            continue
        if ledger.births.get(lead_id) == undone:
            if not row["deleted_at"]:
                raise Violation(INVARIANT, "a lead stands whose insert was taken back")
            continue
        for column, own in written.items():
            if row[column] != own[0].before:
                raise Violation(INVARIANT, f"{column} did not come back")


def _others(ledger: Ledger, lead_id: str, since: int, known: set[str]) -> list[Write]:
    every = (write for (i, _), writes in ledger.writes.items() if i == lead_id for write in writes)
    return [write for write in every if write.at > since and write.by not in known]
