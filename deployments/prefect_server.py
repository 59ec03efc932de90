"""The Prefect server that leadsync is deployed on: that there is one, and what it raises in our words."""

import httpx
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from systems.errors import LeadsyncError, Misconfigured, Refused, Unavailable
from tasks.defects import safe_error

NO_API = ("Failed to reach API", "No Prefect API URL", "Timed out while attempting to connect to ephemeral")
"""How the texts of Prefect's plain RuntimeError and ValueError begin when there is no server."""

BUSY = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS})


def require_server() -> None:
    """Makes sure that a server is configured; the temporary one that Prefect starts else would forget everything.

    Raises:
        Refused: none is.
    """
    if not PREFECT_API_URL.value():
        raise Refused("Prefect", "PREFECT_API_URL is not set", "Set it to the server that runs leadsync.")


def told(error: Exception) -> LeadsyncError:
    """The error of ours that it means; anything unforeseen without its text."""
    if isinstance(error, ObjectNotFound):
        return Misconfigured("Prefect", "a deployment of leadsync is missing", "Run `leadsync deploy`.", status=404)
    if isinstance(error, httpx.HTTPStatusError):
        return _refused(error.response.status_code)
    if isinstance(error, httpx.TransportError):
        return _silent("Start it, or check PREFECT_API_URL.")
    if str(error).startswith(NO_API):
        return _silent("Start it, or check PREFECT_API_URL; where that is not set, a temporary one is started.")
    return safe_error(error)


def _silent(cure: str) -> LeadsyncError:
    return Unavailable("Prefect", "its API does not answer", cure)


def _refused(status: int) -> LeadsyncError:
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in BUSY:
        return Unavailable("Prefect", f"its API answers with status {status}", "Try again later.", status=status)
    cure = "Check PREFECT_API_URL and PREFECT_API_AUTH_STRING."
    return Misconfigured("Prefect", f"its API refuses with status {status}", cure, status=status)
