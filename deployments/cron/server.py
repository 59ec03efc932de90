"""The cron endpoint as a process: its settings, its socket, its log."""

import asyncio
import logging.config
import signal
import socket
from contextlib import suppress
from typing import Any

import uvicorn

from deployments.cron.app import cron_app
from deployments.cron.door import Door
from deployments.cron.health import Health
from deployments.cron.report import ReportPage
from deployments.cron.trigger import rehearse
from deployments.prefect_server import require_server
from deployments.syncs import SYNCS
from report.gathering import gathering
from systems.backoffice import Backoffice
from systems.errors import LeadsyncError, Misconfigured
from systems.settings import BackofficeSettings, CronSettings, Tunables, load

IMPATIENT = {"request_timeout": 5.0, "connect_timeout": 2.0, "retry_attempts": 1}
"""A watch waits for the answer, and asks again by itself."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Without their own, lines of ours would go to Prefect, which files lines by flow run.
    "loggers": {
        "leadsync": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}


def serve(host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM, and lets requests that are going end.

    Args:
        host: the address to listen on.
        port: the port; 0 takes any free one.

    Raises:
        Misconfigured: a setting is missing or too weak, or the address cannot be had.
        Refused: no Prefect API is set.
    """
    cron, backoffice_settings, tunables = load(CronSettings, BackofficeSettings, Tunables)
    require_server()
    logging.config.dictConfig(LOGGING)
    _rehearse()
    # uvicorn raises the signal that ended it once more.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    impatient = tunables.model_copy(update=IMPATIENT)
    with (
        _listener(host, port) as listener,
        Backoffice(backoffice_settings, tunables=impatient) as backoffice,
        gathering(backoffice_settings, tunables) as gatherer,
    ):
        door = Door(cron.secret.get_secret_value())
        app = cron_app(door, Health(backoffice.freshness), ReportPage(door, gatherer.picture))
        print(f"The cron endpoint listens on {_address(listener)}", flush=True)  # noqa: T201 - a command's own line
        with suppress(KeyboardInterrupt):
            uvicorn.Server(_config(app)).run(sockets=[listener])


def _rehearse() -> None:
    """Says in the log if a call would fail now; Prefect may come later."""
    try:
        for sync in SYNCS.values():
            asyncio.run(rehearse(sync))
    except LeadsyncError as error:
        logging.getLogger("leadsync.cron").warning("%s", error)


def _config(app: Any) -> uvicorn.Config:  # noqa: ANN401 - uvicorn and Starlette type an ASGI app differently
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=10,
    )


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        why = (error.strerror or type(error).__name__).partition(" (")[0]
        cause = f"port {port} of {host} cannot be listened on ({why})"
        raise Misconfigured("Cron endpoint", cause, "Choose another --host or --port.") from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
