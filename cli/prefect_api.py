"""Prefect as the commands use it: its settings, and its failures in our words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Prefect reads its settings when it is imported.
for name, value in {
    "PREFECT_LOGGING_EXTRA_LOGGERS": "leadsync",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}.items():
    os.environ.setdefault(name, value)

import httpx  # noqa: E402 - after the settings, like all that follows
from prefect.settings import PREFECT_API_URL  # noqa: E402

from systems.errors import LeadsyncError, Misconfigured, Unavailable  # noqa: E402
from tasks.defects import safe_error  # noqa: E402

NO_API = ("Failed to reach API", "No Prefect API URL", "Timed out while attempting to connect to ephemeral")
"""How the texts of Prefect's plain RuntimeError and ValueError begin when there is no server."""


def api_url() -> str | None:
    """The API that is configured, by environment or profile; None: Prefect starts a temporary one."""
    url: str | None = PREFECT_API_URL.value()
    return url


@contextmanager
def prefect_errors() -> Iterator[None]:
    """Turns what Prefect and its connection raise into errors of ours."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a command shows no traceback
        raise _told(error) from None


def _told(error: Exception) -> LeadsyncError:
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        cure = "Check PREFECT_API_URL and PREFECT_API_AUTH_STRING."
        return Misconfigured("Prefect", f"its API refuses with status {status}", cure, status=status)
    if isinstance(error, httpx.TransportError) or str(error).startswith(NO_API):
        cure = "Start it, or check PREFECT_API_URL; where that is not set, a temporary one is started."
        return Unavailable("Prefect", "its API does not answer", cure)
    return safe_error(error)
