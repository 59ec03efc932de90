"""A program that uses the sandbox's Zoho server as it would use Zoho, and what its replies are held to."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from sandbox.world import World

LEADS = "/crm/v8/Leads"
_SECONDS = 120.0


class Visitor:
    """Mints a token when it first needs one, and calls the API and the control endpoint."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Take the addresses and the client from `ZOHO_…` and `LEADSYNC_SANDBOX_ZOHO_CONTROL_URL`."""
        self._settings = settings
        self._authorization: str | None = None
        self._control_url = settings["LEADSYNC_SANDBOX_ZOHO_CONTROL_URL"]
        self.http = httpx.Client(base_url=settings["ZOHO_API_DOMAIN"], timeout=_SECONDS, trust_env=False)

    def ask_for_token(self, **instead: str) -> httpx.Response:
        """POST to the token endpoint; `instead` replaces parts of the form."""
        form = {
            "grant_type": "refresh_token",
            "client_id": self._settings["ZOHO_CLIENT_ID"],
            "client_secret": self._settings["ZOHO_CLIENT_SECRET"],
            "refresh_token": self._settings["ZOHO_REFRESH_TOKEN"],
        }
        return self.http.post(f"{self._settings['ZOHO_ACCOUNTS_URL']}/oauth/v2/token", data={**form, **instead})

    def mint(self, **instead: str) -> str:
        """A fresh access token."""
        return str(self.ask_for_token(**instead).json()["access_token"])

    def call(self, method: str, path: str, *, token: str | None = None, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Call the API with a token: the given one, else our own."""
        if token is None and self._authorization is None:
            self._authorization = self.mint()
        headers = {"Authorization": f"Zoho-oauthtoken {token or self._authorization}", **request.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **request)

    def list(self, *, since: str | None = None, path: str = LEADS, **query: object) -> httpx.Response:
        """GET Leads; asks for Last_Name unless told otherwise."""
        headers = {"If-Modified-Since": since} if since else {}
        wanted = {"fields": "Last_Name", **{name: str(value) for name, value in query.items()}}
        return self.call("GET", path, params=wanted, headers=headers)

    def add(self, *leads: Mapping[str, object]) -> tuple[str, ...]:
        """Insert leads and give their ids."""
        reply = self.call("POST", LEADS, json={"data": list(leads)}).raise_for_status()
        return tuple(item["details"]["id"] for item in reply.json()["data"])

    def plant(self, *leads: Mapping[str, object]) -> tuple[str, ...]:
        """Plant raw leads and give their ids."""
        return tuple(self.control("POST", "leads", list(leads))["ids"])

    def control(self, method: str, what: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
        """Use the control endpoint."""
        # httpx's own encoder refuses lone surrogates.
        content = None if body is None else json.dumps(body)
        reply = self.http.request(method, f"{self._control_url}/{what}", content=content)
        return reply.raise_for_status().json()

    def set(self, **settings: object) -> None:
        """Change settings of the server."""
        self.control("PATCH", "settings", settings)

    def reset(self) -> None:
        """Bring back the server's beginning; our token is gone with it."""
        self.control("POST", "reset")
        self._authorization = None


@contextmanager
def visit(world: World) -> Iterator[Visitor]:
    """A visitor to a server that is as it was in the beginning."""
    visitor = Visitor(world.settings())
    with visitor.http:
        visitor.reset()
        yield visitor


def some(count: int) -> list[dict[str, object]]:
    """Leads named 0, 1, 2 …, a minute apart."""
    return [
        {"Last_Name": str(n), "Modified_Time": f"2026-03-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00+00:00"}
        for n in range(count)
    ]


def names(reply: httpx.Response) -> list[str]:
    """The last names of a list."""
    assert reply.status_code == 200, reply.text
    return [lead["Last_Name"] for lead in reply.json()["data"]]


def assert_error(reply: httpx.Response, status: int, code: str, **details: object) -> None:
    """The reply is this error, with at least these details."""
    assert_item_error(reply.json(), code, **details)
    assert reply.status_code == status


def assert_item_error(error: Mapping[str, Any], code: str, **details: object) -> None:
    """The same of one item of a reply."""
    assert (error["code"], error["status"]) == (code, "error")
    assert error["details"].items() >= details.items()
