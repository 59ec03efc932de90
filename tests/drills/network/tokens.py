"""Tokens that die in the middle of a walk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from sandbox.zoho.oauth import DEFAULT_CLIENT
from tests.drills.network.drill import MANY, Drill, failure, unharmed
from tests.drills.network.faults import READS, on_wire, together
from tests.drills.network.scene import Scene

REVOKED = (
    r"Zoho: the refresh token is wrong, revoked .*\. Create a new one for this client and set ZOHO_REFRESH_TOKEN\.$"
)
DEAD = r"Zoho: it rejects even a new access token \(INVALID_\w+\)\. Check that ZOHO_ACCOUNTS_URL and ZOHO_API_DOMAIN "


@contextmanager
def renewed_afterwards(scene: Scene) -> Iterator[None]:
    """A person makes a new refresh token afterwards."""
    yield
    scene.control("POST", "clients", asdict(DEFAULT_CLIENT))


@contextmanager
def crowd(scene: Scene) -> Iterator[None]:
    """So many changes within one second that only page tokens lead on."""
    scene.at_once(MANY)
    yield


def revoke(scene: Scene) -> None:
    """Somebody revokes the refresh token, and its access tokens with it."""
    scene.control("POST", "revoke", {})


def expire(scene: Scene) -> None:
    """Zoho ends all access tokens."""
    scene.control("POST", "kill-tokens")


def expire_pages(scene: Scene) -> None:
    """Zoho ends all page tokens."""
    scene.control("POST", "expire-page-tokens")


DRILLS = (
    Drill(
        name="refresh token revoked in the middle of a page walk",
        fault=together(renewed_afterwards, on_wire("zoho", READS, act=revoke, after=1)),
        sight=failure(REVOKED),
        flows=("primary",),
        people=MANY,
        quick="primary",
    ),
    Drill(
        name="access token expired in the middle of a page walk",
        fault=on_wire("zoho", READS, act=expire, after=1),
        sight=unharmed(),
        flows=("primary",),
        people=MANY,
    ),
    Drill(
        name="access tokens expire before each page",
        fault=on_wire("zoho", READS, act=expire, times=None),
        sight=failure(DEAD),
        flows=("primary",),
    ),
    Drill(
        name="page tokens expired in the middle of a page walk, once",
        fault=together(crowd, on_wire("zoho", "page_token=", act=expire_pages, after=1)),
        sight=unharmed(),
        flows=("primary",),
    ),
    Drill(
        name="page tokens expired in the middle of a page walk, always",
        fault=together(crowd, on_wire("zoho", "page_token=", act=expire_pages, times=None)),
        sight=failure(r"Zoho: a stretch of changes could not be read to its end in 20 tries\. Run again "),
        flows=("primary",),
    ),
)
