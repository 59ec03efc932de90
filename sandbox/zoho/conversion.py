"""Converting a lead into a contact, an account and a deal (§7); those are ids and names here, no records."""

import json
from collections.abc import Mapping

from starlette.responses import Response

from sandbox.zoho.context import Call
from sandbox.zoho.database import Connection, row, run
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.listing import is_id
from sandbox.zoho.render import KeptLead
from sandbox.zoho.replies import reply
from sandbox.zoho.writes import MODULE, read_body, read_items

_IN_PATH = {"resource_path_index": 1}


async def convert_lead(call: Call) -> Response:
    """POST Leads/{id}/actions/convert: a contact always, an account if there is a company, a deal if asked for."""
    call.caller.require(MODULE, "CREATE")
    wish = read_items(await read_body(call))[0]
    async with call.world.pool.connection() as connection, connection.transaction():
        await run(connection, "lock_writes")
        lead = await _convertible(connection, str(call.request.path_params["id"]))
        made = await _make(connection, lead, wish)
        await _store(connection, call, lead, made)
    details = {f"{part}s": target for part, target in made.items()}
    message = "The record has been converted successfully"
    return reply({"data": [{"code": "SUCCESS", "details": details, "message": message, "status": "success"}]})


async def _convertible(connection: Connection, lead_id: str) -> KeptLead:
    found = await row(connection, "lead", {"id": int(lead_id)}) if is_id(lead_id) else None
    if found is None:
        raise ZohoError(400, "INVALID_DATA", "the id given seems to be invalid", _IN_PATH)
    if found["converted"]:
        raise ZohoError(400, "ID_ALREADY_CONVERTED", "id already converted", _IN_PATH)
    return KeptLead.of(found)


async def _make(connection: Connection, lead: KeptLead, wish: Mapping[str, object]) -> dict[str, object]:
    deal, company = wish.get("Deals"), lead.fields.get("Company")
    deal_name = deal.get("Deal_Name") if isinstance(deal, Mapping) else None
    return {
        "Contact": await _new(connection, lead.full_name),
        "Account": await _new(connection, company) if company else None,
        "Deal": await _new(connection, deal_name or lead.full_name) if deal else None,
    }


async def _new(connection: Connection, name: object) -> dict[str, object]:
    made = await row(connection, "next_id")
    return {"name": name, "id": str(made["nextval"]) if made else None}


async def _store(connection: Connection, call: Call, lead: KeptLead, made: Mapping[str, object]) -> None:
    now, created = call.settings.clock.second(), lead.created_time
    links = {f"Converted_{part}": target for part, target in made.items() if target}
    facts = {"Converted_Date_Time": now.isoformat(), "Lead_Conversion_Time": (now - created).days}
    values = {
        "id": lead.id,
        "fields": json.dumps({**lead.fields, **links, **facts}),
        "now": None if call.settings.quiet_conversion else now,
    }
    await run(connection, "convert_lead", values)
