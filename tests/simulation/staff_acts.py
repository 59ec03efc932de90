"""What people and other jobs do in the backoffice, each a small function; it says whether anything happened."""

from typing import Any

from psycopg import sql

from tests.simulation.actions import own_id, zoho_id
from tests.simulation.world import World

Fields = dict[str, Any]
IDENTITY = frozenset({"email", "name", "phone"})


def staff_edits(world: World, name: str, *, values: Fields) -> bool:
    lead_id = world.lead_of(name)
    if lead_id is None or not values:
        return False
    places = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(c), sql.Literal(v)) for c, v in values.items())
    statement = sql.SQL("update public.leads set {} where id = {}").format(places, sql.Literal(lead_id))
    world.database.rows(statement.as_string())
    world.mark(world.person_of(name), odd=not IDENTITY.isdisjoint(values))
    return world.ledger.see_people()


def staff_deletes(world: World, name: str) -> bool:
    world.mark_lead(name)
    return staff_edits(world, name, values={"deleted_at": world.clock.database.isoformat()})


def staff_restores(world: World, name: str) -> bool:
    lead_id = world.lead_of(name)
    deleted = lead_id is not None and world.ledger.rows[lead_id]["deleted_at"]
    return bool(deleted) and staff_edits(world, name, values={"deleted_at": None})


def staff_removes(world: World, name: str) -> bool:
    lead_id = world.lead_of(name)
    if lead_id is None:
        return False
    world.mark_lead(name)
    world.database.rows("delete from public.leads where id = %s", lead_id)
    return world.ledger.see_people()


def job_inserts(world: World, name: str, *, person: int, values: Fields, knows: str = "") -> bool:
    row = {"id": own_id(name), **values, **({"zoho_lead_id": zoho_id(knows)} if knows else {})}
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    places = sql.SQL(", ").join(map(sql.Literal, row.values()))
    world.database.rows(sql.SQL("insert into public.leads ({}) values ({})").format(columns, places).as_string())
    world.jobs[name] = own_id(name)
    world.job_people[name] = person
    world.mark(person, odd=True)
    return world.ledger.see_people()
