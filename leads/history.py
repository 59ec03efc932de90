"""A lead's story: from what the backoffice keeps on it to the events that a person reads, in the order of time.

Changes made in the backoffice itself are nowhere written down; they show as gaps in the journal, where a write finds
another value than the write before it left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from leads.values import Json, Values


class Kind(StrEnum):
    """What happened."""

    LINKED = "linked"
    """A source record that belongs to the lead was first seen."""
    INSERTED = "inserted"
    CHANGED = "changed"
    KEPT = "kept"
    """The value was confirmed: only what leadsync holds for its last known state moved."""
    DELETED = "deleted"
    REVIVED = "revived"
    EDITED = "changed in the backoffice"
    """A person or another job did it, between two moments."""
    GONE = "row gone"
    CONFLICT = "conflict"
    SETTLED = "conflict ended"
    DECIDED = "decided"
    DELETED_AT_SOURCE = "deleted at source"
    WAITS = "waits"
    """A record waits for a person, or cannot be a lead's as it is."""
    IGNORED = "ignored"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened to a lead."""

    kind: Kind
    at: str | None
    """When, ISO 8601; of an edit in the backoffice the latest possible time, None: until now."""
    since: str | None = None
    """Of an edit in the backoffice, the earliest possible time."""
    field: str | None = None
    old: Json = None
    new: Json = None
    why: str = ""
    record: str | None = None
    """The source record that it rests on, as `zoho:ID`."""
    flow: str | None = None
    attempt_id: str | None = None

    def as_json(self) -> Values:
        """All of it by name."""
        return asdict(self)


def history(story: Mapping[str, Any]) -> list[Event]:
    """Tell a lead's story, the oldest event first; what lasts until now comes last.

    Args:
        story: an answer of `leadsync_story`.
    """
    lead = story.get("lead")
    events = [
        *_of_records(story),
        *_Journal(story).events(lead),
        *_of_deletion(story, lead),
        *_of_conflicts(story),
    ]
    return sorted(events, key=lambda event: (event.at is None, event.at or ""))


def subject(story: Mapping[str, Any]) -> str | None:
    """The id of the lead that a story tells of; None if it tells of a record without one."""
    named = [story["lead"]["id"]] if story.get("lead") else [row["lead_id"] for row in story["journal"]]
    linked = [row["lead_id"] for row in story["records"] if row.get("lead_id")]
    return next(iter([*named, *linked]), None)


class _Journal:
    """Reads the journal in its order, and remembers per column what the last write left, and when."""

    def __init__(self, story: Mapping[str, Any]) -> None:
        self._rows: Sequence[Mapping[str, Any]] = story["journal"]
        self._flows = {attempt["attempt_id"]: attempt["flow"] for attempt in story["attempts"]}
        self._known: dict[str, tuple[Json, str]] = {}

    def events(self, lead: Values | None) -> Iterator[Event]:
        """Every change, and what must have been changed in between."""
        for row in self._rows:
            for column, value in row["after"].items():
                yield from self._written(row, column, value)
                self._known[column] = value, row["written_at"]
        if lead is not None:
            for column in self._known.keys() & lead.keys():
                yield from self._edited(column, lead[column], None)
        elif self._rows:
            yield Event(kind=Kind.GONE, at=None, since=self._rows[-1]["written_at"])

    def _written(self, row: Mapping[str, Any], column: str, value: Json) -> Iterator[Event]:
        if row["before"] is not None:
            yield from self._edited(column, row["before"][column], row["written_at"])
        elif value is None:
            return
        old = (row["before"] or {}).get(column)
        yield Event(
            kind=_kind(row, column, old, value),
            at=row["written_at"],
            field=column,
            old=old,
            new=value,
            why=(row["why"] or {}).get(column) or "",
            record=_record(row),
            flow=self._flows.get(row["attempt_id"]),
            attempt_id=row["attempt_id"],
        )

    def _edited(self, column: str, found: Json, at: str | None) -> Iterator[Event]:
        if column in self._known and self._known[column][0] != found:
            left, since = self._known[column]
            yield Event(kind=Kind.EDITED, at=at, since=since, field=column, old=left, new=found)


def _kind(row: Mapping[str, Any], column: str, old: Json, new: Json) -> Kind:
    if row["before"] is None:
        return Kind.INSERTED
    if column == "deleted_at":
        return Kind.REVIVED if new is None else Kind.DELETED
    return Kind.KEPT if old == new else Kind.CHANGED


def _of_deletion(story: Mapping[str, Any], lead: Values | None) -> Iterator[Event]:
    """A lead that the backoffice deleted by itself; what leadsync deletes, it journals."""
    ours = any("deleted_at" in row["after"] for row in story["journal"])
    if lead is not None and lead.get("deleted_at") and not ours:
        yield Event(kind=Kind.DELETED, at=str(lead["deleted_at"]), why="in the backoffice")


def _of_records(story: Mapping[str, Any]) -> Iterator[Event]:
    lead_id = subject(story)
    for row in story["records"]:
        name = _record(row)
        own = row["lead_id"] is not None and row["lead_id"] == lead_id
        if own:
            yield Event(kind=Kind.LINKED, at=row["first_seen_at"], record=name)
        if row["place"] in ("review", "dead_letter", "ignored"):
            kind = Kind.IGNORED if row["place"] == "ignored" else Kind.WAITS
            why = row["reason"] if own else f"it may be this lead's: {row['reason']}"
            yield Event(kind=kind, at=row["placed_at"], record=name, why=why)
        if row["decided_at"]:
            yield Event(kind=Kind.DECIDED, at=row["decided_at"], record=name, why=_decision(row))
        if row["deleted_at_source"]:
            yield Event(kind=Kind.DELETED_AT_SOURCE, at=row["deleted_at_source"], record=name)


def _of_conflicts(story: Mapping[str, Any]) -> Iterator[Event]:
    for row in story["conflicts"]:
        yield Event(
            kind=Kind.CONFLICT,
            at=row["first_seen_at"],
            field=row["field"],
            old=row["ours"],
            new=row["theirs"],
            why="cleared at source" if row["theirs"] is None else "the source says otherwise",
            record=_record(row),
            attempt_id=row["attempt_id"],
        )
        if row["decided_at"]:
            why = _decision(row)
            yield Event(kind=Kind.DECIDED, at=row["decided_at"], field=row["field"], record=_record(row), why=why)
        if row["closed_at"]:
            yield Event(kind=Kind.SETTLED, at=row["closed_at"], field=row["field"], record=_record(row))


def _decision(row: Mapping[str, Any]) -> str:
    who = f" by {row['decided_by']}" if row["decided_by"] else ""
    return f"{row['decision']}{who}"


def _record(row: Mapping[str, Any]) -> str:
    return f"{row['source']}:{row['source_id']}"
