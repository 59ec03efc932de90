"""What a run was asked to do: the form's values, read and judged."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from leads.sources import Source
from systems.errors import Misconfigured

Mode = Literal["incremental", "full"]

NAMES = {Source.ZOHO: "primary-zoho-sync", Source.PORTAL: "backup-portal-sync"}
"""The flow that reads each source."""

FIELD = "Parameters"


@dataclass(frozen=True, kw_only=True)
class Request:
    """The parameters of both flows.

    Attributes:
        mode: `incremental` reads on from the watermark, `full` from the beginning.
        since: read from here instead; None: as the mode says.
        dry_run: show what would be done and write nothing.
        maximum: stop after this many records; 0: read to the end.
        confirm_first_import: the person who started the run knows that it imports old leads.
    """

    mode: Mode = "incremental"
    since: datetime | None = None
    dry_run: bool = False
    maximum: int = 0
    confirm_first_import: bool = False

    @classmethod
    def read(cls, *, mode: str, since: str, dry_run: bool, maximum: int, confirm_first_import: bool) -> "Request":
        """Reads raw parameters: Prefect's server lets a bad text for a time pass.

        Raises:
            Misconfigured: naming the parameter that cannot be meant.
        """
        if mode not in ("incremental", "full"):
            raise Misconfigured(FIELD, "mode is neither incremental nor full", "Choose one of them.")
        if maximum < 0:
            raise Misconfigured(FIELD, "maximum is negative", "Give a number of records, or 0 for no limit.")
        return cls(
            mode="full" if mode == "full" else "incremental",
            since=instant(since),
            dry_run=dry_run,
            maximum=maximum,
            confirm_first_import=confirm_first_import,
        )


def instant(text: str) -> datetime | None:
    """The instant that an ISO 8601 text names, in UTC where it has no offset; None for no text.

    Raises:
        Misconfigured: if it names none, or one in the future.
    """
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        cure = "Write it like 2026-11-24T02:00:00Z, or leave it empty."
        raise Misconfigured(FIELD, "since is no time in ISO 8601", cure) from None
    if moment > datetime.now(UTC):
        raise Misconfigured(FIELD, "since lies in the future", "Give a time that has passed, or leave it empty.")
    return moment
