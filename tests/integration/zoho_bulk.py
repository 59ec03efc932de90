"""Bulk Read as a visitor of the sandbox's Zoho server uses it."""

import csv
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx

from tests.integration.zoho_visitor import Visitor

READ = "/crm/bulk/v8/read"
AT_ONCE: dict[str, Any] = {"pace": {"polls": 0}}


def ask(zoho: Visitor, query: Mapping[str, object], *, token: str | None = None) -> httpx.Response:
    """Order a job by a `query`."""
    return zoho.call("POST", READ, json={"query": query}, token=token)


def order(zoho: Visitor, **query: object) -> httpx.Response:
    """Order a job for Leads."""
    return ask(zoho, {"module": {"api_name": "Leads"}, **query})


def ordered(zoho: Visitor, **query: object) -> str:
    """The id of a new job for Leads."""
    return job_id_of(order(zoho, **query))


def job_id_of(reply: httpx.Response) -> str:
    """The id of the job that was ordered."""
    assert reply.status_code == 201, reply.text
    return str(reply.json()["data"][0]["details"]["id"])


def job(zoho: Visitor, job_id: str) -> dict[str, Any]:
    """A job as it is told now."""
    (told,) = zoho.call("GET", f"{READ}/{job_id}").raise_for_status().json()["data"]
    return dict(told)


def file(zoho: Visitor, job_id: str) -> str:
    """The CSV of a completed job."""
    reply = zoho.call("GET", f"{READ}/{job_id}/result").raise_for_status()
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert archive.namelist() == [f"{job_id}.csv"]
        return archive.read(f"{job_id}.csv").decode()


def export(zoho: Visitor, **query: object) -> list[dict[str, str]]:
    """All rows of a job that is done at once."""
    zoho.set(**AT_ONCE)
    return list(csv.DictReader(io.StringIO(file(zoho, ordered(zoho, **query)), newline="")))
