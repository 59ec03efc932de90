"""What the control endpoint is told: the bodies of its calls."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, field_validator

from sandbox.zoho.oauth import DEFAULT_CLIENT
from sandbox.zoho.settings import Settings

_PLAIN = (
    "envelope",
    "token_seconds",
    "throttle_status",
    "quiet_conversion",
    "missing",
    "unique",
    "early_result",
    "index_delay",
    "count_lag",
    "brake",
    "retry_after",
)


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LimitsChange(_Order):
    """Other limits; those left out stay. See `settings.Limits`."""

    discrete: int | None = None
    walk: int | None = None
    deleted: int | None = None
    mints: int | None = None
    live_tokens: int | None = None
    bulk_rows: int | None = None
    bulk_pages: int | None = None
    downloads: int | None = None
    search: int | None = None
    credits: int | None = None
    concurrent: int | None = None
    heavy: int | None = None
    busy: int | None = None
    busy_heavy: int | None = None


class PaceChange(_Order):
    """Another pace; what is left out stays. See `settings.Pace`."""

    polls: int | None = None
    seconds: float | None = None


class SettingsChange(_Order):
    """Other settings; those left out stay. See `settings.Settings`.

    Attributes:
        offset_s: Runs the clock so many seconds beside the real one.
        fixed: Stops the clock there.
    """

    offset_s: float | None = None
    fixed: AwareDatetime | None = None
    zone: str | None = None
    envelope: Literal["top", "data"] | None = None
    token_seconds: int | None = None
    throttle_status: int | None = None
    quiet_conversion: bool | None = None
    missing: frozenset[str] | None = None
    unique: frozenset[str] | None = None
    limits: LimitsChange | None = None
    pace: PaceChange | None = None
    early_result: bool | None = None
    index_delay: float | None = None
    count_lag: float | None = None
    brake: Literal["usual", "newer", "odd"] | None = None
    retry_after: int | None = None

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str | None) -> str | None:
        try:
            return str(ZoneInfo(zone)) if zone else None
        except KeyError:
            raise ValueError("unknown zone") from None

    def apply(self, settings: Settings) -> None:
        """Change what is given."""
        clock = settings.clock
        if self.offset_s is not None:
            clock.offset, clock.fixed = timedelta(seconds=self.offset_s), None
        if self.fixed is not None:
            clock.fixed = self.fixed.astimezone(UTC)
        if self.zone is not None:
            clock.zone = ZoneInfo(self.zone)
        if self.limits is not None:
            settings.limits = replace(settings.limits, **self.limits.model_dump(exclude_unset=True))
        if self.pace is not None:
            settings.pace = replace(settings.pace, **self.pace.model_dump(exclude_unset=True))
        for name in _PLAIN:
            if getattr(self, name) is not None:
                setattr(settings, name, getattr(self, name))


class NewClient(_Order):
    """A client to register; another `user_name` cannot use the first one's page tokens."""

    client_id: str
    client_secret: str
    refresh_token: str
    scopes: tuple[str, ...]
    user_name: str = DEFAULT_CLIENT.user_name


class Chosen(_Order):
    """One client."""

    client_id: str = DEFAULT_CLIENT.client_id


class ScopeChange(Chosen):
    """Its scopes from now on."""

    scopes: list[str]


class Left(_Order):
    """The credits that are left."""

    left: int


class Times(_Order):
    """How often."""

    times: int = 1


class Gone(_Order):
    """A deleted record; `deleted_time` defaults to now."""

    id: int
    type: Literal["recycle", "permanent"] = "permanent"
    deleted_time: AwareDatetime | None = None
    display_name: str | None = None
