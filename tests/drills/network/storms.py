"""Refusals that go on: asked too often, credits used up, 5xx."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.drills.network.drill import Drill, Record, failure, unharmed
from tests.drills.network.faults import SOURCE, at_edge, forgotten_cache, together
from tests.drills.network.scene import Scene

BUSY = '{"code": "TOO_MANY_REQUESTS", "details": {}, "message": "too many requests", "status": "error"}'
HTML = "<html><head><title>Bad Gateway</title></head></html>"
OFTEN = r"it was asked too often\. Try again later\.$"
DOWN = r"it is not available \((status )?{0}\)\. Try again later\.$"

STATUSES: dict[int, dict[str, Any]] = {
    500: {"body": '{"message": "Internal server error"}'},
    502: {"html": HTML},
    503: {"body": "", "headers": {"Retry-After": "1"}},
    504: {"html": HTML},
    520: {"html": HTML},
}

REAL = {
    "LEADSYNC_RETRY_ATTEMPTS": "12",
    "LEADSYNC_RETRY_SECONDS": "420",
    "LEADSYNC_RETRY_FIRST_WAIT": "0.2",
    "LEADSYNC_RETRY_LONGEST_WAIT": "30",
}
"""The patience that leadsync has by default; tests have less."""


@contextmanager
def credits_used_up(scene: Scene) -> Iterator[None]:
    """The organisation has spent what it may spend within 24 hours."""
    left = scene.control("GET", "usage")["left"]
    scene.control("PATCH", "usage", {"left": 0})
    yield
    scene.control("PATCH", "usage", {"left": left})


@contextmanager
def too_many_tokens(scene: Scene) -> Iterator[None]:
    """Something else has minted all the access tokens that ten minutes allow."""
    scene.control("PATCH", "settings", {"limits": {"mints": 0}})
    yield
    scene.control("PATCH", "settings", {"limits": {"mints": 1000}})


def server_error(status: int) -> Drill:
    """A source that answers every page with a 5xx."""
    return Drill(
        name=f"{status} from the source, always",
        fault=at_edge(SOURCE, status=status, times=None, **STATUSES[status]),
        sight=failure(DOWN.format(status)),
        quick="backup" if status == 502 else None,
    )


def of_backoffice(what: str, path: str, record: Record | None) -> Drill:
    """A backoffice that answers some calls with a 503 of PostgREST's."""
    body = '{"code": "PGRST001", "message": "Could not connect with the database", "details": null, "hint": null}'
    return Drill(
        name=f"503 from the backoffice {what}, always",
        fault=at_edge("backoffice", path, status=503, body=body, times=None),
        sight=failure(r"Backoffice: its API does not reach the database \(PGRST001\)\. ", record),
    )


def hour(name: str, system: str, path: str, record: Record | None) -> Drill:
    """5xx for as long as a run has patience, and longer, with leadsync's own settings."""
    down = at_edge(system, path, status=503, html=HTML, times=None)
    return Drill(name=name, fault=down, sight=failure(DOWN.format(503), record), settings=REAL)


DRILLS = (
    Drill(
        name="429 from the source without a hint how long, always",
        fault=at_edge(SOURCE, status=429, body=BUSY, times=None),
        sight=failure(OFTEN),
        quick="primary",
    ),
    Drill(
        name="429 from the source, Retry-After: 3600",
        fault=at_edge(SOURCE, status=429, body=BUSY, headers={"Retry-After": "3600"}, times=None),
        sight=failure(OFTEN),
    ),
    Drill(
        name="429 from the source, twice, Retry-After: 1",
        fault=at_edge(SOURCE, status=429, body=BUSY, headers={"Retry-After": "1"}, times=2),
        sight=unharmed(),
    ),
    Drill(
        name="429 from the backoffice's gateway, always",
        fault=at_edge("backoffice", "", status=429, html=HTML, times=None),
        sight=failure(f"Backoffice: {OFTEN}", record=None),
    ),
    Drill(
        name="429 from the backoffice's gateway on writes, always",
        fault=at_edge("backoffice", "leadsync_apply", status=429, body="{}", times=None),
        sight=failure(f"Backoffice: {OFTEN}"),
    ),
    Drill(
        name="Zoho's credits of 24 hours used up",
        fault=credits_used_up,
        sight=failure(r"Zoho: the API credits are used up\. Wait until credits .* return, or buy more\.$"),
        flows=("primary",),
    ),
    Drill(
        name="Zoho mints no more access tokens for now",
        fault=together(forgotten_cache, too_many_tokens),
        sight=failure(r"Zoho: too many access tokens were asked for in the last minutes\. Wait half an hour"),
        flows=("primary",),
    ),
    *map(server_error, STATUSES),
    of_backoffice("at the opening", "leadsync_open", None),
    of_backoffice("at every call after the opening", "leadsync_(?!open)", "running"),
    Drill(
        name="503 from Zoho's token endpoint, always",
        fault=together(forgotten_cache, at_edge("zoho", "oauth", status=503, html=HTML, times=None)),
        sight=failure(r"Zoho: the token endpoint answered 503 without JSON\. "),
        flows=("primary",),
    ),
    hour("503 for an hour from the source, with the real patience", SOURCE, r"(?i)/leads\?", "failed"),
    hour("503 for an hour from the backoffice, with the real patience", "backoffice", "", None),
)
