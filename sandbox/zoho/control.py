"""The control endpoint: everything that Zoho would not let a client do. It needs no token; the server is on loopback.

| call | does |
|---|---|
| GET, PATCH /control/settings | tells and sets clock, zone, envelope, lifetimes, limits (`SettingsChange`) |
| GET, POST, DELETE /control/faults | as at the edge: a list of `sandbox.faults.Fault` |
| POST /control/refusals | a list of `refusals.Refusal`: faults that answer with one of Zoho's codes |
| GET, DELETE /control/calls | the log of calls, and their counts |
| GET, PATCH /control/usage | tells credits and calls under way, and sets the credits that are left (`Left`) |
| POST /control/clients | registers one more client, or replaces one (`NewClient`) |
| POST /control/scopes | gives a client other scopes, on its live tokens too (`ScopeChange`) |
| POST /control/revoke | revokes a client's refresh tokens and with them its access tokens (`Chosen`) |
| POST /control/kill-tokens, /control/expire-page-tokens | ends all access tokens, all page tokens |
| POST /control/leads | plants a list of raw leads past all validation, see `planting.plant`; answers `{"ids": […]}` |
| POST /control/deleted | plants deleted records, and takes their leads away (`Gone`) |
| POST /control/fail-bulk | makes the next jobs of Bulk Read that run end in FAILURE (`Times`) |
| POST /control/reset | empties everything and brings back the first settings and client |
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import Fault
from sandbox.zoho.context import World
from sandbox.zoho.database import run
from sandbox.zoho.oauth import DEFAULT_CLIENT, Client, put_client
from sandbox.zoho.orders import Chosen, Gone, Left, NewClient, ScopeChange, SettingsChange, Times
from sandbox.zoho.planting import plant
from sandbox.zoho.refusals import Refusal
from sandbox.zoho.replies import reply
from sandbox.zoho.settings import Settings
from sandbox.zoho.usage import Credits

_FAULTS = TypeAdapter(list[Fault])
_REFUSALS = TypeAdapter(list[Refusal])


async def tell_settings(world: World, _: bytes) -> object:
    """GET settings."""
    return world.settings.report()


async def change_settings(world: World, body: bytes) -> object:
    """PATCH settings."""
    SettingsChange.model_validate_json(body).apply(world.settings)
    return await tell_settings(world, body)


async def tell_faults(world: World, _: bytes) -> object:
    """GET faults."""
    return world.faults.report()


async def order_faults(world: World, body: bytes) -> object:
    """POST faults."""
    world.faults.add(_FAULTS.validate_json(body))
    return world.faults.report()


async def clear_faults(world: World, _: bytes) -> object:
    """DELETE faults."""
    world.faults.clear()
    return []


async def order_refusals(world: World, body: bytes) -> object:
    """POST refusals."""
    world.faults.add([wish.fault(world.settings) for wish in _REFUSALS.validate_json(body)])
    return world.faults.report()


async def tell_calls(world: World, _: bytes) -> object:
    """GET calls."""
    return world.calls.report()


async def clear_calls(world: World, _: bytes) -> object:
    """DELETE calls."""
    world.calls.clear()
    return world.calls.report()


async def tell_usage(world: World, _: bytes) -> object:
    """GET usage."""
    spent, allowance = world.credits.used(world.settings.clock.now()), world.settings.limits.credits
    return {
        "allowance": allowance,
        "spent": spent,
        "left": max(allowance - spent, 0),
        "total": world.credits.total,
        "running": world.gate.running.total(),
        "heavy": world.gate.heavy.total(),
    }


async def set_left(world: World, body: bytes) -> object:
    """PATCH usage."""
    left = Left.model_validate_json(body).left
    world.credits.leave(world.settings.clock.now(), left, world.settings.limits.credits)
    return await tell_usage(world, body)


async def add_client(world: World, body: bytes) -> object:
    """POST clients."""
    client = Client(**NewClient.model_validate_json(body).model_dump())
    await put_client(world.pool, client, most=world.settings.limits.refresh_tokens)
    return {}


async def change_scopes(world: World, body: bytes) -> object:
    """POST scopes."""
    values = ScopeChange.model_validate_json(body).model_dump()
    async with world.pool.connection() as connection, connection.transaction():
        await run(connection, "set_scopes", values)
        await run(connection, "scope_live_tokens", values)
    return {}


async def revoke(world: World, body: bytes) -> object:
    """POST revoke."""
    async with world.pool.connection() as connection:
        await run(connection, "revoke", Chosen.model_validate_json(body or b"{}").model_dump())
    return {}


async def kill_tokens(world: World, _: bytes) -> object:
    """POST kill-tokens."""
    async with world.pool.connection() as connection:
        await run(connection, "kill_tokens")
    return {}


async def expire_page_tokens(world: World, _: bytes) -> object:
    """POST expire-page-tokens."""
    async with world.pool.connection() as connection:
        await run(connection, "expire_page_tokens", {"now": world.settings.clock.now()})
    world.jobs.expire_tokens(world.settings.clock.now())
    return {}


async def plant_leads(world: World, body: bytes) -> object:
    """POST leads."""
    raw = TypeAdapter(list[dict[str, Any]]).validate_python(json.loads(body))
    return {"ids": await plant(world.pool, raw, world.settings.clock.second())}


async def plant_deleted(world: World, body: bytes) -> object:
    """POST deleted."""
    gone, now = TypeAdapter(list[Gone]).validate_json(body), world.settings.clock.second()
    async with world.pool.connection() as connection, connection.transaction():
        await run(connection, "remove_leads", {"ids": [each.id for each in gone]})
        for each in gone:
            at = (each.deleted_time or now).replace(microsecond=0)
            values = {"id": each.id, "kind": each.type, "name": each.display_name, "at": at}
            await run(connection, "plant_deleted", values)
    return {}


async def fail_bulk(world: World, body: bytes) -> object:
    """POST fail-bulk."""
    world.jobs.failures = Times.model_validate_json(body or b"{}").times
    return {}


async def reset(world: World, _: bytes) -> object:
    """POST reset."""
    await world.jobs.clear()
    world.credits = Credits()
    world.settings = Settings()
    world.faults.clear()
    world.calls.clear()
    async with world.pool.connection() as connection:
        await run(connection, "reset")
    await put_client(world.pool, DEFAULT_CLIENT)
    return {}


_CALLS: dict[tuple[str, str], Callable[[World, bytes], Awaitable[object]]] = {
    ("GET", "settings"): tell_settings,
    ("PATCH", "settings"): change_settings,
    ("GET", "faults"): tell_faults,
    ("POST", "faults"): order_faults,
    ("DELETE", "faults"): clear_faults,
    ("POST", "refusals"): order_refusals,
    ("GET", "calls"): tell_calls,
    ("DELETE", "calls"): clear_calls,
    ("GET", "usage"): tell_usage,
    ("PATCH", "usage"): set_left,
    ("POST", "clients"): add_client,
    ("POST", "scopes"): change_scopes,
    ("POST", "revoke"): revoke,
    ("POST", "kill-tokens"): kill_tokens,
    ("POST", "expire-page-tokens"): expire_page_tokens,
    ("POST", "leads"): plant_leads,
    ("POST", "deleted"): plant_deleted,
    ("POST", "fail-bulk"): fail_bulk,
    ("POST", "reset"): reset,
}


async def _answer(request: Request) -> Response:
    act = _CALLS.get((request.method, request.path_params["what"]))
    if act is None:
        return reply({"message": "no such control"}, 404)
    world: World = request.app.state.world
    await world.catch_up()
    try:
        return reply(await act(world, await request.body()))
    except (ValidationError, json.JSONDecodeError) as error:
        return reply({"message": str(error)}, 422)


def routes() -> list[Route]:
    """The control endpoint's one route."""
    return [Route("/control/{what}", _answer, methods=["GET", "POST", "PATCH", "DELETE"])]
