"""Answers that do not come, come in half, come twice, or are something else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.drills.network.drill import Drill, Fault, Record, Sight, failure, unharmed
from tests.drills.network.faults import READS, SOURCE, at_edge, forgotten_cache, on_wire, together
from tests.drills.network.scene import Scene
from tests.integration.test_flows.runs import Which

BOTH: tuple[Which, ...] = ("primary", "backup")
FUNCTIONS: dict[str, tuple[Which, ...]] = {
    "open": BOTH,
    "cache_put": ("primary",),
    "match": BOTH,
    "apply": BOTH,
    "mark_deleted": ("primary",),
    "close": BOTH,
}
QUICK: dict[str, Which] = {"open": "backup", "apply": "primary", "close": "primary"}

BROKE = r"the connection broke before the answer was complete\. Try again later\.$"
NO_JSON = (
    r"(Zoho: it answered 200 without the JSON that its contract promises|its answer is not the promised JSON)"
    r"\. Try again later; if it stays, check \w+\.$"
)
IN_TIME = r"it did not answer in time\. Try again later\.$"
TOO_LONG = r"leadsync: a step or the whole run took longer than it may\. Run it again\.$"
HTML = "<!doctype html><html><title>Just a moment…</title></html>"
HEAD = 600
"""Bytes of an answer of which the head is a part."""

SHORT = {"LEADSYNC_REQUEST_TIMEOUT": "1.5", "LEADSYNC_RETRY_ATTEMPTS": "2"}


def lost(function: str, times: int | None) -> Drill:
    """The backoffice has done its work, and nobody hears of it."""
    records: dict[str, Record] = {"open": "running", "close": "completed"}
    gone = at_edge("backoffice", f"leadsync_{function}$", cut="after", times=times)
    return Drill(
        name=f"answer to {function} lost after the commit, {'once' if times else 'always'}",
        fault=together(forgotten_cache, gone) if function == "cache_put" else gone,
        sight=unharmed() if times else failure(f"Backoffice: {BROKE}", records.get(function, "failed")),
        flows=FUNCTIONS[function],
        quick=None if times else QUICK.get(function),
    )


@contextmanager
def delivered_again(scene: Scene) -> Iterator[None]:
    """Everything that the run sent reaches the backoffice once more after its end."""
    wire = scene.wires["backoffice"]
    wire.heard.clear()
    wire.listening = True
    yield
    wire.listening = False
    statuses = wire.send_again()
    assert len(statuses) > 3
    # What would write is refused or only tells the old answer; nothing breaks on it.
    assert all(200 <= status < 500 for status in statuses), statuses


@contextmanager
def short_step(_: Scene) -> Iterator[None]:
    """Steps may take two seconds instead of 20 minutes."""
    from tasks import extract_portal, fetch_zoho  # noqa: PLC0415 - imports Prefect

    with pytest.MonkeyPatch.context() as patch:
        for task in (extract_portal.extract_portal, fetch_zoho.fetch_zoho):
            patch.setattr(task, "timeout_seconds", 2)
        yield


def once_and_always(name: str, fault: dict[str, Any], message: str, quick: Which | None = None) -> tuple[Drill, ...]:
    """A spoilt page of the source: the run's patience makes good what happens once."""
    return (
        Drill(name=f"{name}, once", fault=at_edge(SOURCE, times=1, **fault), sight=unharmed()),
        Drill(name=f"{name}, always", fault=at_edge(SOURCE, times=None, **fault), sight=failure(message), quick=quick),
    )


def of_match(name: str, fault: dict[str, Any], message: str) -> Drill:
    """The same of what the backoffice knows."""
    spoilt = at_edge("backoffice", "leadsync_match", times=None, **fault)
    return Drill(name=f"{name}, of the backoffice, always", fault=spoilt, sight=failure(f"Backoffice: {message}"))


def slow(name: str, fault: Fault, sight: Sight, quick: Which | None = None) -> Drill:
    """An answer that takes its time, where a second and a half is what it may take."""
    return Drill(name=name, fault=fault, sight=sight, settings=SHORT, quick=quick)


def drip(system: str, path: str, times: int | None) -> Fault:
    """A body of which a byte comes now and then."""
    return on_wire(system, path, drip_s=0.05, drip_from=HEAD, times=times)


DRILLS = (
    *(lost(function, times) for function in FUNCTIONS for times in (1, None)),
    Drill(
        name="every request reaches the backoffice twice, at once",
        fault=on_wire("backoffice", "", twice="at once", times=None),
        sight=unharmed(),
        quick="primary",
    ),
    Drill(
        name="every request reaches the backoffice twice, one after the other",
        fault=on_wire("backoffice", "", twice="before", times=None),
        sight=unharmed(),
        quick="backup",
    ),
    Drill(
        name="every request reaches the source twice",
        fault=together(forgotten_cache, on_wire(SOURCE, "", twice="at once", times=None)),
        sight=unharmed(),
    ),
    Drill(
        name="everything reaches the backoffice again after the run",
        fault=delivered_again,
        sight=unharmed(),
        quick="primary",
    ),
    Drill(
        name="half a request reaches the backoffice, once",
        fault=on_wire("backoffice", "leadsync_apply", cut_request=400, times=1),
        sight=unharmed(),
    ),
    Drill(
        name="half a request reaches the backoffice, always",
        fault=on_wire("backoffice", "leadsync_apply", cut_request=400, times=None),
        sight=failure(f"Backoffice: {BROKE}"),
    ),
    *once_and_always("half a body in a whole message", {"truncate_at": 100}, NO_JSON, quick="primary"),
    *once_and_always("connection broken in the body", {"truncate_at": 100, "cut": "after"}, BROKE, quick="backup"),
    *once_and_always("HTML with 200", {"html": HTML}, NO_JSON),
    Drill(
        name="half a body in a whole message, of apply, once",
        fault=at_edge("backoffice", "leadsync_apply", truncate_at=20, times=1),
        sight=unharmed(),
    ),
    of_match("half a body in a whole message", {"truncate_at": 100}, "its answer is not the promised JSON"),
    of_match("HTML with 200", {"html": HTML}, "its answer is not the promised JSON"),
    Drill(
        name="HTML with 200 instead of an access token",
        fault=together(forgotten_cache, at_edge("zoho", "oauth", html=HTML, times=None)),
        sight=failure(r"Zoho: the token endpoint answered 200 without JSON\. .* check ZOHO_ACCOUNTS_URL\.$"),
        flows=("primary",),
    ),
    slow("slow drip of a page, once", drip(SOURCE, READS, 1), unharmed()),
    slow("slow drip of a page, always", drip(SOURCE, READS, None), failure(IN_TIME), "primary"),
    slow(
        "slow drip of the backoffice's answer, always",
        drip("backoffice", "leadsync_match", None),
        failure(f"Backoffice: {IN_TIME}"),
    ),
    slow("no answer to a page, always", on_wire(SOURCE, stall_s=3, times=None), failure(IN_TIME)),
    Drill(
        name="slow drip of a page's head: the step's limit (2 s instead of 1,200) ends it",
        fault=together(short_step, on_wire(SOURCE, drip_s=0.3, times=None)),
        sight=failure(TOO_LONG),
    ),
)
