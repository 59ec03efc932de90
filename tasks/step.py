"""What the five tasks have in common: names, retries, timeouts, and what an error may tell."""

import functools
import logging
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from systems.errors import LeadsyncError, TransientError
from tasks.defects import safe_error

P = ParamSpec("P")
R = TypeVar("R")

TIMEOUT = 1200.0
"""Seconds for one try; a client's own patience (`LEADSYNC_RETRY_SECONDS`, 420) is at its end before."""

logger = logging.getLogger("leadsync.tasks")


class Untraced(logging.Filter):
    """Leaves out the traceback of an error of ours: its text says system, cause and cure, and nothing is above it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass."""
        if record.exc_info and isinstance(record.exc_info[1], LeadsyncError):
            record.exc_info = None
        return True


logging.getLogger("prefect.task_runs").addFilter(Untraced())
# Prefect ships our lines (PREFECT_LOGGING_EXTRA_LOGGERS), but the logger itself would let only warnings pass.
logging.getLogger("leadsync").setLevel(logging.INFO)


def step(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Makes a function a task: retried on transient errors only, never cached, no result kept.

    The clients repeat single requests; the task's one retry is a second net for an outage that outlasts them. The
    run's name says what the last argument is (its `str`). Errors come out without their causes: what other libraries
    say in theirs may hold personal data, and Prefect logs the whole chain.
    """

    def decorate(function: Callable[P, R]) -> Task[P, R]:
        return task(
            name=name,
            task_run_name=functools.partial(_run_name, name),
            cache_policy=NO_CACHE,
            persist_result=False,
            retries=1,
            retry_delay_seconds=10,
            retry_jitter_factor=0.5,
            retry_condition_fn=is_transient,
            timeout_seconds=TIMEOUT,
        )(_safely(function))

    return decorate


def is_transient(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    """Whether a failed try may succeed when repeated."""
    return isinstance(state.data, TransientError)


def _safely(function: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - every error is raised again, without what it must not tell
            raise safe_error(error) from None

    return call


def _run_name(name: str, parameters: dict[str, Any]) -> str:
    """Such as `dedupe batch 3`; must not raise, because that would crash the run."""
    try:
        return " ".join([name, *map(str, list(parameters.values())[-1:])])
    except Exception:  # noqa: BLE001 - a name is never worth a run
        return name
