"""What a dry run would have written so far, told as `leadsync_match` would tell it.

A real run's later batches meet what its earlier ones wrote. A dry run writes nothing, so it carries that along and
amends the backoffice's answers by it: both then plan from the same facts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias
from zlib import compress, decompress

from leads.items import Action, Item
from leads.lead import version_of
from leads.plan import Plan
from leads.values import Values
from leads.world import Standing

MOST_CARRIED = 100_000
"""Records that are carried along, about 3.5 kB each; later ones are compared with the backoffice and these only."""

Key: TypeAlias = tuple[str, str]
"""A rung of the identity's ladder and a value on it."""

_PLACES = {Action.REVIEW: "review", Action.REJECTED: "rejected", Action.IGNORED: "ignored"}


class Foresight:
    """Grows with each plan of one source's dry run; what it carries is kept small, because a first import is long."""

    def __init__(self, most: int = MOST_CARRIED) -> None:
        self._most = most
        self._records: dict[str, bytes] = {}
        self._leads: dict[str, bytes] = {}
        self._hits: dict[Key, dict[str, str]] = {}
        self.full = False

    def amend(self, asks: Sequence[Values], answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """An answer of `leadsync_match` as it would be after the real run's earlier batches.

        Args:
            asks: what was asked, by `n`.
            answer: the backoffice's answer.
        """
        if not self._records:
            return answer
        records = [self._amended(row, asks[row["n"]]) for row in answer["records"]]
        rested = {lead_id for row in records for lead_id in _rests_on(row)}
        carried = {lead_id: _unpacked(self._leads[lead_id]) for lead_id in rested if lead_id in self._leads}
        return {"records": records, "leads": {**answer["leads"], **carried}}

    def add(self, plan: Plan, asks: Sequence[Values], answer: Mapping[str, Any]) -> None:
        """Carries along what a plan would write.

        Args:
            plan: made from `answer`.
            asks: what was asked, by `n`.
            answer: as `amend` gave it.
        """
        known = {row["n"]: row.get("record") or {} for row in answer["records"]}
        for item in plan.written:
            if len(self._records) >= self._most:
                self.full = True
                return
            self._place(item, asks[item.number], known[item.number])
            if item.lead_id:
                self._leads[item.lead_id] = _packed(_described(plan.leads[item.lead_id]))

    def _amended(self, row: Mapping[str, Any], ask: Values) -> Mapping[str, Any]:
        placed = self._placed(str(ask["source_id"]))
        if placed is None and row.get("same"):
            return row
        if placed and _is_settled(placed, ask):
            return {"n": row["n"], "same": True}
        told = {"n": row["n"], "seen": row.get("seen"), "record": placed or row.get("record")}
        return {**told, "hits": self._with_carried(row.get("hits") or {}, ask), "erased": row.get("erased")}

    def _with_carried(self, hits: Mapping[str, Sequence[str]], ask: Values) -> dict[str, list[str]]:
        found = {rung: list(ids) for rung, ids in hits.items()}
        for rung, value in _keys(ask):
            ids = found.setdefault(rung, [])
            ids += dict.fromkeys(i for i in self._hits.get((rung, value), {}).values() if i not in ids)
        return found

    def _place(self, item: Item, ask: Values, known: Mapping[str, Any]) -> None:
        source_id = item.record.source_id
        before = self._placed(source_id) or {}
        placed = {"snapshot": {}, "lead_id": None, "deleted_at_source": None, **known}
        placed |= {"digest": item.record.digest, "reason": item.reason, "decision_open": False}
        placed |= {"place": _PLACES.get(item.action, "linked"), "keys": before.get("keys", [])}
        if item.restored:
            placed["deleted_at_source"] = None
        if version := version_of(item.record):
            placed |= {"modified_at": version.isoformat(), "seen_at": None}
        if item.lead_id:
            placed |= {"lead_id": item.lead_id, "snapshot": item.snapshot}
            placed["keys"] = self._moved(source_id, item.lead_id, placed["keys"], list(_keys(ask)))
        self._records[source_id] = _packed(placed)

    def _moved(self, source_id: str, lead_id: str, old: Sequence[Sequence[str]], new: list[Key]) -> list[Key]:
        for rung, value in old:
            self._hits[rung, value].pop(source_id, None)
        for key in new:
            self._hits.setdefault(key, {})[source_id] = lead_id
        return new

    def _placed(self, source_id: str) -> dict[str, Any] | None:
        packed = self._records.get(source_id)
        return _unpacked(packed) if packed else None


def _is_settled(placed: Mapping[str, Any], ask: Values) -> bool:
    """As the view `leadsync.settled` has it: a linked record needs no second look while it says the same."""
    linked = placed["place"] == "linked" and not placed["deleted_at_source"]
    return bool(linked and placed["digest"] == ask.get("digest"))


def _keys(ask: Values) -> Iterator[Key]:
    """The keys of a record by rung, as it is asked for."""
    for rung in ("zoho_id", "portal_id", "session"):
        if value := ask.get(rung):
            yield rung, str(value)
    for rung, values in (("email", ask.get("emails")), ("phone", ask.get("phones"))):
        yield from ((rung, str(value)) for value in (values if isinstance(values, list) else []))


def _rests_on(row: Mapping[str, Any]) -> Iterator[str]:
    record = row.get("record") or {}
    yield from (str(record[name]) for name in ("lead_id", "decision_lead") if record.get(name))
    for ids in (row.get("hits") or {}).values():
        yield from ids


def _described(standing: Standing) -> dict[str, Any]:
    words = sorted(standing.words, key=lambda word: (word.source.value, word.source_id))
    base = {column: {"value": base.value, "origin": base.origin} for column, base in standing.base.items()}
    return {"row": standing.row, "base": base, "records": [asdict(word) for word in words], "is_new": standing.is_new}


def _packed(facts: Mapping[str, Any]) -> bytes:
    return compress(json.dumps(facts).encode(), 1)


def _unpacked(packed: bytes) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(decompress(packed))
    return facts
