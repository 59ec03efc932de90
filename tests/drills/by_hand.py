"""The flows' own code in this process, without Prefect: runs that only have to show that nothing is left to do."""

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from flows.outcome import Outcome


@contextmanager
def installed(environment: Mapping[str, str], run_id: str | None = None) -> Iterator[list["Outcome"]]:
    """While it lasts, `run_both` works; the outcomes of all runs.

    Args:
        environment: the settings.
        run_id: what attempts are on record with.
    """
    import flows.artifact  # noqa: PLC0415 - imports Prefect
    import flows.attempt  # noqa: PLC0415 - imports Prefect
    import flows.backup  # noqa: PLC0415 - imports Prefect
    import flows.primary  # noqa: PLC0415 - imports Prefect

    outcomes: list[Outcome] = []
    places = (
        (flows.attempt, ("record_metadata",)),
        (flows.primary, ("fetch_zoho", "dedupe", "load_backoffice")),
        (flows.backup, ("extract_portal", "dedupe", "load_backoffice")),
    )
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environment))
        stack.enter_context(chdir(stack.enter_context(tempfile.TemporaryDirectory())))
        for module, names in places:
            for name in names:
                stack.enter_context(patch.object(module, name, getattr(module, name).fn))
        stack.enter_context(patch.object(flows.artifact, "publish", outcomes.append))
        stack.enter_context(patch.object(flows.attempt, "run_id", lambda: run_id))
        for name in ("leadsync.tasks", "leadsync.flows", "leadsync.systems"):
            stack.enter_context(patch.object(logging.getLogger(name), "propagate", new=False))
            stack.enter_context(patch.object(logging.getLogger(name), "handlers", [logging.NullHandler()]))
        yield outcomes


def run_both() -> None:
    """Runs each flow once, within `installed`."""
    for primary in (True, False):
        run_one(primary=primary)


def run_one(*, primary: bool) -> None:
    """Runs one of the flows."""
    from flows.backup import portal_to_backoffice  # noqa: PLC0415 - imports Prefect
    from flows.primary import zoho_to_backoffice  # noqa: PLC0415 - imports Prefect

    if primary:
        zoho_to_backoffice.fn()
    else:
        portal_to_backoffice.fn()
