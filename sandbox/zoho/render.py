"""A kept lead as replies show it (§2, §8)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from sandbox.zoho.catalog import Catalog
from sandbox.zoho.clock import Clock, read_wire_time

PERSON: dict[str, object] = {
    "name": "Sandbox User",
    "id": "640000000000050001",
    "email": "sandbox.user@solar.example",
}
_LONGEST_IN_A_LIST = 500
LAYOUT = {"name": "Standard", "display_label": "Standard", "id": "640000000000000167"}


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

    def told(self, leads: Sequence[KeptLead], names: Sequence[str] | None) -> list[dict[str, object]]:
        """The leads with the named fields, or with all of them."""
        return [self.whole(lead) for lead in leads] if names is None else self.named(leads, names)

    def whole(self, lead: KeptLead) -> dict[str, object]:
        """All fields and the `$` keys, as a single read and a list of v2 answer."""
        return {**self._chosen(lead, ("id", *self.catalog.fields)), **_dollars(lead, self.clock)}

    def named(self, leads: Iterable[KeptLead], names: Sequence[str]) -> list[dict[str, object]]:
        """The id and the named fields, as a list shows them; unknown names are left out."""
        shown = self.chosen(leads, [name for name in names if name not in self.catalog.single_only])
        for name in self.catalog.rich_texts.intersection(names):
            for lead in shown:
                lead[name] = _cut(lead[name])
        return shown

    def chosen(self, leads: Iterable[KeptLead], names: Sequence[str]) -> list[dict[str, object]]:
        """The same with all that the fields say."""
        known = ("id", *(name for name in names if name in self.catalog))
        dollars = [name for name in names if name in DOLLARS]
        return [self._with_dollars(lead, self._chosen(lead, known), dollars) for lead in leads]

    def _chosen(self, lead: KeptLead, names: Iterable[str]) -> dict[str, object]:
        everything = {**self._constants, **self._derived(lead), **lead.fields}
        shown = {name: everything.get(name) for name in names}
        for name in self.catalog.datetimes & shown.keys() & lead.fields.keys():
            shown[name] = self._in_zone(shown[name])
        for name in self.catalog.ages.keys() & shown.keys():
            shown[name] = self._age(everything.get(self.catalog.ages[name]))
        return {**shown, **dict.fromkeys(self.catalog.restricted & shown.keys())}

    def _with_dollars(self, lead: KeptLead, shown: dict[str, object], names: Sequence[str]) -> dict[str, object]:
        if names:
            values = _dollars(lead, self.clock)
            shown.update((name, values[name]) for name in names)
        return shown

    @cached_property
    def _constants(self) -> dict[str, object]:
        return {
            "Record_Status__s": "Available",
            "Owner": PERSON,
            "Created_By": PERSON,
            "Modified_By": PERSON,
            "Layout": LAYOUT,
            "Tag": [],
            **dict.fromkeys(self.catalog.checkboxes, False),
        }

    def _derived(self, lead: KeptLead) -> dict[str, object]:
        modified = self.clock.tell(lead.modified_time)
        return {
            "id": str(lead.id),
            "Full_Name": lead.full_name,
            "Created_Time": self.clock.tell(lead.created_time),
            "Modified_Time": modified,
            "Last_Activity_Time": modified,
            "Converted__s": lead.converted,
        }

    def _age(self, value: object) -> int | None:
        moment = read_wire_time(value) if isinstance(value, str) else None
        return (self.clock.now() - moment).days if moment else None

    def _in_zone(self, value: object) -> object:
        moment = read_wire_time(value) if isinstance(value, str) else None
        return self.clock.tell(moment) if moment else value


def _cut(value: object) -> object:
    return value[:_LONGEST_IN_A_LIST] if isinstance(value, str) else value


DOLLARS = frozenset(
    {"$converted", "$converted_detail", "$approval_state", "$approved", "$locked_for_me", "$in_merge"}
    | {"$field_states", "$editable", "$currency_symbol"}
)


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
