"""A program that uses the server as it would use Zoho: for tests, and for people with an environment file."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

LEADS = "/crm/v8/Leads"
_SECONDS = 120.0


class Visitor:
    """Mints a token when it first needs one, and calls the API and the control endpoint. A context manager."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Take the addresses and the client from `ZOHO_…` and `LEADSYNC_SANDBOX_ZOHO_CONTROL_URL`."""
        self._settings = settings
        self._authorization: str | None = None
        self._control_url = settings["LEADSYNC_SANDBOX_ZOHO_CONTROL_URL"]
        self.http = httpx.Client(base_url=settings["ZOHO_API_DOMAIN"], timeout=_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

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
        reply = self.http.request(method, f"{self._control_url}/{what}", json=body)
        return reply.raise_for_status().json()

    def set(self, **settings: object) -> None:
        """Change settings of the server."""
        self.control("PATCH", "settings", settings)

    def reset(self) -> None:
        """Bring back the server's beginning; our token is gone with it."""
        self.control("POST", "reset")
        self._authorization = None
