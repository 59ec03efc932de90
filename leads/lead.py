"""A source's record once read: a lead, or a dead letter."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from leads.sources import Source
from leads.values import Json, Values


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """What one source record says of a person, in canonical values. Only what is said is in `values`."""

    source: Source
    source_id: str
    values: Values
    """Backoffice column → canonical value (see `leads.fields`)."""
    claim: str | None = None
    """The Zoho id that a portal row claims: a key only where something else agrees."""
    email: str | None = None
    """The e-mail as a key; None where the address is none or a placeholder's."""
    phones: frozenset[str] = frozenset()
    """All its possible numbers, E.164."""
    session: str | None = None
    """The chat that an avatar's lead was made from (`leads.sessions`)."""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    digest: str = ""
    """Of everything above but `modified_at`: equal digests say that the source said nothing new."""
    remarks: tuple[str, ...] = ()
    """Fields that were left out or cut, and why; without their values."""
    content: Values
    """The record as it came, storable."""

    @property
    def name(self) -> str:
        """The person's name."""
        return str(self.values["name"])

    @property
    def zoho_id(self) -> str | None:
        """Zoho's id of the record itself, or the one it claims."""
        return self.source_id if self.source is Source.ZOHO else self.claim

    @property
    def portal_id(self) -> str | None:
        """The portal's id of the record itself."""
        return self.source_id if self.source is Source.PORTAL else None

    def snapshot(self) -> Values:
        """What is remembered of the record's words, to see later what changed."""
        return {**self.values, "phones": list[Json](sorted(self.phones))}


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """A record that cannot be a lead, with its whole content and why."""

    source: Source
    source_id: str
    """The record's id, or `digest:…` of its content where it has none."""
    reason: str
    """Names the field and what is wrong with it, never its value."""
    digest: str
    modified_at: datetime | None = None
    content: Values


Parsed: TypeAlias = Lead | DeadLetter


def version_of(record: Parsed) -> datetime | None:
    """When its source changed it to what it says; None where that cannot be relied on.

    Nothing in the portal keeps `updated_at` in step with its row.
    """
    return record.modified_at if record.source is Source.ZOHO else None
