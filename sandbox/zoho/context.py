"""What every handler needs, and what it knows of one request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults import Faults
from sandbox.zoho.bulk.jobs import Jobs
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
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        """Let the jobs have the database."""
        self.jobs = Jobs(self.pool)

    async def catch_up(self) -> None:
        """Do what was due before now."""
        await self.jobs.run_due(self.settings.clock.now())


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
    def is_old(self) -> bool:
        """Whether the version is one of v2, which knew less."""
        return self.version.startswith("v2")

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
        return json_response(body, status, self.headers())

    def empty(self, status: int) -> Response:
        """A reply without a body: 204 or 304."""
        return Response(None, status, headers=self.headers())

    def headers(self) -> dict[str, str]:
        """What every reply to an authorised call tells."""
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
