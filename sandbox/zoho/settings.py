"""What the control endpoint can set, and what a reset brings back."""

from dataclasses import asdict, dataclass, field
from typing import Literal

from sandbox.zoho.clock import Clock


@dataclass(frozen=True)
class Limits:
    """Zoho's limits (§1, §2, §3); counts of records, tokens and calls."""

    discrete: int = 2_000
    walk: int = 100_000
    deleted: int | None = None
    mints: int = 10
    live_tokens: int = 15


@dataclass
class Settings:
    """The server's state outside the database.

    Attributes:
        clock: The server's own time and the zone of the token's user.
        envelope: Errors at top level, or wrapped in `data[0]` (§6).
        token_seconds: Lifetime of an access token.
        throttle_status: HTTP status of the throttle on minting; 400 and 200 were both seen (§1).
        quiet_conversion: Whether converting leaves Modified_Time alone (unknown, §2).
        missing: API names that this organisation lacks.
        unique: API names whose values must be unique (DUPLICATE_DATA, §7).
        limits: Zoho's limits.
    """

    clock: Clock = field(default_factory=Clock)
    envelope: Literal["top", "data"] = "top"
    token_seconds: int = 3_600
    throttle_status: int = 400
    quiet_conversion: bool = False
    missing: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset()
    limits: Limits = Limits()

    def report(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        clock = self.clock
        return {
            "now": clock.now().isoformat(),
            "offset_s": clock.offset.total_seconds(),
            "fixed": clock.fixed.isoformat() if clock.fixed else None,
            "zone": str(clock.zone),
            "envelope": self.envelope,
            "token_seconds": self.token_seconds,
            "throttle_status": self.throttle_status,
            "quiet_conversion": self.quiet_conversion,
            "missing": sorted(self.missing),
            "unique": sorted(self.unique),
            "limits": asdict(self.limits),
        }
