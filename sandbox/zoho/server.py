"""The application: which path is answered by what, and what every reply has in common."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from sandbox.edge import Severed, made_up, shortened, whole
from sandbox.faults import Fault
from sandbox.zoho import control, conversion, inquiries, prices, reads, search, writes
from sandbox.zoho.bulk import answers as bulk
from sandbox.zoho.context import Call, World, authorise
from sandbox.zoho.database import make_pool, make_schema
from sandbox.zoho.errors import ZohoError, invalid_url, wrong_method
from sandbox.zoho.oauth import DEFAULT_CLIENT, answer_token_request, put_client
from sandbox.zoho.prices import Pricing
from sandbox.zoho.replies import refusal, reply

Handler = Callable[[Request], Awaitable[Response]]
Act = Callable[[Call], Awaitable[Response]]
_CUT = 0
_PRICES: Mapping[Act, Pricing] = {
    reads.list_leads: prices.listing,
    writes.insert_leads: prices.writing,
    writes.update_leads: prices.writing,
    writes.upsert_leads: prices.writing,
    search.search_leads: prices.searching,
    conversion.convert_lead: prices.converting,
    bulk.order_job: prices.exporting,
}


def create_app(dsn: str) -> Starlette:
    """Build the server over a database, whose schema `zoho` it makes if it is missing."""
    world = World(make_pool(dsn))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with world.pool:
            await make_schema(world.pool)
            await put_client(world.pool, DEFAULT_CLIENT)
            yield
            await world.jobs.clear()

    app = Starlette(routes=[*control.routes(), *_api(), _route("/{path:path}", _refuse)], lifespan=lifespan)
    app.state.world = world
    return app


def _api() -> list[Route]:
    leads, bulk_read = "/crm/{version}/Leads", "/crm/bulk/{version}/read"
    one = leads + "/{id:int}"
    calls: list[tuple[str, str, Act]] = [
        ("GET", leads, reads.list_leads),
        ("POST", leads, writes.insert_leads),
        ("PUT", leads, writes.update_leads),
        ("DELETE", leads, writes.delete_leads),
        ("GET", f"{leads}/deleted", reads.list_deleted),
        ("POST", f"{leads}/upsert", writes.upsert_leads),
        ("GET", f"{leads}/search", search.search_leads),
        ("GET", f"{leads}/actions/count", search.count_leads),
        ("GET", one, reads.read_lead),
        ("PUT", one, writes.update_leads),
        ("DELETE", one, writes.delete_leads),
        ("POST", f"{one}/actions/convert", conversion.convert_lead),
        ("POST", bulk_read, bulk.order_job),
        ("GET", bulk_read + "/{id}", bulk.tell_job),
        ("GET", bulk_read + "/{id}/result", bulk.download_result),
        ("GET", "/crm/{version}/settings/modules", inquiries.list_modules),
        ("GET", "/crm/{version}/settings/modules/{name}", inquiries.list_modules),
        ("GET", "/crm/{version}/settings/fields", inquiries.list_fields),
        ("GET", "/crm/{version}/org", inquiries.tell_organisation),
        ("GET", "/crm/{version}/users", inquiries.list_users),
        ("GET", "/crm/{version}/{module}", inquiries.refuse_module),
        ("GET", "/crm/{version}/{module}/deleted", inquiries.refuse_module),
        ("POST", "/crm/{version}/{module}", inquiries.refuse_module),
    ]
    api = [_route(path, _authorised(act), method) for method, path, act in calls]
    return [_route("/oauth/v2/token", _token, "POST"), *api]


def _route(path: str, handler: Handler, *methods: str) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _answer(request, handler)

    return Route(path, endpoint, methods=list(methods) or ["GET", "POST", "PUT", "PATCH", "DELETE"])


def _authorised(act: Act) -> Handler:
    price = _PRICES.get(act, prices.most)

    async def handler(request: Request) -> Response:
        call = await authorise(request)
        try:
            with call.admitted(await price(request)):
                await _pause(request)
                response = await act(call)
        except ZohoError as error:
            response = refusal(error, call.settings)
        response.headers.update(call.headers())
        return response

    return handler


async def _pause(request: Request) -> None:
    await asyncio.sleep(getattr(request.state, "delay_s", 0))


async def _answer(request: Request, handler: Handler) -> Response:
    world: World = request.app.state.world
    await world.catch_up()
    target = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    fault = world.faults.take(request.method, target)
    response = await (_spoil(request, handler, fault) if fault else _serve(request, handler))
    response.headers["Date"] = world.settings.clock.http_date()
    world.calls.add(
        at=world.settings.clock.now().isoformat(),
        method=request.method,
        path=request.url.path,
        query=request.query_params,
        since=request.headers.get("if-modified-since"),
        status=_CUT if isinstance(response, Severed) else response.status_code,
    )
    return response


async def _serve(request: Request, handler: Handler) -> Response:
    try:
        return await handler(request)
    except ZohoError as error:
        return refusal(error, request.app.state.world.settings)


async def _spoil(request: Request, handler: Handler, fault: Fault) -> Response:
    request.state.delay_s = fault.delay_s
    if fault.cut == "before" or fault.replaces_the_answer:
        await _pause(request)
    if fault.cut == "before":
        return Severed()
    response = made_up(fault) if fault.replaces_the_answer else await whole(await _serve(request, handler))
    await asyncio.sleep(fault.linger_s)
    response.headers.update(fault.headers)
    if fault.cut == "after":
        return Severed() if fault.truncate_at is None else Severed(response, fault.truncate_at)
    return response if fault.truncate_at is None else shortened(response, fault.truncate_at)


async def _token(request: Request) -> Response:
    await _pause(request)
    world: World = request.app.state.world
    form = dict(parse_qsl((await request.body()).decode("latin-1"))) if _is_form(request.headers) else {}
    asked = {**request.query_params, **form}
    domain = str(request.base_url).rstrip("/")
    status, body = await answer_token_request(world.pool, world.settings, asked, domain)
    return reply(body, status)


def _is_form(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


async def _refuse(request: Request) -> Response:
    known = any(route.matches(request.scope)[0] is Match.PARTIAL for route in _api())
    raise wrong_method() if known else invalid_url()
