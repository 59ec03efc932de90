"""Flows as Prefect runs them, and what they read and leave behind."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

import httpx
import psycopg

from sandbox.world import World

if TYPE_CHECKING:
    from flows.outcome import Outcome

Attempts = Callable[[], list[dict[str, Any]]]
Which = Literal["primary", "backup"]

PERSON = "anna.zammit@mail.example"
ZOHO_LEAD = {"First_Name": "Anna", "Last_Name": "Zammit", "Email": PERSON, "Phone": "+35679000001"}


def run(which: Which, **parameters: object) -> "Outcome":
    """Runs a flow as Prefect would and returns how it ended."""
    from flows.outcome import AttemptFailed  # noqa: PLC0415 - imports Prefect

    state = run_for_state(which, **parameters)
    try:
        return cast("Outcome", state.result())
    except AttemptFailed as failure:
        return failure.outcome


def run_for_state(which: Which, **parameters: object) -> Any:  # noqa: ANN401 - a Prefect state
    from flows.backup import portal_to_backoffice  # noqa: PLC0415 - imports Prefect
    from flows.primary import zoho_to_backoffice  # noqa: PLC0415 - imports Prefect

    flow: Any = {"primary": zoho_to_backoffice, "backup": portal_to_backoffice}[which]
    return flow(**parameters, return_state=True)


def plant(world: World, *leads: dict[str, Any]) -> list[str]:
    # httpx's own encoder refuses lone surrogates, which a sample has.
    answer = httpx.post(f"{world.zoho_control_url}/leads", content=json.dumps(leads), trust_env=False)
    return cast("list[str]", answer.raise_for_status().json()["ids"])


def order(control_url: str, **fault: object) -> None:
    httpx.post(f"{control_url}/faults", json=[fault], trust_env=False).raise_for_status()


def add_row(portal: psycopg.Connection, email: str = PERSON, name: str = "Anna Zammit") -> str:
    statement = "insert into leads (name, email, phone) values (%s, %s, '+35679000001') returning id::text"
    row = portal.execute(statement, (name, email)).fetchone()
    assert row is not None
    return str(row[0])


def leads(backoffice: psycopg.Connection) -> list[dict[str, Any]]:
    with backoffice.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute("select * from leads order by id").fetchall()


def watermark(backoffice: psycopg.Connection, source: str = "zoho") -> datetime | None:
    row = backoffice.execute("select watermark from leadsync.watermarks where source = %s", (source,)).fetchone()
    return row[0] if row else None
