"""The product as the simulation runs it: the two flows as they are, with the outside world exchanged."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import flows.artifact
import flows.attempt
import flows.backup
import flows.portal_source
import flows.primary
import flows.zoho_source
import systems.zoho_reader
import tasks.desk
from systems.settings import BackofficeSettings, PortalSettings, Settings, Tunables, ZohoSettings
from tests.simulation import portal, zoho
from tests.simulation.runs import current, patient

BATCH = 8
"""Records in a batch: two pages of Zoho, three of the portal."""

_SETTINGS: dict[type[Settings], Settings] = {
    ZohoSettings: ZohoSettings.model_validate(
        {"client_id": "client", "client_secret": "secret", "refresh_token": "refresh"}
    ),
    PortalSettings: PortalSettings.model_validate({"url": "https://portal.example", "service_key": "key"}),
    BackofficeSettings: BackofficeSettings.model_validate({"url": "https://backoffice.example", "service_key": "key"}),
    Tunables: Tunables.model_construct(batch_size=BATCH),
}
BODIES: dict[str, Callable[..., Any]] = {
    "primary": flows.primary.zoho_to_backoffice.fn,
    "backup": flows.backup.portal_to_backoffice.fn,
}


class Ids:
    """Ids as random as a seed makes them."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - to be had again

    def new(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


class Ears(logging.Handler):
    """Keeps with a run what it logs."""

    def emit(self, record: logging.LogRecord) -> None:
        current.run.told.append(record.getMessage())


@contextmanager
def installed(backoffice: Callable[[], Any], sources: Callable[[], tuple[zoho.ZohoClient, portal.PortalClient]],
              new_id: Callable[[], UUID]) -> Iterator[None]:
    """Exchanges what the flows reach the outside by; while it lasts, runs can be stepped.

    Args:
        backoffice: makes the client of the run that asks.
        sources: makes the clients of Zoho and the portal.
        new_id: fresh ids.
    """
    swaps: list[tuple[Any, str, Any]] = [
        (flows.attempt, "load", lambda *models: tuple(_SETTINGS[model] for model in models)),
        (flows.attempt, "Backoffice", lambda *_args, **_kwargs: backoffice()),
        (flows.attempt, "record_metadata", patient(flows.attempt.record_metadata.fn)),
        (flows.attempt, "uuid4", new_id),
        (flows.artifact, "publish", _publish),
        (tasks.desk, "uuid4", new_id),
        (flows.primary, "fetch_zoho", patient(flows.primary.fetch_zoho.fn)),
        (flows.backup, "extract_portal", patient(flows.backup.extract_portal.fn)),
        (flows.zoho_source, "Zoho", lambda *_args, **_kwargs: sources()[0]),
        (flows.portal_source, "Portal", lambda *_args, **_kwargs: sources()[1]),
        (systems.zoho_reader, "PER_PAGE", zoho.PAGE_SIZE),
    ]
    for module in (flows.primary, flows.backup):
        swaps += [(module, name, patient(getattr(module, name).fn)) for name in ("dedupe", "load_backoffice")]
    ears = Ears()
    loggers = [logging.getLogger(name) for name in ("leadsync.tasks", "leadsync.flows", "leadsync.systems")]
    with ExitStack() as stack:
        for module, name, instead in swaps:
            stack.enter_context(patch.object(module, name, instead))
        for logger in loggers:
            # Prefect's handlers would write each line to the terminal.
            stack.enter_context(patch.object(logger, "propagate", False))
            logger.addHandler(ears)
            stack.callback(logger.removeHandler, ears)
        yield


def _publish(outcome: Any) -> None:  # noqa: ANN401 - flows.outcome.Outcome
    current.run.outcome = outcome
    current.run.told.append(flows.artifact.markdown(outcome))
