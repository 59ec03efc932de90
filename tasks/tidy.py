"""The task `tidy`: one step of retention."""

from collections.abc import Mapping

from systems.backoffice import Backoffice
from systems.backoffice_answers import Tidied
from systems.retention import told
from tasks.step import logger, step


@step("tidy")
def tidy(backoffice: Backoffice, days: Mapping[str, int]) -> Tidied:
    """Drops up to 5,000 rows of each kind; repeating it only goes on."""
    done = backoffice.tidy(days)
    logger.info("tidy: dropped %s", told(done))
    return done
