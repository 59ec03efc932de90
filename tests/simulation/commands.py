"""The commands by which people decide, take back and forget: the product's own, stepped like runs."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import cli.forget
import cli.undo
from flows.decision import Decision, carry_out
from systems.errors import LeadsyncError
from tests.simulation.runs import current


def undo(*, attempt: str) -> None:
    _told(lambda: cli.undo.undo(attempt, json=True))


def forget(*, subject: str, anonymise: bool) -> None:
    _told(lambda: cli.forget.forget(subject, anonymise_lead=anonymise, yes=True, json=True))


def decide(*, backoffice: Callable[[], Any], told: Decision) -> None:
    _told(lambda: carry_out(backoffice(), told, by="cli"))


def _told(command: Callable[[], object]) -> None:
    """Keeps what a command says when it declines."""
    try:
        command()
    except LeadsyncError as error:
        current.run.declined = error
        current.run.told.append(str(error))


@contextmanager
def installed(load: Callable[..., Any], backoffice: Callable[[], Any], new_id: Callable[[], Any]) -> Iterator[None]:
    """Exchanges what the commands reach the outside by."""
    with ExitStack() as stack:
        for module in (cli.undo, cli.forget):
            stack.enter_context(patch.object(module, "load", load))
            stack.enter_context(patch.object(module, "Backoffice", lambda *_args, **_kwargs: backoffice()))
            stack.enter_context(patch.object(module, "uuid4", new_id))
            stack.enter_context(patch.object(module, "print", lambda *_args, **_kwargs: None, create=True))
        stack.enter_context(patch.object(signal, "signal", lambda *_args: None))
        yield
