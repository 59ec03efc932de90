"""The product as the simulation runs it: the two flows as they are, with the outside world exchanged."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch
from uuid import UUID

import flows.artifact
import flows.attempt
import flows.backup
import flows.portal_source
import flows.primary
import flows.zoho_source
import leads.outreach
import systems.zoho_reader
import tasks.desk
from systems.settings import BackofficeSettings, PortalSettings, Settings, Tunables, ZohoSettings
from tests.simulation import commands, zoho
from tests.simulation.runs import current, patient

MOST_EXPOSED = 1
"""Old leads that a run may open to the company's mails without being confirmed: fewer, as everything here."""

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
TASKS = (
    (flows.attempt, "record_metadata"),
    *((flows.primary, name) for name in ("fetch_zoho", "dedupe", "load_backoffice")),
    *((flows.backup, name) for name in ("extract_portal", "dedupe", "load_backoffice")),
)
"""The names by which the flows call the five tasks."""
BODIES: dict[str, Callable[..., Any]] = {
    "primary": flows.primary.zoho_to_backoffice.fn,
    "backup": flows.backup.portal_to_backoffice.fn,
}


class Ears(logging.Handler):
    """Keeps with a run what it logs."""

    def emit(self, record: logging.LogRecord) -> None:
        current.run.told.append(record.getMessage())


@contextmanager
def installed(world: Callable[[], Any]) -> Iterator[None]:
    """Exchanges what the flows reach the outside by; while it lasts, runs can be stepped.

    Args:
        world: tells the world that is being played, a `tests.simulation.world.World`.
    """

    def new_id() -> UUID:
        return UUID(int=world().ids.getrandbits(128), version=4)

    def load(*models: type[Settings]) -> tuple[Settings, ...]:
        return tuple(_SETTINGS[model] for model in models)

    swaps = [
        (flows.attempt, "load", load),
        (flows.attempt, "Backoffice", lambda *_args, **_kwargs: world().backoffice()),
        (flows.attempt, "uuid4", new_id),
        (tasks.desk, "uuid4", new_id),
        (flows.artifact, "publish", _publish),
        (flows.zoho_source, "Zoho", lambda *_args, **_kwargs: world().zoho_client()),
        (flows.portal_source, "Portal", lambda *_args, **_kwargs: world().portal_client()),
        (systems.zoho_reader, "PER_PAGE", zoho.PAGE_SIZE),
        (leads.outreach, "MOST", MOST_EXPOSED),
        *((module, name, patient(getattr(module, name).fn)) for module, name in TASKS),
    ]
    ears = Ears()
    loggers = [logging.getLogger(name) for name in ("leadsync.tasks", "leadsync.flows", "leadsync.systems")]
    with ExitStack() as stack:
        stack.enter_context(commands.installed(load, lambda: world().backoffice(), new_id))
        for module, name, instead in swaps:
            stack.enter_context(patch.object(module, name, instead))
        for logger in loggers:
            # Prefect's handlers would write each line to the terminal.
            stack.enter_context(patch.object(logger, "propagate", new=False))
            logger.addHandler(ears)
            stack.callback(logger.removeHandler, ears)
        yield


def _publish(outcome: Any) -> None:  # noqa: ANN401 - flows.outcome.Outcome
    current.run.outcome = outcome
    current.run.told.append(flows.artifact.markdown(outcome))
