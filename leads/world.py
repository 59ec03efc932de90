"""What the backoffice knows of a batch's records: the answer of `leadsync_match` as values.

The world changes as a batch is planned: what an earlier record will write is what a later one meets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leads.contacts import email_key, phone_keys
from leads.lead import Lead, Parsed, version_of
from leads.scalars import moment
from leads.sources import Source
from leads.values import Json, Values


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What one source record said last of the lead that it is linked to."""

    source: Source
    source_id: str
    snapshot: Values
    claim: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """The value that the sync last wrote or adopted in a column, and whose it was."""

    value: Json
    origin: str
    """`zoho:ID`, `portal:ID`, or `ADOPTED`."""

    @property
    def source(self) -> Source | None:
        """The source that said it; None for what was adopted."""
        return None if self.origin == ADOPTED else Source(self.origin.split(":", 1)[0])


ADOPTED = "backoffice"
"""Origin of a base that stood in the lead before the first contact."""


@dataclass(kw_only=True, slots=True)
class Standing:
    """A lead of the backoffice as it stands."""

    lead_id: str
    row: Values
    base: dict[str, Base] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    is_new: bool = False
    """Whether it is only planned so far."""

    @property
    def deleted_at(self) -> str | None:
        """When the lead was soft-deleted, ISO 8601."""
        deleted = self.row.get("deleted_at")
        return str(deleted) if deleted else None

    @property
    def made_by_sync(self) -> bool:
        """Whether leadsync inserted the lead: the base of its birth is then a source's, and never changes."""
        birth = self.base.get("created_at")
        return birth is not None and birth.origin != ADOPTED

    def names(self) -> set[str]:
        """All names that the lead goes by: its own and those its records said."""
        return {str(said) for said in self._all("name") if said}

    def emails(self) -> set[str]:
        """All its e-mail keys."""
        return {key for key in map(email_key, self._all("email")) if key}

    def phones(self) -> frozenset[str]:
        """All its phone numbers, E.164."""
        said = (phone for word in self.words for phone in _list(word.snapshot.get("phones")))
        return phone_keys([self.row.get("phone"), *said])

    def _all(self, column: str) -> list[Json]:
        return [self.row.get(column), *(word.snapshot.get(column) for word in self.words)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the backoffice has of a source record."""

    place: str
    lead_id: str | None
    snapshot: Values
    decision: str | None = None
    """What a person decided: `same`, `separate`, `ignore`."""
    decision_lead: str | None = None
    decision_open: bool = True
    """Whether the decision is yet to be carried out."""
    reason: str | None = None
    deleted_at_source: str | None = None
    modified_at: datetime | None = None
    """When its source changed it to what it said last (`version_of`)."""
    seen_at: datetime | None = None
    """When the backoffice wrote what it said last; None in a dry run that foresees it."""

    @property
    def has_owner(self) -> bool:
        """Whether it has a lead, or a person said whose it is."""
        return self.lead_id is not None or self.decision in ("same", "separate")


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """A tombstone that a record meets: somebody who is known by this was forgotten."""

    kind: str
    """`record` for the record itself, `email`, or `person` for a phone with a name."""
    at: str
    """When, ISO 8601."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """What a record's keys hit: ids of leads, rung by rung."""

    seen: str | None
    known: Known | None
    zoho_id: tuple[str, ...] = ()
    portal_id: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    erased: tuple[Erased, ...] = ()
    same: bool = False
    """The record says nothing new and its lead stands: there is nothing to do."""


class World:
    """The matches of a batch and the leads that they hit, kept up to date while the batch is planned."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        """Read an answer of `leadsync_match`."""
        self.leads = {lead_id: _standing(lead_id, facts) for lead_id, facts in answer["leads"].items()}
        self._matches = {int(row["n"]): _match(row) for row in answer["records"]}
        self._new: dict[tuple[str, str], dict[str, None]] = {}

    def match(self, number: int, lead: Lead) -> Match:
        """What the record hits: in the backoffice, and among what this batch has planned so far."""
        stored = self._matches[number]
        if stored.same:
            return stored
        return Match(
            seen=stored.seen,
            known=stored.known,
            zoho_id=self._with_planned(stored.zoho_id, [("zoho_id", lead.zoho_id)]),
            portal_id=self._with_planned(stored.portal_id, [("portal_id", lead.portal_id)]),
            session=self._with_planned(stored.session, [("session", lead.session)]),
            email=self._with_planned(stored.email, [("email", lead.email)]),
            phone=self._with_planned(stored.phone, [("phone", phone) for phone in lead.phones]),
            erased=stored.erased,
        )

    def is_ahead(self, number: int, record: Parsed, read_from: datetime | None) -> bool:
        """Whether a later version of the record is known than this one, which comes late.

        What was surely read after that version was written is no late comer, whatever the source's clock says.
        """
        known, version = self._matches[number].known, version_of(record)
        if known is None or known.modified_at is None or version is None or version >= known.modified_at:
            return False
        return known.seen_at is None or read_from is None or read_from <= known.seen_at

    def stored(self, number: int) -> Match:
        """What the backoffice has of the record, whatever this batch has planned."""
        return self._matches[number]

    def link(self, lead: Lead, lead_id: str) -> None:
        """Remember that the batch links the record to the lead, so that later records find it by the same keys."""
        standing = self.leads[lead_id]
        others = [word for word in standing.words if (word.source, word.source_id) != (lead.source, lead.source_id)]
        word = Word(source=lead.source, source_id=lead.source_id, snapshot=lead.snapshot(), claim=lead.claim)
        standing.words = [*others, word]
        ids = [("zoho_id", lead.zoho_id), ("portal_id", lead.portal_id), ("session", lead.session)]
        keys = [*ids, ("email", lead.email)]
        for key in [*keys, *(("phone", phone) for phone in lead.phones)]:
            if key[1] is not None:
                self._new.setdefault((key[0], key[1]), {})[lead_id] = None

    def _with_planned(self, stored: tuple[str, ...], keys: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
        planned = [lead_id for rung, key in keys if key is not None for lead_id in self._new.get((rung, key), {})]
        return tuple(dict.fromkeys((*stored, *planned)))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _standing(lead_id: str, facts: Mapping[str, Any]) -> Standing:
    base = {column: Base(value=b.get("value"), origin=b["origin"]) for column, b in (facts.get("base") or {}).items()}
    words = [
        Word(source=Source(w["source"]), source_id=w["source_id"], snapshot=w.get("snapshot") or {})
        for w in facts.get("records") or []
    ]
    is_new = bool(facts.get("is_new"))
    return Standing(lead_id=lead_id, row=facts["row"], base=base, words=words, is_new=is_new)


def _match(row: Mapping[str, Any]) -> Match:
    if row.get("same"):
        return Match(seen=None, known=None, same=True)
    hits: Mapping[str, list[str]] = row.get("hits") or {}
    return Match(
        seen=row["seen"],
        known=_known(row.get("record")),
        zoho_id=tuple(hits.get("zoho_id") or ()),
        portal_id=tuple(hits.get("portal_id") or ()),
        session=tuple(hits.get("session") or ()),
        email=tuple(hits.get("email") or ()),
        phone=tuple(hits.get("phone") or ()),
        erased=tuple(Erased(kind=met["kind"], at=met["at"]) for met in row.get("erased") or ()),
    )


def _known(record: Mapping[str, Any] | None) -> Known | None:
    if not record:
        return None
    return Known(
        place=record["place"],
        lead_id=record.get("lead_id"),
        snapshot=record.get("snapshot") or {},
        decision=record.get("decision"),
        decision_lead=record.get("decision_lead"),
        decision_open=bool(record.get("decision_open", True)),
        reason=record.get("reason"),
        deleted_at_source=record.get("deleted_at_source"),
        modified_at=moment(record.get("modified_at")),
        seen_at=moment(record.get("seen_at")),
    )
