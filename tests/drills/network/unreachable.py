"""Nobody there: connections refused, names that lead nowhere, servers that go away."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.drills.network.drill import MANY, Drill, failure, unharmed
from tests.drills.network.faults import SOURCE, forgotten_cache, on_wire, together
from tests.drills.network.scene import Scene

REFUSED = r"no connection could be made\. Try again later; if it stays, check {0}\.$"
NOWHERE = "nowhere.example"
BROKE = r"the connection broke before the answer was complete\. Try again later\.$"


@contextmanager
def settings(**values: str) -> Iterator[None]:
    """Other settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


@contextmanager
def closed_port() -> Iterator[str]:
    """An address that refuses: nobody listens there, and nobody else can."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"


@contextmanager
def source_refuses(scene: Scene) -> Iterator[None]:
    """The portal, and Zoho's API, whose address came with the access token, refuse connections."""
    with closed_port() as url, settings(PORTAL_SUPABASE_URL=url), forgotten_cache(scene):
        scene.control("PATCH", "settings", {"api_domain": url})
        yield
        scene.control("PATCH", "settings", {"api_domain": None})
    # The kept token names that address; a real one would come back at the address at which it went away.
    with forgotten_cache(scene):
        pass


@contextmanager
def backoffice_refuses(_: Scene) -> Iterator[None]:
    """The backoffice refuses connections."""
    with closed_port() as url, settings(BACKOFFICE_SUPABASE_URL=url):
        yield


@contextmanager
def accounts_refuse(scene: Scene) -> Iterator[None]:
    """Zoho's token endpoint refuses connections, and there is no token."""
    with closed_port() as url, settings(ZOHO_ACCOUNTS_URL=url), forgotten_cache(scene):
        yield


def unresolved(error: int, *names: str) -> Any:  # noqa: ANN401 - a Fault
    """The resolver answers for a host name with an error."""

    @contextmanager
    def ordered(scene: Scene) -> Iterator[None]:
        resolve = socket.getaddrinfo

        def answer(host: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - as socket has it
            if host == NOWHERE:
                raise socket.gaierror(error, "made up")
            return resolve(host, *rest, **named)

        address = dict.fromkeys(names, f"https://{NOWHERE}")
        with settings(**address), forgotten_cache(scene), pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", answer)
            yield

    return ordered


def unknown(setting: str, record: Any = "failed", **drill: Any) -> Drill:  # noqa: ANN401 - a Drill's own
    """No server has that name."""
    return Drill(
        name=f"the name in {setting} does not exist",
        fault=unresolved(socket.EAI_NONAME, setting),
        sight=failure(rf"no server of that name exists\. Check {setting}\.$", record),
        **drill,
    )


DRILLS = (
    Drill(
        name="the source refuses connections",
        fault=source_refuses,
        sight=failure(REFUSED.format(r"(ZOHO_API_DOMAIN|PORTAL_SUPABASE_URL)")),
        quick="backup",
    ),
    Drill(
        name="the backoffice refuses connections",
        fault=backoffice_refuses,
        sight=failure("Backoffice: " + REFUSED.format("BACKOFFICE_SUPABASE_URL"), record=None),
        quick="primary",
    ),
    Drill(
        name="Zoho's token endpoint refuses connections",
        fault=accounts_refuse,
        sight=failure("Zoho: " + REFUSED.format("ZOHO_ACCOUNTS_URL")),
        flows=("primary",),
    ),
    unknown("BACKOFFICE_SUPABASE_URL", record=None, quick="backup"),
    unknown("PORTAL_SUPABASE_URL", flows=("backup",)),
    unknown("ZOHO_ACCOUNTS_URL", flows=("primary",)),
    Drill(
        name="no resolver answers",
        fault=unresolved(socket.EAI_AGAIN, "PORTAL_SUPABASE_URL", "ZOHO_ACCOUNTS_URL"),
        sight=failure(REFUSED.format(r"(ZOHO_ACCOUNTS_URL|PORTAL_SUPABASE_URL)")),
    ),
    Drill(
        name="the source goes away in the middle of a long read",
        fault=on_wire(SOURCE, cut_answer=0, after=1, times=None),
        sight=failure(BROKE),
        people=MANY,
    ),
    Drill(
        name="the backoffice goes away in the middle of a long run",
        fault=on_wire("backoffice", "leadsync_apply", cut_request=0, after=1, times=None),
        sight=failure(f"Backoffice: {BROKE}"),
        people=MANY,
    ),
    Drill(
        name="every second call of the backoffice breaks off",
        fault=together(*(on_wire("backoffice", "", cut_answer=0, after=after) for after in (1, 3, 5))),
        sight=unharmed(),
        people=MANY,
    ),
)
