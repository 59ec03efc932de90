"""What the control endpoint is told: the bodies of its calls."""

from datetime import UTC, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from sandbox.zoho.clock import Clock
from sandbox.zoho.oauth import DEFAULT_CLIENT
from sandbox.zoho.settings import Settings


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SettingsChange(BaseModel):
    """Other settings; those left out stay. Beside these, all of `settings.Settings` can be given.

    Attributes:
        offset_s: Runs the clock so many seconds beside the real one.
        fixed: Stops the clock there.
        zone: The zone of the token's user.
        limits: Some of `settings.Limits`.
        pace: Some of `settings.Pace`.
    """

    model_config = ConfigDict(extra="allow")

    offset_s: float | None = None
    fixed: AwareDatetime | None = None
    zone: str | None = None
    limits: dict[str, object] = Field(default_factory=dict)
    pace: dict[str, object] = Field(default_factory=dict)

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str | None) -> str | None:
        try:
            return str(ZoneInfo(zone)) if zone else None
        except KeyError:
            raise ValueError("unknown zone") from None

    def apply(self, settings: Settings) -> None:
        """Change what is given.

        Raises:
            ValidationError: there is no such setting, or it cannot be that.
        """
        for target, changes in (
            (settings, self.model_extra),
            (settings.limits, self.limits),
            (settings.pace, self.pace),
        ):
            for name, value in (changes or {}).items():
                setattr(target, name, value)
        self._set(settings.clock)

    def _set(self, clock: Clock) -> None:
        if self.offset_s is not None:
            clock.offset, clock.fixed = timedelta(seconds=self.offset_s), None
        if self.fixed is not None:
            clock.fixed = self.fixed.astimezone(UTC)
        if self.zone is not None:
            clock.zone = ZoneInfo(self.zone)


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
