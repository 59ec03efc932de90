"""A kept lead as replies show it (§2, §8)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sandbox.zoho.catalog import Catalog
from sandbox.zoho.clock import Clock, read_wire_time

PERSON: dict[str, object] = {
    "name": "Sandbox User",
    "id": "640000000000050001",
    "email": "sandbox.user@solar.example",
}
_LAYOUT = {"name": "Standard", "display_label": "Standard", "id": "640000000000000167"}


@dataclass(frozen=True)
class KeptLead:
    """A row of `zoho.leads`; `fields` are as sent, and win over what is derived from the columns."""

    id: int
    fields: dict[str, Any]
    created_time: datetime
    modified_time: datetime
    converted: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of the database."""
        return cls(row["id"], json.loads(row["fields"]), row["created_time"], row["modified_time"], row["converted"])

    @property
    def full_name(self) -> str | None:
        """First and last name, as Zoho joins them."""
        names = [self.fields.get("First_Name"), self.fields.get("Last_Name")]
        return " ".join(name for name in names if isinstance(name, str) and name) or None


@dataclass(frozen=True)
class Renderer:
    """Turns kept leads into replies for one organisation, version and zone."""

    catalog: Catalog
    clock: Clock

    def chosen(self, lead: KeptLead, names: Sequence[str]) -> dict[str, object]:
        """The named fields, null where there is no value, and the id, which always comes."""
        derived, fields = self._derived(lead), lead.fields
        shown: dict[str, object] = {"id": fields.get("id", derived["id"])}
        for name in names:
            value = fields.get(name)
            shown[name] = derived.get(name) if value is None and name not in fields else value
        for name in self.catalog.datetimes.intersection(names).intersection(fields):
            shown[name] = self._in_zone(fields[name])
        return shown

    def whole(self, lead: KeptLead) -> dict[str, object]:
        """All fields and the `$` keys, as a single read and a list of v2 answer."""
        return {**self.chosen(lead, list(self.catalog.fields)), **_dollars(lead, self.clock)}

    def named(self, lead: KeptLead, names: Sequence[str]) -> dict[str, object]:
        """The named fields as a list shows them: unknown names are left out, `$` keys come when asked for."""
        shown = self.chosen(lead, [name for name in names if name in self.catalog])
        asked = [name for name in names if name.startswith("$")]
        if not asked:
            return shown
        dollars = _dollars(lead, self.clock)
        return {**shown, **{name: dollars[name] for name in asked if name in dollars}}

    def _derived(self, lead: KeptLead) -> dict[str, object]:
        modified = self.clock.tell(lead.modified_time)
        return {
            "id": str(lead.id),
            "Full_Name": lead.full_name,
            "Created_Time": self.clock.tell(lead.created_time),
            "Modified_Time": modified,
            "Last_Activity_Time": modified,
            "Converted__s": lead.converted,
            "Record_Status__s": "Available",
            "Owner": PERSON,
            "Created_By": PERSON,
            "Modified_By": PERSON,
            "Layout": _LAYOUT,
            "Tag": [],
            **dict.fromkeys(self.catalog.checkboxes, False),
        }

    def _in_zone(self, value: object) -> object:
        moment = read_wire_time(value) if isinstance(value, str) else None
        return self.clock.tell(moment) if moment else value


def _dollars(lead: KeptLead, clock: Clock) -> dict[str, object]:
    return {
        "$converted": lead.converted,
        "$converted_detail": _conversion(lead, clock) if lead.converted else {},
        "$approval_state": "approved",
        "$approved": True,
        "$locked_for_me": False,
        "$in_merge": False,
        "$field_states": None,
        "$editable": True,
        "$currency_symbol": "€",
    }


def _conversion(lead: KeptLead, clock: Clock) -> dict[str, object]:
    moment = lead.fields.get("Converted_Date_Time")
    told = read_wire_time(moment) if isinstance(moment, str) else None
    ids = {
        part: (lead.fields.get(f"Converted_{part.capitalize()}") or {}).get("id")
        for part in ("contact", "account", "deal")
    }
    return {**ids, "convert_date": clock.tell(told) if told else None, "converted_by": PERSON["id"]}
