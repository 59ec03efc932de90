"""Search and the record count (§7): both look at something that lags behind the records."""

from collections.abc import Mapping
from datetime import timedelta

from starlette.responses import Response

from sandbox.zoho.catalog import Catalog, DataType
from sandbox.zoho.conditions import Comparisons, Condition
from sandbox.zoho.context import Call
from sandbox.zoho.database import row, rows
from sandbox.zoho.errors import ZohoError, ambiguous, invalid_param, missing_param
from sandbox.zoho.listing import CONVERTED, MOST_PER_PAGE, read_choice, read_fields, read_number
from sandbox.zoho.reads import READ
from sandbox.zoho.render import KeptLead
from sandbox.zoho.replies import empty, reply
from sandbox.zoho.search_criteria import read_search_criteria

_BY = ("criteria", "email", "phone", "word")
_CRITERIA = {"v8": 15}
_FEWER_CRITERIA = 10
_WORDS: tuple[DataType, ...] = ("text", "textarea", "email", "phone", "website", "picklist")


async def search_leads(call: Call) -> Response:
    """GET Leads/search."""
    call.caller.require(*READ)
    call.caller.require_search()
    values = _values(call, condition := _condition(call))
    page, per_page = read_number(call.query, "page", 1), read_number(call.query, "per_page", 200, most=MOST_PER_PAGE)
    limit, names = call.settings.limits.search, read_fields(call.query, optional=True)
    if page * per_page > limit:
        raise ZohoError(400, "LIMIT_REACHED", f"Search reaches {limit} records", {"limit": limit})
    values |= {"skip": (page - 1) * per_page, "take": per_page + 1}
    async with call.world.pool.connection() as connection:
        found = await rows(connection, "search_page", values, condition=condition.text)
    if not found:
        return empty(204)
    shown = call.renderer.told([KeptLead.of(each) for each in found[:per_page]], names)
    info = {"per_page": per_page, "count": len(shown), "page": page, "more_records": len(found) > per_page}
    return reply({"data": shown, "info": info})


async def count_leads(call: Call) -> Response:
    """GET Leads/actions/count: of all unconverted leads, or of those that a search finds."""
    call.caller.require(*READ)
    asked = [name for name in _BY if call.query.get(name)]
    if "cvid" in call.query:
        raise ambiguous("cvid", asked[0]) if asked else invalid_param("cvid")
    if not asked:
        return await _count(call, "count_leads", {"at": _ago(call, call.settings.count_lag)})
    call.caller.require_search()
    call.caller.require("settings.layouts", "READ")
    values = _values(call, condition := _condition(call))
    return await _count(call, "search_count", values, condition=condition.text)


async def _count(call: Call, name: str, values: Mapping[str, object], **pieces: str) -> Response:
    async with call.world.pool.connection() as connection:
        found = await row(connection, name, values, **pieces)
    return reply({"count": found["count"] if found else 0})


def _values(call: Call, condition: Condition) -> dict[str, object]:
    converted = CONVERTED[read_choice(call.query, "converted", "false", tuple(CONVERTED))]
    indexed = _ago(call, call.settings.index_delay)
    return {**condition.values, "converted": list(converted), "indexed": indexed}


def _ago(call: Call, seconds: float) -> object:
    return call.settings.clock.now() - timedelta(seconds=seconds)


def _condition(call: Call) -> Condition:
    """That of the first parameter, in the documented order, that says something."""
    by = next((name for name in _BY if call.query.get(name)), None)
    if by is None:
        raise missing_param(_BY[0])
    text = call.query[by]
    if by == "criteria":
        return read_search_criteria(text, call.catalog, most=_CRITERIA.get(call.version, _FEWER_CRITERIA))
    if by == "word":
        return _anywhere(call.catalog, _WORDS, "contains", text, by)
    return _anywhere(call.catalog, (by,), "equal", text, by)  # the parameters are called as the types


def _anywhere(catalog: Catalog, types: tuple[str, ...], comparator: str, text: str, by: str) -> Condition:
    comparisons = Comparisons(catalog)
    names = [field.api_name for field in catalog.fields.values() if field.data_type in types]
    try:
        found = [comparisons.compare(name, comparator, text) for name in names]
    except ZohoError:
        raise invalid_param(by) from None
    return comparisons.condition("(" + " or ".join(found) + ")")
