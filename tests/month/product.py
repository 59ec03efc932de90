"""The product as the month runs it: the primary flow in this process, without Prefect, against the real backoffice."""

import contextlib
import logging
import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from unittest.mock import patch

import psycopg

from sandbox.world import World
from tests.simulation.runs import patient

if TYPE_CHECKING:
    from flows.outcome import Outcome

T = TypeVar("T")

QUICK = {
    "LEADSYNC_RETRY_ATTEMPTS": "3",
    "LEADSYNC_RETRY_SECONDS": "20",
    "LEADSYNC_RETRY_FIRST_WAIT": "0.005",
    "LEADSYNC_RETRY_LONGEST_WAIT": "0.01",
}
AGE = (
    "update leadsync.cache set expires_at = expires_at - %(by)s where true",
    "update leadsync.attempts set beat_at = beat_at - %(by)s where status = 'running'",
)
"""Our clock and the database's are real. What they keep for a time grows older instead."""


@dataclass
class Product:
    """Runs the primary flow.

    Attributes:
        meanwhile: told of each call to Zoho before it is made: `page`, `token page`, `deleted`, `poll`, `download`,
            `lookup`.
        outcomes: of all runs so far.
        told: all lines that were logged, and all artifacts.
    """

    world: World
    backoffice: psycopg.Connection
    meanwhile: Callable[[str], None] = field(default=lambda _: None)
    outcomes: list["Outcome"] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def run(self, *, now: datetime, **parameters: object) -> "Outcome":
        """One run.

        Args:
            now: Zoho's clock, which an export's orders are kept by.
        """
        from flows import zoho_export  # noqa: PLC0415 - imports Prefect
        from flows.primary import zoho_to_backoffice  # noqa: PLC0415 - imports Prefect

        behind = datetime.now(now.tzinfo) - now
        with patch.object(zoho_export, "KEPT", timedelta(hours=20) + behind):
            zoho_to_backoffice.fn(**parameters)  # type: ignore[arg-type]
        return self.outcomes[-1]

    def ages(self, by: timedelta) -> None:
        """Zoho's clock has moved: what is kept here until some time is so much nearer to it."""
        for statement in AGE:
            self.backoffice.execute(statement.encode(), {"by": by})

    def ended(self, outcome: "Outcome") -> None:
        """In place of the artifact."""
        from flows.artifact import markdown  # noqa: PLC0415 - imports Prefect

        self.outcomes.append(outcome)
        self.told.append(markdown(outcome))

    def noted(self, kind: Callable[..., str], call: Callable[..., T]) -> Callable[..., T]:
        """A client's method that tells of its call first."""

        def telling(*arguments: Any, **named: Any) -> T:  # noqa: ANN401 - those of the method
            self.meanwhile(kind(*arguments, **named))
            return call(*arguments, **named)

        return telling


class _Ears(logging.Handler):
    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        self._told.append(record.getMessage())


@contextlib.contextmanager
def installed(product: Product, folder: Path, **settings: str) -> Iterator[None]:
    """While it lasts, the product's environment leads into its world, and its tasks are plain functions.

    Args:
        product: the product.
        folder: an empty one, so that no `.env` is read.
        settings: more of the environment.
    """
    import flows.artifact  # noqa: PLC0415 - imports Prefect
    import flows.attempt  # noqa: PLC0415 - imports Prefect
    import flows.primary  # noqa: PLC0415 - imports Prefect

    tasks = (
        (flows.attempt, "record_metadata"),
        *((flows.primary, name) for name in ("fetch_zoho", "dedupe", "load_backoffice")),
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, {**product.world.settings(), **QUICK, **settings}))
        stack.enter_context(contextlib.chdir(folder))
        for module, name in tasks:
            stack.enter_context(patch.object(module, name, patient(getattr(module, name).fn)))
        # Nothing here speaks TLS, and reading all authorities' certificates for each run takes most of its time.
        stack.enter_context(patch.object(ssl, "create_default_context", cache(ssl.create_default_context)))
        stack.enter_context(patch.object(flows.artifact, "publish", product.ended))
        _listen(product, stack)
        _quieten(product, stack)
        yield


def _listen(product: Product, stack: contextlib.ExitStack) -> None:
    """Lets the month do something between any two calls to Zoho."""
    from systems.zoho import PageQuery, Zoho  # noqa: PLC0415 - patched
    from systems.zoho_bulk import ZohoBulk  # noqa: PLC0415 - patched

    def page(_: Zoho, query: PageQuery) -> str:
        return "page" if query.token is None else "token page"

    methods: tuple[tuple[type, str, Callable[..., str]], ...] = (
        (Zoho, "leads_page", page),
        (Zoho, "deleted_page", lambda *_, **__: "deleted"),
        (Zoho, "leads_by_id", lambda *_, **__: "lookup"),
        (ZohoBulk, "job", lambda *_, **__: "poll"),
        (ZohoBulk, "download", lambda *_, **__: "download"),
    )
    for owner, name, kind in methods:
        stack.enter_context(patch.object(owner, name, product.noted(kind, getattr(owner, name))))


def _quieten(product: Product, stack: contextlib.ExitStack) -> None:
    ears = _Ears(product.told)
    for name in ("leadsync.tasks", "leadsync.flows", "leadsync.systems"):
        logger = logging.getLogger(name)
        # Prefect's handlers would write each line to the terminal.
        stack.enter_context(patch.object(logger, "propagate", new=False))
        logger.addHandler(ears)
        stack.callback(logger.removeHandler, ears)
