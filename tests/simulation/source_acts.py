"""What sources do, each a small function; it says whether anything happened."""

from typing import Any

from tests.simulation.actions import own_id, zoho_id
from tests.simulation.portal import PortalRow
from tests.simulation.world import World
from tests.simulation.zoho import ZohoLead

Fields = dict[str, Any]


def zoho_creates(world: World, name: str, *, person: int, fields: Fields, age: float = 0.0, odd: bool = False) -> bool:
    created = world.clock.second_before(age)
    world.records[name] = world.zoho.create(zoho_id(name), person, fields, created)
    world.mark(person, odd=odd)
    return True


def portal_creates(
    world: World, name: str, *, person: int, fields: Fields, age: float = 0.0, claims: str = "", odd: bool = False
) -> bool:
    claimed = {"zoho_lead_id": zoho_id(claims)} if claims else {}
    created = world.clock.second_before(age)
    world.records[name] = world.portal.create(own_id(name), person, {**fields, **claimed}, created)
    world.mark(person, odd=odd)
    return True


def zoho_edits(world: World, name: str, *, fields: Fields, whose: int | None = None) -> bool:
    lead = _zoho(world, name)
    if lead is None:
        return False
    world.zoho.change(lead, fields)
    world.mark_mixed(lead.person, whose)
    return True


def portal_edits(world: World, name: str, *, fields: Fields, odd: bool = False, whose: int | None = None) -> bool:
    row = _portal(world, name)
    if row is None:
        return False
    world.portal.change(row, fields)
    world.mark(row.person, odd=odd)
    world.mark_mixed(row.person, whose)
    return True


def zoho_swaps_emails(world: World, name: str, *, other: str) -> bool:
    one, two = _zoho(world, name), _zoho(world, other)
    if one is None or two is None or one is two:
        return False
    first, second = one.fields.get("Email"), two.fields.get("Email")
    world.zoho.change(one, {"Email": second})
    world.zoho.change(two, {"Email": first})
    world.odd |= {one.person, two.person}
    return True


def zoho_converts(world: World, name: str) -> bool:
    lead = _zoho(world, name)
    if lead is None or lead.fields.get("Converted__s"):
        return False
    at = world.zoho.text(world.clock.second)
    world.zoho.change(lead, {"Converted__s": True, "Converted_Date_Time": at})
    return True


def zoho_deletes(world: World, name: str, *, for_good: bool) -> bool:
    lead = _zoho(world, name)
    if lead is None:
        return False
    world.zoho.delete(lead, for_good=for_good)
    return True


def zoho_restores(world: World, name: str) -> bool:
    lead = world.records.get(name)
    if not isinstance(lead, ZohoLead) or lead.gone is None or lead.gone_for_good:
        return False
    world.zoho.restore(lead)
    return True


def zoho_merges(world: World, name: str, *, into: str) -> bool:
    loser, winner = _zoho(world, name), _zoho(world, into)
    if loser is None or winner is None or loser is winner:
        return False
    gaps = {key: value for key, value in loser.fields.items() if key != "id" and not winner.fields.get(key)}
    world.zoho.change(winner, gaps)
    world.zoho.delete(loser, for_good=False)
    world.odd |= {loser.person, winner.person}
    return True


def portal_removes(world: World, name: str) -> bool:
    row = _portal(world, name)
    if row is None:
        return False
    row.gone = True
    return True


def _zoho(world: World, name: str) -> ZohoLead | None:
    record = world.records.get(name)
    return record if isinstance(record, ZohoLead) and record.gone is None else None


def _portal(world: World, name: str) -> PortalRow | None:
    record = world.records.get(name)
    return record if isinstance(record, PortalRow) and not record.gone else None
