"""The names of looked-up records: an export tells only their ids, Get Records their names too."""

from collections.abc import Mapping, Sequence
from typing import Any

from leads.values import Json
from systems.zoho import Zoho
from systems.zoho_sheet import LOOKUPS

MOST_IDS = 100
"""Ids in one call."""

WITNESSES = 2
"""Leads that are asked for the same name: one may have been deleted since the export."""


class Lookups:
    """Names each looked-up record once, by asking for a lead that has it.

    Args:
        zoho: the client.
        fields: API names that are asked for.
        types: API name → data type.
    """

    def __init__(self, zoho: Zoho, *, fields: Sequence[str], types: Mapping[str, str]) -> None:
        self._zoho = zoho
        self._fields = tuple(name for name in fields if types.get(name) in LOOKUPS)
        self._known: dict[str, Json] = {}

    def name(self, records: Sequence[dict[str, Json]]) -> None:
        """Puts the names where the ids are; what nobody names any more keeps its id alone."""
        if not self._fields:
            return
        self._learn(records)
        for record in records:
            for field in self._fields:
                looked_up = _id(record.get(field))
                if looked_up is not None:
                    record[field] = self._known.get(looked_up, record[field])

    def _learn(self, records: Sequence[dict[str, Json]]) -> None:
        witnesses: dict[str, list[str]] = {}
        for record in records:
            for looked_up in (_id(record.get(field)) for field in self._fields):
                if looked_up is not None and looked_up not in self._known:
                    witnesses.setdefault(looked_up, []).append(str(record.get("id")))
        asked = list(dict.fromkeys(lead for leads in witnesses.values() for lead in leads[:WITNESSES]))
        for start in range(0, len(asked), MOST_IDS):
            for lead in self._zoho.leads_by_id(asked[start : start + MOST_IDS], self._fields):
                self._hear(lead)

    def _hear(self, lead: Any) -> None:  # noqa: ANN401 - whatever Zoho sends
        values = (lead.get(field) for field in self._fields) if isinstance(lead, dict) else ()
        for value in values:
            looked_up = _id(value)
            if looked_up is not None:
                self._known[looked_up] = value


def _id(value: object) -> str | None:
    found = value.get("id") if isinstance(value, dict) else None
    return str(found) if isinstance(found, str | int) else None
