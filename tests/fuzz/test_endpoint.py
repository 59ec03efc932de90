"""Whatever is sent to the cron endpoint by somebody without its secret: an answer, and nothing started."""

import asyncio
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.errors import Unavailable
from tests.fuzz.effort import fuzz

SECRET = "sixteen-bytes-at-least"
ANSWERS = {200, 400, 401, 404, 405, 429, 503}
PATHS = ["/api/cron/zoho-sync", "/api/cron/portal-sync", "/healthz", "/livez", "/report", "/", "//", "/report/", "/.."]
QUERIES = [
    b"until=1e9&signature=%ff",
    b"until=" + b"9" * 400 + b"&signature=aa",
    b"flow=%00",
    b"flow=primary",
    b"&&==%zz",
]

methods = st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "X", ""])
paths = st.sampled_from(PATHS) | st.text(max_size=40).map(lambda text: f"/{text}")
headers = st.lists(
    st.tuples(
        st.sampled_from(
            [b"authorization", b"host", b"content-length", b"content-type", b"range", b"x-forwarded-proto"]
        ),
        st.binary(max_size=40) | st.sampled_from([b"Bearer ", b"Bearer \xc3\xa9", b"bearer " + b"x" * 5000]),
    ),
    max_size=4,
)


def silent() -> NoReturn:
    raise Unavailable("Backoffice", "it is not available", "Try again later.")


@pytest.fixture(scope="module")
def app() -> Any:  # noqa: ANN401 - an ASGI app
    from deployments.cron.app import cron_app  # noqa: PLC0415 - imports Prefect
    from deployments.cron.door import Door  # noqa: PLC0415 - imports Prefect
    from deployments.cron.health import Health  # noqa: PLC0415 - imports Prefect
    from deployments.cron.report import ReportPage  # noqa: PLC0415 - imports Prefect

    return lambda: cron_app(Door(SECRET), Health(silent), ReportPage(Door(SECRET), silent))


async def status(app: Any, scope: dict[str, Any], body: bytes) -> int:  # noqa: ANN401 - an ASGI app
    """Calls the app as a server does, below all that a client would not let pass."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


@fuzz
@given(methods, paths, st.sampled_from(QUERIES) | st.binary(max_size=60), headers, st.binary(max_size=60))
def test_a_stranger_gets_an_answer_and_starts_nothing(  # noqa: PLR0917 - Hypothesis gives them in order
    app: Any,  # noqa: ANN401 - an ASGI app
    method: str,
    path: str,
    query: bytes,
    told: list[tuple[bytes, bytes]],
    body: bytes,
) -> None:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "query_string": query,
        "root_path": "",
        "headers": told,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8787),
    }
    answered = asyncio.run(status(app(), scope, body))
    assert answered in ANSWERS
    assert not (answered == 200 and path.startswith("/api"))
