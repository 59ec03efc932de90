"""What the control endpoint can set, and what a reset brings back."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from sandbox.zoho import catalog
from sandbox.zoho.catalog import DataType
from sandbox.zoho.clock import Clock


class _Choices(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Limits(_Choices):
    """Zoho's limits (§1, §2, §3, §5, §6, §7); counts of records, tokens and calls.

    Attributes:
        discrete: Records within reach of page numbers.
        walk: Records within reach of page tokens.
        deleted: Deleted records within reach; None for all.
        mints: Access tokens of one refresh token within ten minutes.
        live_tokens: Those that live at the same time.
        refresh_tokens: Those that one client has of one user; one more ends the oldest.
        bulk_rows: Rows of a page of Bulk Read.
        bulk_pages: Its pages that have a number.
        downloads: Downloads of results a minute.
        search: Records within reach of Search.
        fields_length: Characters of the parameter `fields`; None for any number.
        credits: What the organisation may spend within 24 hours: the Enterprise edition's with five users.
        concurrent: Calls of one client under way: 5, 10, 15, 20 or 25 by edition.
        heavy: Heavy ones among them.
        busy: How many calls are thought to be under way beside the real ones.
        busy_heavy: Heavy ones among them.
    """

    discrete: int = 2_000
    walk: int = 100_000
    deleted: int | None = None
    mints: int = 10
    live_tokens: int = 15
    refresh_tokens: int = 20
    bulk_rows: int = 200_000
    bulk_pages: int = 50
    downloads: int = 10
    search: int = 2_000
    fields_length: int | None = None
    credits: int = 55_000
    concurrent: int = 20
    heavy: int = 10
    busy: int = 0
    busy_heavy: int = 0


class Pace(_Choices):
    """How fast jobs of Bulk Read go on: a state is left when both have passed.

    Attributes:
        polls: How often each of ADDED, QUEUED and IN PROGRESS is told.
        seconds: How long each of them lasts, by the server's clock.
    """

    polls: int = 1
    seconds: float = 0


class ExtraField(_Choices):
    """A field beside those of the catalogue. See `catalog.Field`."""

    api_name: str = Field(pattern=r"^\w+$")
    data_type: DataType
    length: int | None = None
    days_since: str | None = None

    def field(self) -> catalog.Field:
        """The catalogue's form of it."""
        return catalog.Field.added(self.api_name, self.data_type, self.length, self.days_since)


class Settings(_Choices):
    """The server's state outside the database.

    Attributes:
        envelope: Errors at top level, wrapped in `data[0]`, or without `details` (§6).
        token_seconds: Lifetime of an access token.
        throttle_status: HTTP status of the throttle on minting; 400 and 200 were both seen (§1).
        quiet_conversion: Whether converting leaves Modified_Time alone (unknown, §2).
        missing: API names that this organisation lacks.
        unique: API names whose values must be unique (DUPLICATE_DATA, §7).
        index_delay: Seconds for which Search does not find a record that was written.
        count_lag: Seconds by which the record count is behind; 1 to 10 minutes (§7).
        extra: Fields that this organisation has beside the catalogue's.
        restricted: API names that come back null: personal or health data that the API is to keep (§2).
        elsewhere: Whether the server plays another data centre, which knows no token of this one (§0, §1).
        api_domain: What the token reply names as such, instead of the address that was asked.
        token_omits: Keys that are missing in the token reply, as users saw it happen to `expires_in` (§1).
        limits: Zoho's limits.
        pace: That of the jobs of Bulk Read that are ordered from now on.
        brake: The form of a 429: the usual one, that with the newer specifications' code, or the old odd one (§6).
        retry_after: Seconds that a 429 tells in `Retry-After`, which is not documented (§6); None for no such header.
        early_result: Whether a job shows a `result` before it has one, as Zoho's samples do (§5).
    """

    envelope: Literal["top", "data", "bare"] = "top"
    token_seconds: int = 3_600
    throttle_status: int = 400
    quiet_conversion: bool = False
    missing: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset()
    extra: tuple[ExtraField, ...] = ()
    restricted: frozenset[str] = frozenset()
    elsewhere: bool = False
    api_domain: str | None = None
    token_omits: frozenset[str] = frozenset()
    index_delay: float = 30
    count_lag: float = 300
    limits: Limits = Field(default_factory=Limits)
    pace: Pace = Field(default_factory=Pace)
    early_result: bool = False
    brake: Literal["usual", "newer", "odd"] = "usual"
    retry_after: int | None = None
    _clock: Clock = PrivateAttr(default_factory=Clock)

    @property
    def clock(self) -> Clock:
        """The server's own time, and the zone of the token's user."""
        return self._clock

    def report(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        clock = self.clock
        return {
            "now": clock.now().isoformat(),
            "offset_s": clock.offset.total_seconds(),
            "fixed": clock.fixed.isoformat() if clock.fixed else None,
            "zone": str(clock.zone),
            **self.model_dump(mode="json"),
        }
