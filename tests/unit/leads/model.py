"""A backoffice in memory that answers like `leadsync_match` and applies plans like `leadsync_apply`.

It follows docs/architecture.md, without SQL: properties of whole runs are tried on it thousands of times.
"""

import copy
import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from leads.batch import read
from leads.columns import Column, Columns
from leads.counts import Counts
from leads.fields import BY_COLUMN
from leads.identity import FORGOTTEN
from leads.plan import Plan, plan
from leads.sources import Source
from leads.values import Json

Row = dict[str, Any]

NOW = "2026-11-24T06:00:00+00:00"
_LENGTHS = {
    "name": 255,
    "email": 255,
    "phone": 50,
    "source": 50,
    "status": 20,
    "zoho_lead_id": 50,
    "location_source": 10,
    "source_campaign": 255,
    "source_medium": 100,
    "source_content": 255,
}
_NEEDED = ("created_at", "name", "email", "phone")
DEFAULTS: Row = {
    "created_at": NOW,
    "source": "website",
    "status": "new",
    "with_battery": False,
    "grant_path": True,
    "grant_type": "pv_only",
    "grant_amount": 0,
    "location_source": "auto",
    "is_gozo": False,
    "email_opted_out": False,
}
COLUMNS = Columns({c: Column(_LENGTHS.get(c), c not in _NEEDED, c in DEFAULTS) for c in BY_COLUMN})


def _stored(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """The value as it comes back from a jsonb column; what that cannot hold fails here."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text:
        msg = "jsonb holds no NUL"
        raise ValueError(msg)
    return json.loads(text)


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c in "0123456789")[-8:]


@dataclass
class Backoffice:
    """Leads, records and bases; the tables of the real one."""

    leads: dict[str, Row] = field(default_factory=dict)
    records: dict[tuple[str, str], Row] = field(default_factory=dict)
    bases: dict[str, Row] = field(default_factory=dict)
    conflicts: list[Row] = field(default_factory=list)
    tombstones: dict[str, str] = field(default_factory=dict)
    """`record` keys (`zoho:ID`), addresses and persons that were forgotten, and when."""
    writes: int = 0
    """Rows of `leads` inserted or updated so far."""
    _ids: Iterator[str] = field(default_factory=lambda: (str(uuid.UUID(int=n)) for n in itertools.count(1)))

    def new_id(self) -> str:
        return next(self._ids)

    def add(self, **values: object) -> str:
        """A lead that was there before, or that another job makes."""
        lead_id = self.new_id()
        empty = {"name": "", "email": "", "phone": ""}
        self.leads[lead_id] = {**dict.fromkeys(BY_COLUMN), **DEFAULTS, **empty, "deleted_at": None, **values}
        return lead_id

    def match(self, source: str, asked: list[Row]) -> Row:
        answers = [self._answer(source, ask) for ask in _stored(asked)]
        involved = {lead_id for answer in answers for lead_id in self._involved(source, answer)}
        return {"records": answers, "leads": {i: self._described(i) for i in sorted(involved)}}

    def apply(self, payload: Row) -> list[Row]:
        told = _stored(payload)
        held = {item["n"]: self._holds(told["source"], item) for item in told["items"]}
        return [self._apply(told["source"], item) if held[item["n"]] else _raced(item) for item in told["items"]]

    def _answer(self, source: str, ask: Row) -> Row:
        record = self.records.get((source, ask["source_id"]))
        if record and self._settled(record) and record["digest"] == ask["digest"]:
            return {"n": ask["n"], "source_id": ask["source_id"], "same": True}
        hits = self._hits(record, ask)
        seen = json.dumps({"ask": ask, "hash": self._fingerprint(record, hits)})
        answer = {"n": ask["n"], "source_id": ask["source_id"], "seen": seen, "record": record, "hits": hits}
        return answer | {"erased": self._erased(source, ask)}

    def _erased(self, source: str, ask: Row) -> list[Row]:
        keys = [("record", f"{source}:{ask['source_id']}")]
        keys += [
            (kind, key) for kind, asked in (("email", "emails"), ("person", "persons")) for key in ask.get(asked, [])
        ]
        return [{"kind": kind, "at": self.tombstones[key]} for kind, key in keys if key in self.tombstones]

    def _settled(self, record: Row) -> bool:
        lead = self.leads.get(record["lead_id"])
        return (
            record["place"] == "linked"
            and not record.get("deleted_at_source")
            and not record.get("decision_open")
            and bool(lead)
            and not (lead or {}).get("deleted_at")
        )

    def _hits(self, record: Row | None, ask: Row) -> dict[str, list[str]]:
        linked = record["lead_id"] if record else None
        emails, phones = ask.get("emails") or [], ask.get("phones") or []
        zoho, portal, session = ask.get("zoho_id"), ask.get("portal_id"), ask.get("session")
        return {
            "link": [linked] if linked in self.leads else [],
            "zoho_id": self._where(
                lambda row: bool(zoho) and row["zoho_lead_id"] == zoho,
                lambda r: bool(zoho) and zoho in (r["source_id"] if r["source"] == "zoho" else None, r["claim"]),
            ),
            "portal_id": self._where(
                lambda row: bool(portal) and row["portal_lead_id"] == portal,
                lambda r: bool(portal) and r["source"] == "portal" and r["source_id"] == portal,
            ),
            "session": self._where(lambda _row: False, lambda r: bool(session) and r["session"] == session),
            "email": self._where(lambda row: row["email"].strip().lower() in emails, lambda r: r["email"] in emails),
            "phone": self._where(lambda row: _digits(row["phone"]) in phones, lambda _r: False),
        }

    def _where(self, row_hits: Callable[[Row], bool], record_hits: Callable[[Row], bool]) -> list[str]:
        by_row = [i for i, row in self.leads.items() if row_hits(row)]
        by_record = [r["lead_id"] for r in self.records.values() if r["lead_id"] in self.leads and record_hits(r)]
        found = dict.fromkeys([*by_row, *by_record])
        return sorted(found, key=lambda i: (self.leads[i]["created_at"] or "", i))

    def _fingerprint(self, record: Row | None, hits: dict[str, list[str]]) -> str:
        leads = {i: (self.leads[i], self._linked(i)) for rung in hits.values() for i in rung}
        return sha256(json.dumps([record, hits, leads], sort_keys=True).encode()).hexdigest()

    def _linked(self, lead_id: str) -> list[Row]:
        return [r for r in self.records.values() if r["lead_id"] == lead_id]

    def _involved(self, source: str, answer: Row) -> set[str]:
        if answer.get("same"):
            return set()
        record = self.records.get((source, answer["source_id"])) or {}
        hit = {i for rung in answer["hits"].values() for i in rung}
        return {i for i in {*hit, record.get("decision_lead")} if i in self.leads}

    def _described(self, lead_id: str) -> Row:
        said = [{k: r[k] for k in ("source", "source_id", "snapshot")} for r in self._linked(lead_id)]
        return copy.deepcopy({"row": self.leads[lead_id], "base": self.bases.get(lead_id, {}), "records": said})

    def _holds(self, source: str, item: Row) -> bool:
        if not item.get("seen"):
            return item["action"] in ("rejected", "ignored")
        ask = json.loads(item["seen"])["ask"]
        return bool(self._answer(source, ask).get("seen") == item["seen"])

    def _apply(self, source: str, item: Row) -> Row:
        write = {"insert": self._insert, "update": self._update}.get(item["action"])
        if write:
            write(item)
        self._place(source, item)
        if item["action"] in ("insert", "update", "unchanged"):
            self._keep(item)
        outcome = {"insert": "inserted", "update": "updated"}.get(item["action"], item["action"])
        return {"n": item["n"], "outcome": outcome, "reason": item.get("reason")}

    def _insert(self, item: Row) -> None:
        self.writes += 1
        row = {c: DEFAULTS.get(c) if v is None else v for c, v in item["values"].items()}
        self.leads[item["lead_id"]] = {**dict.fromkeys(BY_COLUMN), **row, "deleted_at": None}
        _check(self.leads[item["lead_id"]])

    def _update(self, item: Row) -> None:
        self.writes += 1
        written = {c: DEFAULTS.get(c) if v is None else v for c, v in item["values"].items()}
        self.leads[item["lead_id"]].update(written)
        _check(self.leads[item["lead_id"]])

    def _place(self, source: str, item: Row) -> None:
        places = {"review": "review", "rejected": "dead_letter", "ignored": "ignored"}
        place = places.get(item["action"], "linked")
        if place == "ignored" and item["reason"] == FORGOTTEN:
            del self.records[source, item["source_id"]]
            return
        old = self.records.get((source, item["source_id"]), {})
        stays = place != "linked" and old.get("lead_id")
        self.records[source, item["source_id"]] = {
            "decision": None,
            "decision_lead": None,
            "deleted_at_source": None,
            **old,
            "source": source,
            "source_id": item["source_id"],
            "place": place,
            "lead_id": item.get("lead_id") or old.get("lead_id"),
            "reason": item.get("reason"),
            "digest": item["digest"],
            "modified_at": item.get("modified_at") or old.get("modified_at"),
            "snapshot": item.get("snapshot") or old.get("snapshot"),
            "email": old.get("email") if stays else item.get("email"),
            "claim": old.get("claim") if stays else item.get("claim"),
            "session": old.get("session") if stays else item.get("session"),
            "decision_open": False,
        }

    def _keep(self, item: Row) -> None:
        row = self.leads[item["lead_id"]]
        base = {column: {"value": row[column], "origin": origin} for column, origin in item.get("base", {}).items()}
        self.bases.setdefault(item["lead_id"], {}).update(copy.deepcopy(base))
        self.conflicts += [{"lead_id": item["lead_id"], **conflict} for conflict in item.get("conflicts", [])]


def _raced(item: Row) -> Row:
    return {"n": item["n"], "outcome": "raced", "reason": None}


def _check(row: Row) -> None:
    """What the real table refuses."""
    assert all(row[column] is not None for column in _NEEDED)
    assert all(len(str(row[column] or "")) <= length for column, length in _LENGTHS.items())
    assert row["status"] in ("new", "contacted", "qualified", "converted", "lost")


def planned(backoffice: Backoffice, source: Source, records: Sequence[Json], columns: Columns = COLUMNS) -> Plan:
    """The plan for one batch of raw records."""
    batch = read(source, records, columns)
    answer = _stored(backoffice.match(source.value, batch.asks()))
    return plan(batch, answer, new_ids=iter(backoffice.new_id, ""))


def run(
    backoffice: Backoffice, source: Source, records: Sequence[Json], *, batch: int = 1000, columns: Columns = COLUMNS
) -> Counts:
    """One run over raw records in batches; its counts, which balance."""
    total = Counts()
    for start in range(0, len(records), batch):
        part = records[start : start + batch]
        made = planned(backoffice, source, part, columns)
        settled = made.settle(backoffice.apply(made.payload()))
        assert settled.raced is None
        assert settled.counts.balanced
        assert settled.counts.fetched == len(part)
        total += settled.counts
    return total


def comparable(backoffice: Backoffice) -> list[str]:
    """The leads without their generated ids, in an order of their own."""
    return sorted(json.dumps(row, sort_keys=True) for row in backoffice.leads.values())
