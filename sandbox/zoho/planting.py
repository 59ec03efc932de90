"""Putting leads into the database as they are, past all validation: samples, poison, benchmarks."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.zoho.clock import read_wire_time
from sandbox.zoho.database import Connection, Pool, rows, run, statement
from sandbox.zoho.listing import is_id
from sandbox.zoho.writes import email_key

Raw = dict[str, Any]
_WORTH_A_VACUUM = 1_000


@dataclass(frozen=True)
class Planted:
    """One lead on its way into the database."""

    id: int
    fields: Raw
    created_time: datetime
    modified_time: datetime

    def columns(self) -> tuple[object, ...]:
        """Its values in the order of sql/copy_leads.sql."""
        email, converted = email_key(self.fields.get("Email")), self.fields.get("Converted__s") is True
        return self.id, json.dumps(self.fields), email, converted, self.created_time, self.modified_time


async def plant(pool: Pool, raw: Sequence[Raw], now: datetime) -> list[str]:
    """Put raw leads in, replacing those with the same ids, and give their ids.

    A lead is an object of API names and any values, shown later as they are. `id`, `Created_Time` and
    `Modified_Time` in Zoho's own form place the lead; in another form they are shown as they are, too, and an id
    of our own or the time that was meant (else `now`) places it. `Converted__s` true makes it a converted one.
    """
    async with pool.connection() as connection:
        async with connection.transaction():
            await run(connection, "lock_writes")
            ids = await _ids(connection, raw)
            leads = await asyncio.to_thread(_prepare, raw, ids, now)
            await _replace(connection, leads)
        if len(raw) >= _WORTH_A_VACUUM:
            await run(connection, "vacuum")
    return [str(lead_id) for lead_id in ids]


async def _ids(connection: Connection, raw: Sequence[Raw]) -> list[int]:
    given = [int(lead["id"]) if is_id(lead.get("id")) else None for lead in raw]
    highest = max((lead_id for lead_id in given if lead_id is not None), default=None)
    if highest is not None:
        await run(connection, "raise_next_id", {"id": highest})
    made = iter(await rows(connection, "new_ids", {"count": given.count(None)}))
    return [next(made)["nextval"] if lead_id is None else lead_id for lead_id in given]


def _prepare(raw: Sequence[Raw], ids: Sequence[int], now: datetime) -> list[tuple[object, ...]]:
    return [_lead(lead, lead_id, now).columns() for lead, lead_id in zip(raw, ids, strict=True)]


def _lead(raw: Raw, lead_id: int, now: datetime) -> Planted:
    fields = dict(raw)
    if is_id(fields.get("id")):
        del fields["id"]
    created, modified = (_take_time(fields, name, now) for name in ("Created_Time", "Modified_Time"))
    return Planted(lead_id, fields, created, modified)


def _take_time(fields: Raw, name: str, now: datetime) -> datetime:
    text = fields.get(name)
    if not isinstance(text, str):
        return now
    moment = read_wire_time(text)
    if moment is not None:
        del fields[name]
        return moment
    try:
        loose = datetime.fromisoformat(text)
    except ValueError:
        return now
    return (loose if loose.tzinfo else loose.replace(tzinfo=UTC)).replace(microsecond=0)


async def _replace(connection: Connection, leads: Sequence[tuple[object, ...]]) -> None:
    ids = {"ids": [lead[0] for lead in leads]}
    await run(connection, "remove_leads", ids)
    await run(connection, "remove_deleted", ids)
    async with connection.cursor().copy(statement("copy_leads")) as copy:
        for lead in leads:
            await copy.write_row(lead)
