"""What every handler needs, and what it knows of one request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults import Faults
from sandbox.zoho.calls import CallLog
from sandbox.zoho.catalog import Catalog
from sandbox.zoho.database import Pool
from sandbox.zoho.errors import invalid_url
from sandbox.zoho.oauth import Caller, identify
from sandbox.zoho.render import Renderer
from sandbox.zoho.settings import Settings

VERSIONS = frozenset({"v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8"})
RESET_HEADER = "X-Accesstoken-Reset"


@dataclass
class World:
    """The server's parts; a reset replaces `settings` as a whole."""

    pool: Pool
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    calls: CallLog = field(default_factory=CallLog)


@dataclass(frozen=True)
class Call:
    """One authorised call of the API."""

    request: Request
    world: World
    version: str
    caller: Caller

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the address."""
        return self.request.query_params

    @property
    def since(self) -> str | None:
        """The header If-Modified-Since as it was sent."""
        return self.request.headers.get("if-modified-since")

    @property
    def settings(self) -> Settings:
        """The settings of now."""
        return self.world.settings

    @cached_property
    def catalog(self) -> Catalog:
        """The fields that this organisation has in this version."""
        return Catalog(missing=self.settings.missing, version=self.version)

    @cached_property
    def renderer(self) -> Renderer:
        """For the replies."""
        return Renderer(self.catalog, self.settings.clock)

    def reply(self, body: object, status: int = 200) -> Response:
        """A JSON reply."""
        return json_response(body, status, self._headers())

    def empty(self, status: int) -> Response:
        """A reply without a body: 204 or 304."""
        return Response(None, status, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {RESET_HEADER: self.settings.clock.tell(self.caller.expires_at)}


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A reply of JSON in ASCII, which carries lone surrogates too."""
    content = json.dumps(body, separators=(",", ":"))
    return Response(content, status, headers=headers, media_type="application/json;charset=UTF-8")


async def authorise(request: Request) -> Call:
    """Check version and token.

    Raises:
        ZohoError: INVALID_URL_PATTERN, AUTHENTICATION_FAILURE or INVALID_TOKEN.
    """
    world: World = request.app.state.world
    version = request.path_params["version"]
    if version not in VERSIONS:
        raise invalid_url()
    caller = await identify(world.pool, world.settings, request.headers.get("authorization"))
    return Call(request, world, version, caller)
