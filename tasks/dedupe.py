"""The task `dedupe`: decides what each record of a batch is to the backoffice."""

from tasks.desk import Desk
from tasks.load_backoffice import counts_line
from tasks.parcels import Draft, Haul
from tasks.step import logger, step


@step("dedupe")
def dedupe(desk: Desk, haul: Haul) -> Draft:
    """Parses and collapses a batch, matches it against the backoffice, and plans each record's fate. Writes nothing."""
    batch = desk.read(haul.records, sent=haul.sent, read_from=haul.read_from)
    draft = Draft(haul, desk.plan(batch))
    logger.info("dedupe: %s: planned: %s", haul, counts_line(draft.plan.counts))
    for remark, times in batch.remarks.items():
        logger.warning("dedupe: %s: %s (%d times)", haul, remark, times)
    return draft
