"""The Prefect server that tests deploy leadsync on, as they ask it."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

SECONDS = 60


@cache
def deploy_once(url: str) -> None:
    """Deploys leadsync on a server that no test has deployed it on yet."""
    from deployments.bootstrap import bootstrap  # noqa: PLC0415 - imports Prefect

    assert list(bootstrap()), url


def ask(method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    from prefect.settings import PREFECT_API_URL  # noqa: PLC0415 - imports Prefect

    def once() -> httpx.Response | None:
        """The answer, unless SQLite is busy."""
        answer = client.request(method, f"{PREFECT_API_URL.value()}{path}", json=body or None)
        return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer.raise_for_status()

    with quick_client() as client:
        answer: httpx.Response = wait_for(once)
    return answer.json() if answer.content else None


def quick_client() -> httpx.Client:
    """For servers of ours on this machine: there are no certificates to load, and tests call often."""
    return httpx.Client(transport=httpx.HTTPTransport(verify=False), timeout=SECONDS)


def deployment(name: str) -> Any:  # noqa: ANN401 - JSON
    return ask("GET", f"/deployments/name/{name}")


def wait_for(what: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever comes
    deadline = time.monotonic() + SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)
    return found
