"""Forgetting a person: what is held on them, the keys that no source may bring them back by, and what their lead keeps.

What is whose is decided twice, here to be told and exported, and in `leadsync_forget` to be carried out; both follow
docs/architecture.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leads.cleaning import Unclean, Unusable
from leads.contacts import email_key, person_keys, phone_keys
from leads.fields import BY_COLUMN, PERSONAL
from leads.scalars import moment
from leads.sources import Source
from leads.values import Json, Values

NOBODY = "Forgotten"
"""The name of an anonymised lead."""

_TURNED = "identity changed"
_TEXTS = ("text", "character varying", "character")

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """What a person is known by, as `leadsync_match` asks for it."""

    emails: frozenset[str]
    persons: frozenset[str]

    def payload(self) -> Values:
        """`p_keys` of `leadsync_forget`."""
        return {"emails": list[Json](sorted(self.emails)), "persons": list[Json](sorted(self.persons))}


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What is kept on one person: rows of the tables of that name."""

    lead: Values | None
    base: Values
    records: Sequence[Row]
    journal: Sequence[Row]
    conflicts: Sequence[Row]
    attempts: Sequence[Row]
    former: Sequence[Row] = ()
    """Records that speak of somebody else by now, with what they said while they spoke of the person."""
    waiting: Sequence[Row] = ()
    """Records in review that may be the person's; until somebody says so, they are a stranger's."""

    @classmethod
    def of(cls, story: Row, *, lead_id: str | None = None, record: tuple[str, str] | None = None) -> "Held":
        """Parts a story.

        Args:
            story: an answer of `leadsync_story`.
            lead_id: the lead that was asked for, or
            record: the record that was asked for, source and id.
        """
        itself = next((row for row in story["records"] if (row["source"], row["source_id"]) == record), None)
        lead = lead_id or (itself and _lead_of(itself) == itself["lead_id"] and itself["lead_id"])
        if itself and not lead:
            return cls(lead=None, base={}, records=[_now(itself)], journal=(), conflicts=(), attempts=())
        own = [row for row in story["records"] if row is itself or (lead and _lead_of(row) == lead)]
        others = [row for row in story["records"] if row not in own]
        return cls(
            lead=story.get("lead"),
            base=story.get("base") or {},
            records=own,
            journal=story["journal"],
            conflicts=story["conflicts"],
            attempts=story["attempts"],
            former=[{**row, "content": None} for row in others if row["lead_id"] == lead and _has_turned(row)],
            waiting=others,
        )

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is kept."""
        return not (self.lead or self.base or self.records or self.journal or self.conflicts)

    def keys(self) -> Keys:
        """All the addresses, and every name with every phone, that anything says or said of the person."""
        said = list(self._said())
        emails = {key for words in said for key in _emails(words)}
        phones = frozenset(phone for words in said for phone in _phones(words))
        persons = (person_keys(name, phones) for name in {name for words in said for name in _names(words)})
        return Keys(emails=frozenset(emails), persons=frozenset[str]().union(*persons))

    def export(self) -> Values:
        """All that is held, for the person; of what may be a stranger's only that it waits."""
        shown = ("source", "source_id", "place", "reason", "placed_at")
        return {
            "lead": self.lead,
            "base": self.base,
            "records": [dict(row) for row in (*self.records, *self.former)],
            "journal": [dict(row) for row in self.journal],
            "conflicts": [dict(row) for row in self.conflicts],
            "attempts": [dict(row) for row in self.attempts],
            "may_be_theirs": [{name: row[name] for name in shown} for row in self.waiting],
        }

    def _said(self) -> Iterator[Row]:
        """Everything that names the person: columns of leads, a source's words, or a raw record.

        What other records wrote on the lead, to which they were linked by mistake, names somebody else.
        """
        records = [*self.records, *self.former]
        known = {(row["source"], row["source_id"]) for row in records}
        yield self.lead or {}
        yield {column: base.get("value") for column, base in self.base.items() if isinstance(base, dict)}
        for row in records:
            yield row.get("snapshot") or {}
            yield row.get("content") or {}
        for row in _by(known, self.journal):
            yield row.get("before") or {}
            yield row.get("after") or {}
        for row in _by(known, self.conflicts):
            yield from ({row["field"]: row.get(side)} for side in ("base", "ours", "theirs"))


def _lead_of(record: Row) -> str | None:
    """The lead whose person the record speaks of, as far as is known or decided."""
    decided, placed = moment(record.get("decided_at")), moment(record["placed_at"])
    still_open = decided is not None and placed is not None and decided > placed
    bound = record.get("decision_lead") if record.get("decision") == "same" else None
    if still_open and record.get("decision") in ("same", "separate"):
        return bound
    return None if _has_turned(record) else record["lead_id"] or bound


def _has_turned(record: Row) -> bool:
    """Whether the source has written somebody else over the record since it was linked."""
    return bool(record["place"] == "review" and record["reason"] == _TURNED)


def _now(record: Row) -> Row:
    """A record without a lead; what it said before it turned was somebody else's."""
    before = {"snapshot": None, "email": None, "claim": None} if _has_turned(record) else {}
    return {**record, "lead_id": None, **before}


def _by(records: set[tuple[str, str]], rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if (row["source"], row["source_id"]) in records)


def _raw(words: Row, column: str) -> Iterator[tuple[Source, tuple[Json, ...]]]:
    """What the words say under the names of either source; the portal's names are those of `leads` too."""
    for source in Source:
        yield source, tuple(words.get(name) for name in BY_COLUMN[column].names(source))


def _cleaned(words: Row, column: str) -> Iterator[str]:
    for source, raw in _raw(words, column):
        try:
            value = BY_COLUMN[column].clean(source, raw)
        except (Unclean, Unusable):
            continue
        if isinstance(value, str):
            yield value


def _names(words: Row) -> Iterator[str]:
    return _cleaned(words, "name")


def _emails(words: Row) -> Iterator[str]:
    return (key for key in map(email_key, _cleaned(words, "email")) if key)


def _phones(words: Row) -> frozenset[str]:
    """E.164; a snapshot lists all of the record's under `phones`."""
    listed = words.get("phones")
    raw = [value for _, values in _raw(words, "phone") for value in values]
    return phone_keys([*raw, *(listed if isinstance(listed, list) else [])])


def anonymised(columns: Mapping[str, Row]) -> Values:
    """What takes the place of a lead's personal values, in every column that can be emptied.

    Args:
        columns: those of the live table, as `leadsync_context` tells them.
    """
    return {name: _blank(name, facts) for name, facts in columns.items() if name in PERSONAL and _can_be_empty(facts)}


def _can_be_empty(facts: Row) -> bool:
    return bool(facts.get("nullable", True)) or facts.get("type") in _TEXTS


def _blank(column: str, facts: Row) -> Json:
    if column == "name":
        return NOBODY[: facts.get("length") or None]
    return None if facts.get("nullable", True) else ""


def remaining(untouched: Iterable[str], columns: Mapping[str, Row]) -> list[str]:
    """The columns of an anonymised lead that a person should look at.

    Args:
        untouched: those that hold text and were not overwritten, as `leadsync_forget` tells them.
        columns: those of the live table.
    """
    strange = {column for column in untouched if column not in BY_COLUMN}
    return sorted(strange | (PERSONAL & columns.keys()) - anonymised(columns).keys())
