"""The organisation's people at Zoho, and whoever has Zoho's machines in hand: calls of the API and of the control."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from sandbox.world import World
from tests.month.words import Fields

_CLIENT = {
    "client_id": "1000.PEOPLE",
    "client_secret": "people-secret",
    "refresh_token": "1000.people.refresh",
    "scopes": ["ZohoCRM.modules.ALL"],
}
_LEADS = "crm/v8/Leads"
MOST = 100
"""Leads in one call."""


class Crm:
    """Writes leads with a client and tokens of its own, so that it is no part of what leadsync is measured by."""

    def __init__(self, world: World, http: httpx.Client) -> None:
        self._world = world
        self._http = http
        self._token = "none yet"
        self.control("POST", "clients", _CLIENT)

    def control(self, method: str, what: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
        content = None if body is None else json.dumps(body)
        answer = self._http.request(method, f"{self._world.zoho_control_url}/{what}", content=content)
        return answer.raise_for_status().json()

    def set(self, **settings: object) -> None:
        self.control("PATCH", "settings", settings)

    def at(self, moment: datetime) -> None:
        """Stops Zoho's clock at a moment."""
        self.set(fixed=moment.isoformat())

    def insert(self, leads: Sequence[Fields]) -> list[str]:
        return [item["details"]["id"] for part in _parts(leads) for item in self._written("POST", _LEADS, part)]

    def update(self, leads: Sequence[Fields]) -> None:
        for part in _parts(leads):
            self._written("PUT", _LEADS, part)

    def refused(self, lead: Fields) -> str:
        """Tries what Zoho does not accept; the code of its refusal."""
        (item,) = self._call("PUT", _LEADS, json={"data": [lead]}).json()["data"]
        return str(item["code"])

    def delete(self, lead: str) -> None:
        self._call("DELETE", f"{_LEADS}/{lead}").raise_for_status()

    def convert(self, lead: str) -> None:
        self._written("POST", f"{_LEADS}/{lead}/actions/convert", [{}])

    def bury(self, lead: str) -> None:
        """Takes a lead away for good, as merging does with the one that is given up."""
        self.control("POST", "deleted", [{"id": int(lead), "type": "permanent"}])

    def plant(self, lead: Fields) -> None:
        self.control("POST", "leads", [lead])

    def all(self, fields: Sequence[str]) -> list[Fields]:
        """Every lead as Zoho tells it."""
        found: list[Fields] = []
        position: Fields = {"page": 1}
        while True:
            query = {"fields": ",".join(fields), "converted": "both", "sort_by": "id", "sort_order": "asc", **position}
            answer = self._call("GET", _LEADS, params=query)
            if answer.status_code == httpx.codes.NO_CONTENT:
                return found
            body = answer.raise_for_status().json()
            found += body["data"]
            if not body["info"]["more_records"]:
                return found
            position = {"page_token": body["info"]["next_page_token"]}

    def _written(self, method: str, path: str, data: Sequence[Fields]) -> list[Fields]:
        answer = self._call(method, path, json={"data": list(data)}).raise_for_status()
        assert answer.status_code != httpx.codes.MULTI_STATUS, answer.text
        return list(answer.json()["data"])

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        url = f"{self._world.zoho_api_domain}/{path}"
        answer = self._http.request(method, url, headers=self._authorised(), **request)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._mint()
            answer = self._http.request(method, url, headers=self._authorised(), **request)
        return answer

    def _authorised(self) -> dict[str, str]:
        return {"Authorization": f"Zoho-oauthtoken {self._token}"}

    def _mint(self) -> None:
        form = {name: _CLIENT[name] for name in ("client_id", "client_secret", "refresh_token")}
        url = f"{self._world.zoho_accounts_url}/oauth/v2/token"
        answer = self._http.post(url, data={**form, "grant_type": "refresh_token"})
        self._token = answer.raise_for_status().json()["access_token"]


def _parts(leads: Sequence[Fields]) -> list[Sequence[Fields]]:
    return [leads[start : start + MOST] for start in range(0, len(leads), MOST)]
