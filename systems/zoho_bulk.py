"""Bulk Read: Zoho exports all leads by a job of its own, for 50 credits per 200,000 leads.

Source: Zoho CRM API v8, "Bulk Read": create job, job details, download result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import httpx

from systems.transport import JsonObject
from systems.zoho_answers import Call, unreadable
from systems.zoho_api import Request, ZohoApi

BULK_API = "crm/bulk/v8/read"
BULK_READ = "ZohoCRM.bulk.READ"
CREDITS = 50

COMPLETED = "COMPLETED"
FAILED = frozenset({"FAILURE", "FAILED"})
"""Zoho spells it FAILURE."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """How an export job stands.

    Attributes:
        state: ADDED, QUEUED, IN PROGRESS, COMPLETED or FAILURE.
        more: whether leads are left for another job; known once completed.
        token: the page token to order that job with, if Zoho gave one.
    """

    state: str
    more: bool = False
    token: str | None = None

    @property
    def is_completed(self) -> bool:
        """Whether its result can be fetched."""
        return self.state == COMPLETED

    @property
    def has_failed(self) -> bool:
        """Whether it never will be."""
        return self.state in FAILED


class ZohoBulk:
    """Orders jobs, asks how they stand, and fetches what they made.

    Each method raises `WalkBroken` if Zoho does not know the job or the page token any more.

    Args:
        api: makes the calls.
    """

    def __init__(self, api: ZohoApi) -> None:
        self._api = api

    def order(self, fields: Sequence[str], *, page: int = 1, token: str | None = None) -> str:
        """Orders an export of the Leads module, converted leads included; returns the job's id.

        Args:
            fields: API names; the id comes always.
            page: which 200,000 leads.
            token: the page token of the job before, which says all that the other two say.
        """
        call = Call(scope=BULK_READ, continues=token is not None, credits=CREDITS)
        first = {"module": {"api_name": "Leads"}, "fields": list(fields), "page": page}
        body: JsonObject = {"query": {"page_token": token}} if token else {"query": first, "file_type": "csv"}
        return self._api.ask(Request(path=BULK_API, call=call, method="POST", body=body), _job_id)

    def job(self, job_id: str) -> Job:
        """How a job stands."""
        return self._api.ask(Request(path=f"{BULK_API}/{job_id}", call=_FOLLOW), _job)

    def download(self, job_id: str, into: IO[bytes]) -> None:
        """Fetches the zip of a completed job."""
        self._api.download(Request(path=f"{BULK_API}/{job_id}/result", call=_FOLLOW), into)


_FOLLOW = Call(scope=BULK_READ, continues=True)


def _first(response: httpx.Response, body: JsonObject | None) -> JsonObject:
    data = body.get("data") if body is not None else None
    first = data[0] if isinstance(data, list) and data else None
    if not isinstance(first, dict):
        raise unreadable(response)
    return first


def _job_id(response: httpx.Response, body: JsonObject | None) -> str:
    details = _first(response, body).get("details")
    job_id = details.get("id") if isinstance(details, dict) else None
    if not isinstance(job_id, str | int) or not str(job_id).isdecimal():
        raise unreadable(response)
    return str(job_id)


def _job(response: httpx.Response, body: JsonObject | None) -> Job:
    told = _first(response, body)
    state = told.get("state")
    if not isinstance(state, str):
        raise unreadable(response)
    # What comes before the job is completed may be there, but means nothing.
    result = told.get("result") if state == COMPLETED else {}
    if not isinstance(result, dict):
        raise unreadable(response)
    token = result.get("next_page_token")
    return Job(
        state=state, more=bool(result.get("more_records")), token=token if isinstance(token, str) and token else None
    )
