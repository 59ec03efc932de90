"""What people order by leadsync's commands, each a small function; it says whether anything happened."""

from flows.decision import Decision
from tests.simulation import commands
from tests.simulation.runs import Run
from tests.simulation.world import World
from tests.simulation.zoho import ZohoLead

CONFLICTS = """
    select source, source_id, lead_id::text, field from leadsync.conflicts
    where closed_at is null and {} order by lead_id, field
"""
RECORDS = """
    select source, source_id, coalesce(candidates[1], lead_id)::text, null from leadsync.records
    where place in ({}) order by source, source_id
"""
WAITING = {
    "same": RECORDS.format("'review'"),
    "separate": RECORDS.format("'review'"),
    "ignore": RECORDS.format("'review', 'dead_letter'"),
    "retry": RECORDS.format("'review', 'dead_letter'"),
    "split": """
        select source, source_id, lead_id::text, null from leadsync.records
        where place = 'linked' and lead_id in (
            select lead_id from leadsync.records where place = 'linked' group by lead_id having count(*) > 1
        )
        order by source, source_id
    """,
    "take": CONFLICTS.format("theirs is not null"),
    "keep": CONFLICTS.format("true"),
    "clear": CONFLICTS.format("theirs is null"),
}
"""Where the decisions find what they are on."""


def person_undoes(world: World, name: str, *, run: str, steps: int = 0) -> bool:
    """Takes back what a run wrote; with steps, the command dies after so many calls."""
    undone = world.runs.get(run)
    if undone is None or undone.attempt is None:
        return False
    attempt = undone.attempt
    ordered = world.order(name, "undo", lambda: commands.undo(attempt=attempt))
    ordered.undoes = run
    return _go(world, ordered, steps)


def person_forgets(world: World, name: str, *, record: str, anonymise: bool) -> bool:
    found = world.records.get(record)
    if found is None:
        return False
    subject = _subject(world, record)
    ordered = world.order(name, "forget", lambda: commands.forget(subject=subject, anonymise=anonymise))
    ordered.forgets = record
    return _go(world, ordered, 0)


def person_decides(world: World, name: str, *, decision: str, pick: int, other: str = "") -> bool:
    """Decides on one of what waits; on the first of its candidates, or on another lead.

    Where nothing waits for that decision, it is another one, for which something does.
    """
    waiting = {kind: found for kind, where in WAITING.items() if (found := world.database.rows(where))}
    if not waiting:
        return False
    decision = decision if decision in waiting else list(waiting)[pick % len(waiting)]
    found = waiting[decision]
    source, source_id, lead_id, field = found[pick % len(found)]
    if decision == "same":
        lead_id = world.lead_of(other) or lead_id
    about = f"{source}:{source_id}" if field is None else str(lead_id)
    told = Decision(subject=about, decision=decision, lead=lead_id or "", field=field or "")
    if field is None:
        world.mark_records({source_id})
        world.mark_linked(lead_id)
    ordered = world.order(name, "decide", lambda: commands.decide(backoffice=world.backoffice, told=told))
    done = _go(world, ordered, 0)
    if done:
        world.tally[f"decided {decision}"] += 1
    return done


def _go(world: World, ordered: Run, steps: int) -> bool:
    for _ in range(steps):
        world.step(ordered)
    if steps:
        ordered.kill()
        return True
    world.finish(ordered)
    return ordered.declined is None


def _subject(world: World, record: str) -> str:
    found = world.records[record]
    return f"{'zoho' if isinstance(found, ZohoLead) else 'portal'}:{found.id}"
