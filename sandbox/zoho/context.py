"""What every handler needs, and what it knows of one request."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import Request

from sandbox.faults import Faults
from sandbox.zoho.bulk.jobs import Jobs
from sandbox.zoho.calls import CallLog
from sandbox.zoho.catalog import Catalog
from sandbox.zoho.database import Pool
from sandbox.zoho.errors import invalid_url, unsupported_version
from sandbox.zoho.oauth import Caller, identify
from sandbox.zoho.prices import Price
from sandbox.zoho.render import Renderer
from sandbox.zoho.settings import Settings
from sandbox.zoho.usage import Credits, Gate

VERSIONS = frozenset({"v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8"})
_VERSION = re.compile(r"v\d+(\.\d+)?")
RESET_HEADER = "X-Accesstoken-Reset"
LEFT_HEADER = "X-API-CREDITS-REMAINING"


@dataclass
class World:
    """The server's parts; a reset replaces `settings` as a whole."""

    pool: Pool
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    calls: CallLog = field(default_factory=CallLog)
    credits: Credits = field(default_factory=Credits)
    gate: Gate = field(default_factory=Gate)
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
        settings = self.settings
        return Catalog(
            missing=settings.missing,
            extra=[each.field() for each in settings.extra],
            restricted=settings.restricted,
            version=self.version,
        )

    @cached_property
    def renderer(self) -> Renderer:
        """For the replies."""
        return Renderer(self.catalog, self.settings.clock)

    @contextmanager
    def admitted(self, price: Price) -> Iterator[None]:
        """Be under way until the block ends, and pay for it.

        Raises:
            ZohoError: TOO_MANY_REQUESTS.
        """
        limits = self.settings.limits
        with self.world.gate.enter(self.caller.client_id, price, limits):
            self.world.credits.spend(self.settings.clock.now(), price, limits.credits)
            yield

    def headers(self) -> dict[str, str]:
        """What every reply to an authorised call tells: the token's end, and the credits once half of them are gone."""
        told = {RESET_HEADER: self.settings.clock.tell(self.caller.expires_at)}
        used, allowance = self.world.credits.used(self.settings.clock.now()), self.settings.limits.credits
        return {**told, LEFT_HEADER: str(max(allowance - used, 0))} if 2 * used >= allowance else told


async def authorise(request: Request) -> Call:
    """Check version and token.

    Raises:
        ZohoError: INVALID_URL_PATTERN, API_NOT_SUPPORTED, AUTHENTICATION_FAILURE or INVALID_TOKEN.
    """
    world: World = request.app.state.world
    version = request.path_params["version"]
    if version not in VERSIONS:
        raise unsupported_version() if _VERSION.fullmatch(version) else invalid_url()
    caller = await identify(world.pool, world.settings, request.headers.get("authorization"))
    return Call(request, world, version, caller)
