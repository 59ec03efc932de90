"""Prefect as the commands use it: its settings, and its failures in our words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Prefect reads its settings when it is imported.
for name, value in {
    "PREFECT_LOGGING_EXTRA_LOGGERS": "leadsync",
    # What is logged outside of a run, by doctor for example, has no run whose log it could be; that is no warning.
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}.items():
    os.environ.setdefault(name, value)

from prefect.settings import PREFECT_API_URL  # noqa: E402 - after the settings, like all that follows

from deployments.prefect_server import told  # noqa: E402


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
        raise told(error) from None
