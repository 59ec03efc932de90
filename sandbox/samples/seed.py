"""Puts the sample leads where they belong: two tables by SQL, Zoho by its server's control endpoint."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import httpx
import psycopg

from leads.values import Record
from sandbox.samples.case import Case
from sandbox.samples.cases import cases

_INSERT = Path(__file__).with_name("insert_leads.sql")
_SECONDS = 30.0


class Reachable(Protocol):
    """What of a sandbox's world is needed here."""

    @property
    def portal_dsn(self) -> str:
        """The portal's database."""

    @property
    def backoffice_dsn(self) -> str:
        """The backoffice's database."""

    @property
    def zoho_control_url(self) -> str:
        """Zoho's control endpoint."""


def seed(world: Reachable, *, now: datetime | None = None) -> tuple[Case, ...]:
    """Put every sample lead into a world that has none.

    Args:
        world: Where.
        now: What the ages are counted from; by default the time it is.

    Returns:
        What was put in, and what is expected of it.
    """
    sample = cases(now or datetime.now(UTC))
    _insert(world.portal_dsn, [row for case in sample for row in case.portal])
    _insert(world.backoffice_dsn, [row for case in sample for row in case.backoffice])
    _plant(f"{world.zoho_control_url}/leads", [lead for case in sample for lead in case.zoho])
    _plant(f"{world.zoho_control_url}/deleted", [gone for case in sample for gone in case.deleted])
    return sample


def _insert(dsn: str, rows: Sequence[Record]) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(_INSERT.read_bytes(), {"rows": json.dumps(rows)})


def _plant(url: str, records: Sequence[Record]) -> None:
    answer = httpx.post(
        url,
        content=json.dumps(records),
        headers={"Content-Type": "application/json"},
        timeout=_SECONDS,
        trust_env=False,
    )
    answer.raise_for_status()
