"""What the backoffice knows of a verification's test lead, by the same look that a run takes at a record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leads.sources import Source
from leads.trial import Trial, is_trial
from leads.values import Json
from systems.backoffice import Backoffice

COLUMNS = ["name", "phone"]
NOBODY = "none"
"""An id that no record has."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A lead that a key hits."""

    lead_id: str
    name: Json
    deleted: bool
    records: tuple[tuple[str, str], ...]
    """Source and id of each record that is linked to it."""

    @property
    def is_trial(self) -> bool:
        """Whether it is a verification's."""
        return is_trial(self.name)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a look at one record of the test lead gives.

    Attributes:
        record: its place, reason and lead as they are kept; None: no run has read it.
        seen: the fingerprint of what was found, for `leadsync_apply`.
        leads: those that its ids or its address hit, by id.
        sharing_phone: those that have its phone.
    """

    record: Mapping[str, Any] | None
    seen: str
    leads: Mapping[str, Seen]
    sharing_phone: tuple[Seen, ...]

    @property
    def linked(self) -> Seen | None:
        """The lead that the record is linked to, alive or not."""
        return self.leads.get(str(self.record["lead_id"])) if self.record else None

    @property
    def alive(self) -> list[Seen]:
        """The leads of the verification that are not deleted."""
        return [lead for lead in self.leads.values() if not lead.deleted]

    @property
    def whereabouts(self) -> str:
        """Where the record is, in words."""
        if self.record is None:
            return "no run has read it"
        place, reason = str(self.record["place"]).replace("_", " "), self.record.get("reason")
        return f"its place is {place}" + (f": {reason}" if reason else "")


def look(backoffice: Backoffice, source: Source, source_id: str, trial: Trial) -> Found:
    """Looks at a record of the test lead; reads only."""
    own_key = {"zoho_id": source_id} if source is Source.ZOHO else {"portal_id": source_id}
    asked = {"n": 0, "source_id": source_id, "emails": [trial.email], "phones": [trial.tail], **own_key}
    answer = backoffice.match(source, COLUMNS, [asked])
    told, leads = answer["records"][0], answer["leads"]
    hits: Mapping[str, list[str]] = told["hits"]
    own = dict.fromkeys(lead_id for rung, ids in hits.items() if rung != "phone" for lead_id in ids if lead_id in leads)
    return Found(
        record=told.get("record"),
        seen=told["seen"],
        leads={lead_id: _seen(lead_id, leads[lead_id]) for lead_id in own},
        sharing_phone=tuple(_seen(lead_id, leads[lead_id]) for lead_id in hits["phone"] if lead_id in leads),
    )


def _seen(lead_id: str, told: Mapping[str, Any]) -> Seen:
    records = tuple((str(one["source"]), str(one["source_id"])) for one in told["records"])
    row = told["row"]
    return Seen(lead_id=lead_id, name=row.get("name"), deleted=row.get("deleted_at") is not None, records=records)
