"""The gateway that Supabase puts before PostgREST, with faults on order (facts: supabase.md §5, §6).

It answers under `/rest/v1`, asks for an `apikey`, shows PostgREST a token of the key's role, refuses requests that
are too long or would touch every row, and passes the rest through as a stream. `/control/faults` and
`/control/calls` beside it need no key: the server listens on loopback only.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.faults import Calls, Fault, Faults
from sandbox.keys import Keys

PREFIX = "/rest/v1"
METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]
LONGEST_HEAD = 16 * 1024
"""Bytes of URL and headers that the network before Supabase lets through."""

NO_FILTERS = frozenset({"select", "order", "limit", "offset", "columns", "on_conflict"})
NOT_PASSED = frozenset({"host", "apikey", "authorization", "connection", "keep-alive", "transfer-encoding"})
NOT_RETURNED = frozenset({b"transfer-encoding", b"date"})
STATEMENTS = {"PATCH": "UPDATE", "DELETE": "DELETE"}

NO_KEY = {
    "message": "No API key found in request",
    "hint": "No `apikey` request header or url param was found.",
}
WRONG_KEY = {
    "message": "Invalid API key",
    "hint": "Double check your Supabase `anon` or `service_role` API key.",
}
TOO_LONG = "<html><head><title>520: Web server is returning an unknown error</title></head><body></body></html>"

FAULTS = TypeAdapter(list[Fault])


class Severed(Response):
    """A response that breaks off: the head and `sent` bytes of the body, or nothing at all, then the end."""

    def __init__(self, whole: Response | None = None, sent: int = 0) -> None:
        super().__init__()
        self.whole = whole
        self.sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is to be sent, close the connection, and wait until it is closed."""
        transport: asyncio.Transport = scope["transport"]
        if self.whole is None:
            transport.abort()
        else:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.whole.status_code,
                    "headers": self.whole.raw_headers,
                }
            )
            part = bytes(self.whole.body)[: self.sent]
            await send({"type": "http.response.body", "body": part, "more_body": True})
            transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


@dataclass
class Edge:
    """One project's gateway: its keys, the PostgREST behind it, and what is to go wrong."""

    keys: Keys
    upstream: httpx.AsyncClient
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)

    async def answer(self, request: Request) -> Response:
        """Answer one request of the API."""
        path = request.url.path.removeprefix(PREFIX)
        target = f"{path}?{request.url.query}" if request.url.query else path
        self.calls.note(request.method, path)
        fault = self.faults.take(request.method, target)
        return await (self._spoil(request, fault) if fault else self._serve(request))

    async def _spoil(self, request: Request, fault: Fault) -> Response:
        await asyncio.sleep(fault.delay_s)
        if fault.cut == "before":
            return Severed()
        response = made_up(fault) if fault.replaces_the_answer else await whole(await self._serve(request))
        await asyncio.sleep(fault.linger_s)
        response.headers.update(fault.headers)
        if fault.cut == "after":
            return Severed() if fault.truncate_at is None else Severed(response, fault.truncate_at)
        return response if fault.truncate_at is None else shortened(response, fault.truncate_at)

    async def _serve(self, request: Request) -> Response:
        if head_size(request) > LONGEST_HEAD:
            return HTMLResponse(TOO_LONG, status_code=520)
        key = request.headers.get("apikey")
        if not key:
            return JSONResponse(NO_KEY, status_code=401)
        token = self.keys.token_for(key, now=datetime.now(UTC))
        if token is None:
            return JSONResponse(WRONG_KEY, status_code=401)
        if touches_every_row(request):
            return unfiltered(STATEMENTS[request.method])
        return await self._pass_on(request, authorization(request, key, token))

    async def _pass_on(self, request: Request, bearer: str) -> Response:
        headers = [(k, v) for k, v in request.headers.items() if k not in NOT_PASSED]
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        question = self.upstream.build_request(
            request.method,
            upstream_url(request),
            headers=[*headers, ("authorization", bearer)],
            content=request.stream() if has_body else None,
        )
        try:
            reply = await self.upstream.send(question, stream=True)
        except httpx.TransportError:
            return JSONResponse({"message": "The upstream server is not available"}, status_code=502)
        response = StreamingResponse(
            reply.aiter_raw(), status_code=reply.status_code, background=BackgroundTask(reply.aclose)
        )
        response.raw_headers = [(k.lower(), v) for k, v in reply.headers.raw if k.lower() not in NOT_RETURNED]
        return response


def authorization(request: Request, key: str, token: str) -> str:
    """What PostgREST gets to see: the key's token, unless the caller brought a token of a user."""
    sent = request.headers.get("authorization")
    return f"Bearer {token}" if sent in {None, f"Bearer {key}"} else str(sent)


def head_size(request: Request) -> int:
    """Bytes of the URL and the headers."""
    headers = sum(len(name) + len(value) for name, value in request.headers.raw)
    return len(request.scope["raw_path"]) + len(request.scope["query_string"]) + headers


def touches_every_row(request: Request) -> bool:
    """Whether this is an UPDATE or DELETE without a filter, which Supabase's safeupdate refuses."""
    return request.method in STATEMENTS and NO_FILTERS.issuperset(request.query_params)


def unfiltered(statement: str) -> Response:
    """The refusal of such a statement."""
    text = f"{statement} requires a WHERE clause"
    return JSONResponse({"code": "21000", "details": None, "hint": None, "message": text}, status_code=400)


def upstream_url(request: Request) -> httpx.URL:
    """The same path and query, encoded as they came, below PostgREST's root."""
    path: bytes = request.scope["raw_path"].removeprefix(PREFIX.encode())
    query: bytes = request.scope["query_string"]
    return httpx.URL("http://postgrest").copy_with(raw_path=path + b"?" + query if query else path)


def made_up(fault: Fault) -> Response:
    """The answer of a fault that has one of its own."""
    status = fault.status or 200
    if fault.html is not None:
        return HTMLResponse(fault.html, status_code=status)
    return Response(fault.body or "", status_code=status, media_type="application/json")


async def whole(response: Response) -> Response:
    """The same response with its body in memory."""
    if not isinstance(response, StreamingResponse):
        return response
    body = b"".join([bytes(part) async for part in response.body_iterator if not isinstance(part, str)])
    if response.background:
        await response.background()
    headers = {k: v for k, v in response.headers.items() if k != "content-length"}
    return Response(body, status_code=response.status_code, headers=headers)


def shortened(response: Response, size: int) -> Response:
    """The same response with only the beginning of its body, as a whole message."""
    headers = {k: v for k, v in response.headers.items() if k != "content-length"}
    return Response(bytes(response.body)[:size], status_code=response.status_code, headers=headers)


def control(faults: Faults, calls: Calls) -> list[Route]:
    """The routes that order faults and count calls.

    `POST /control/faults` takes a list of `Fault`, GET reports them with `fired`, DELETE clears them;
    `/control/calls` gives and clears the counts.
    """

    async def order(request: Request) -> Response:
        try:
            faults.add(FAULTS.validate_json(await request.body()))
        except ValidationError as error:
            return JSONResponse({"message": str(error)}, status_code=422)
        return JSONResponse(faults.report(), status_code=201)

    async def report(_: Request) -> Response:
        return JSONResponse(faults.report())

    async def clear(_: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    async def count(_: Request) -> Response:
        return JSONResponse(calls.counts)

    async def forget(_: Request) -> Response:
        calls.counts.clear()
        return Response(status_code=204)

    return [
        Route("/control/faults", order, methods=["POST"]),
        Route("/control/faults", report, methods=["GET"]),
        Route("/control/faults", clear, methods=["DELETE"]),
        Route("/control/calls", count, methods=["GET"]),
        Route("/control/calls", forget, methods=["DELETE"]),
    ]


def create_app(keys: Keys, postgrest: Path) -> Starlette:
    """Build the gateway of one project.

    Args:
        keys: The project's keys.
        postgrest: The Unix socket that its PostgREST listens on.
    """
    transport = httpx.AsyncHTTPTransport(uds=str(postgrest), limits=httpx.Limits(max_connections=None))
    edge = Edge(keys, httpx.AsyncClient(transport=transport, timeout=None, trust_env=False))  # noqa: S113 - the database's timeouts hold
    api = Route(PREFIX + "/{path:path}", edge.answer, methods=METHODS)
    return Starlette(routes=[api, *control(edge.faults, edge.calls)])


def by_port(apps: Mapping[int, ASGIApp]) -> ASGIApp:
    """One application that is another one on each port."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await apps[scope["server"][1]](scope, receive, send)

    return app
