"""Reading leads: lists, single records, deleted records (§2, §3)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from sandbox.zoho import page_tokens
from sandbox.zoho.context import Call
from sandbox.zoho.database import Connection, row, rows
from sandbox.zoho.errors import ZohoError, invalid_param
from sandbox.zoho.listing import (
    LONG_AGO,
    MOST_PER_PAGE,
    SORTS,
    Listing,
    discrete_wall,
    is_id,
    read_choice,
    read_fields,
    read_listing,
    read_number,
    read_since,
)
from sandbox.zoho.page_tokens import LIFE, Position
from sandbox.zoho.render import PERSON, KeptLead
from sandbox.zoho.replies import empty, reply

READ = ("modules.leads", "READ")
RECYCLED_FOR, PERMANENT_FOR = timedelta(days=60), timedelta(days=120)
_KINDS = {"all": ["recycle", "permanent"], "recycle": ["recycle"], "permanent": ["permanent"]}
_LAST_ID = 2**63 - 1
_FAR_FUTURE = datetime(9999, 12, 31, tzinfo=UTC)


async def list_leads(call: Call) -> Response:
    """GET Leads."""
    call.caller.require(*READ)
    listing = read_listing(call.query, call.since, call.version, call.settings.limits)
    async with call.world.pool.connection() as connection:
        position = await _position(connection, call, listing)
        found = await _page(connection, listing, position)
        if not found:
            return empty(304 if listing.since and position.rows == 0 else 204)
        info = await _info(connection, call, listing, position, found)
    leads = [KeptLead.of(each) for each in found[: listing.per_page]]
    return reply({"data": call.renderer.told(leads, listing.fields), "info": info})


async def _position(connection: Connection, call: Call, listing: Listing) -> Position:
    if listing.page_token is None:
        return Position(listing.first_row)
    user, binding = call.caller.user, listing.binding
    return await page_tokens.redeem(connection, call.settings, listing.page_token, user=user, binding=binding)


async def _page(connection: Connection, listing: Listing, position: Position) -> Sequence[Mapping[str, Any]]:
    ascending, column = listing.sort_order == "asc", SORTS[listing.sort_by]
    edge = (LONG_AGO, -1) if ascending else (_FAR_FUTURE, _LAST_ID)
    after_time, after_id = position.after or edge
    values = {
        "since": listing.since or LONG_AGO,
        "converted": list(listing.converted),
        "ids": list(listing.ids or ()),
        "skip": 0 if position.after else position.rows,
        "take": listing.per_page + 1,
        "after_time": after_time,
        "after_id": after_id,
    }
    sign = ">" if ascending else "<"
    beyond = f"id {sign} %(after_id)s" if column == "id" else f"({column}, id) {sign} (%(after_time)s, %(after_id)s)"
    name = "page" if listing.ids is None else "page_of_ids"
    return await rows(connection, name, values, column=column, direction=listing.sort_order, beyond=beyond)


async def _info(
    connection: Connection, call: Call, listing: Listing, position: Position, found: Sequence[Mapping[str, Any]]
) -> dict[str, object]:
    count, more = min(len(found), listing.per_page), len(found) > listing.per_page
    info: dict[str, object] = {"per_page": listing.per_page, "count": count, "page": listing.page, "more_records": more}
    if call.is_old:
        return info
    following = await _token(connection, call, listing, position.rows + count, found[count - 1]) if more else None
    before = max(position.rows - listing.per_page, 0)
    previous = await _token(connection, call, listing, before, None) if position.rows else None
    has_token = following or previous
    return {
        "call": False,
        **info,
        "next_page_token": following,
        "previous_page_token": previous,
        "page_token_expiry": call.settings.clock.tell(call.settings.clock.second() + LIFE) if has_token else None,
        "email": False,
        "sort_by": listing.sort_by,
        "sort_order": listing.sort_order,
    }


async def _token(
    connection: Connection, call: Call, listing: Listing, rows_before: int, last: Mapping[str, Any] | None
) -> str:
    version = int(last["version"]) if last else 0
    return await page_tokens.issue(
        connection,
        call.settings,
        listing,
        user=call.caller.user,
        position=rows_before,
        last=last,
        version=version,
    )


async def read_lead(call: Call) -> Response:
    """GET Leads/{id}: 204 for an unknown lead, and for a converted one unless `converted` asks for it."""
    call.caller.require(*READ)
    wanted: int = call.request.path_params["id"]
    if not is_id(str(wanted)):
        raise invalid_param("id", "the id given seems to be invalid")
    names = read_fields(call.query, optional=True)
    async with call.world.pool.connection() as connection:
        found = await row(connection, "lead", {"id": wanted})
    asks_converted = read_choice(call.query, "converted", "false", ("true", "false", "both")) != "false"
    if found is None or (found["converted"] and not asks_converted):
        return empty(204)
    return reply({"data": call.renderer.told([KeptLead.of(found)], names)})


async def list_deleted(call: Call) -> Response:
    """GET Leads/deleted."""
    call.caller.require(*READ)
    kind = call.query.get("type", "all")
    if kind not in _KINDS:
        raise ZohoError(
            400, "PATTERN_NOT_MATCHED", "Please check whether the input values are correct", {"param_name": "type"}
        )
    page, per_page = read_number(call.query, "page", 1), read_number(call.query, "per_page", 200, most=MOST_PER_PAGE)
    since, wall = read_since(call.since), call.settings.limits.deleted
    if wall is not None and page * per_page > wall:
        raise discrete_wall(wall)
    now = call.settings.clock.now()
    values = {
        "kinds": _KINDS[kind],
        "since": since or LONG_AGO,
        "recycle_from": now - RECYCLED_FOR,
        "permanent_from": now - PERMANENT_FOR,
        "skip": (page - 1) * per_page,
        "take": per_page + 1,
    }
    async with call.world.pool.connection() as connection:
        found = await rows(connection, "deleted_page", values)
    if not found:
        return empty(304 if since and page == 1 else 204)
    info = {
        "per_page": per_page,
        "count": min(len(found), per_page),
        "page": page,
        "more_records": len(found) > per_page,
    }
    return reply({"data": [_deleted(call, each) for each in found[:per_page]], "info": info})


def _deleted(call: Call, gone: Mapping[str, Any]) -> dict[str, object]:
    recycled = gone["kind"] == "recycle"
    person = {"name": PERSON["name"], "id": PERSON["id"]} if recycled else None
    return {
        "id": str(gone["id"]),
        "type": gone["kind"],
        "deleted_time": call.settings.clock.tell(gone["deleted_time"]),
        "display_name": gone["display_name"] if recycled else None,
        "deleted_by": person,
        "created_by": person,
    }
