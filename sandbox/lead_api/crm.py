"""Zoho as the portal's code uses it: a client of its own, which searches and writes."""

import re
from typing import Self

import httpx

from leads.values import Json, Values
from sandbox.samples.scribe import as_forwarded

CLIENT = {
    "client_id": "1000.SANDBOXPORTAL",
    "client_secret": "sandbox-portal-secret",
    "refresh_token": "1000.sandbox.portal",
    "scopes": ["ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "ZohoSearch.securesearch.READ"],
}
LEADS = "/crm/v2/Leads"


class Crm:
    """One submission's calls of the sandbox's Zoho.

    Args:
        url: Its address. The client is made known to it first, because a reset forgets it.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self._http.post("/control/clients", json=CLIENT).raise_for_status()
        grant = {name: CLIENT[name] for name in ("client_id", "client_secret", "refresh_token")}
        answer = self._http.post("/oauth/v2/token", params={**grant, "grant_type": "refresh_token"})
        token = answer.raise_for_status().json()["access_token"]
        self._http.headers["Authorization"] = f"Zoho-oauthtoken {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def find(self, said: Values) -> str | None:
        """The lead that the portal takes a submission for: by e-mail, by phone, by surname alone."""
        phone, surname = str(said["phone"]), str(as_forwarded(said)["Last_Name"])
        questions = [{"email": str(said["email"])}]
        questions += [{"phone": spelling} for spelling in dict.fromkeys((phone, re.sub(r"\D", "", phone)))]
        questions.append({"criteria": f"(Last_Name:equals:{surname})"})
        return next((found for asked in questions if (found := self._first(asked))), None)

    def put(self, said: Values, known: str | None) -> str:
        """Write a submission over a lead, or as a new one; give its id."""
        body = {"data": [as_forwarded(said)], "trigger": ["workflow"]}
        answer = self._http.put(f"{LEADS}/{known}", json=body) if known else self._http.post(LEADS, json=body)
        return str(answer.raise_for_status().json()["data"][0]["details"]["id"])

    def _first(self, asked: dict[str, str]) -> str | None:
        answer = self._http.get(f"{LEADS}/search", params=asked).raise_for_status()
        records: list[dict[str, Json]] = answer.json()["data"] if answer.content else []
        return str(records[0]["id"]) if records else None
