"""Hearing whether runs in this process log errors."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

RUNS = ("prefect.flow_runs", "prefect.task_runs", "leadsync")
"""The loggers of runs, of their tasks, and of leadsync itself."""


class Errors(logging.Handler):
    """Counts records of ERROR and above, and keeps none.

    Attributes:
        count: how many there were.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, _record: logging.LogRecord) -> None:
        """Counts one."""
        self.count += 1


@contextmanager
def listening(errors: Errors) -> Iterator[None]:
    """Listens while the block runs."""
    loggers = [logging.getLogger(name) for name in RUNS]
    for logger in loggers:
        logger.addHandler(errors)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(errors)
