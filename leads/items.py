"""The plan for one record, as the database takes it and as a dry run shows it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from leads.identity import FORGOTTEN
from leads.lead import DeadLetter, Parsed, version_of
from leads.merge import Change
from leads.values import Json, Values


class Action(StrEnum):
    """What happens to a record, in the words of `leadsync_apply`."""

    INSERT = "insert"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REVIEW = "review"
    REJECTED = "rejected"
    IGNORED = "ignored"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """The plan for one record."""

    number: int
    record: Parsed
    action: Action
    seen: str | None
    lead_id: str | None = None
    change: Change = field(default_factory=Change)
    base: dict[str, str] = field(default_factory=dict)
    """Column → origin: after the write the row's value becomes the base."""
    before: Values = field(default_factory=dict)
    """What the changed columns hold now, for a dry run's differences."""
    reason: str | None = None
    candidates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Leads that may be the same person's."""
    restored: bool = False
    remembered: bool = False
    """Whether the backoffice has a row of the record."""
    newly_eligible: bool = False
    """Whether the company's mail sequences would begin to write to the lead."""

    @property
    def leaves_no_trace(self) -> bool:
        """Whether nothing is kept of it, nor has to go: its person is forgotten, and the tombstone is its place."""
        return self.action is Action.IGNORED and self.reason == FORGOTTEN and not self.remembered

    @property
    def snapshot(self) -> Values:
        """What is remembered of the record's words; nothing of a dead letter's."""
        return {} if isinstance(self.record, DeadLetter) else self.record.snapshot()

    def payload(self) -> Values:
        """The item as `leadsync_apply` takes it; what is empty is left out."""
        version = version_of(self.record)
        told: dict[str, Any] = {
            "n": self.number,
            "source_id": self.record.source_id,
            "seen": self.seen,
            "action": self.action.value,
            "lead_id": self.lead_id,
            "values": self.change.values,
            "why": self.change.why,
            "conflicts": self.change.conflicts,
            "base": self.base,
            "digest": self.record.digest,
            "reason": self.reason,
            "candidates": list(self.candidates),
            "restored": self.restored,
            "modified_at": version.isoformat() if version else None,
            **_words(self),
        }
        return {
            key: value
            for key, value in told.items()
            if value is not None and value is not False and value not in ({}, [])
        }


def _words(item: Item) -> Values:
    """What is kept of the record: its words when it is linked, its whole content while it waits for a person."""
    record = item.record
    if item.action is Action.IGNORED:
        return {}
    if isinstance(record, DeadLetter) or item.action in (Action.REVIEW, Action.REJECTED):
        return {"content": record.content}
    remarks: list[Json] = [{"kind": "remark", "text": remark} for remark in record.remarks]
    duplicates: list[Json] = [{"kind": "possible duplicate", "lead_id": lead_id} for lead_id in item.notes]
    return {
        "snapshot": item.snapshot,
        "email": record.email,
        "claim": record.claim,
        "session": record.session,
        "notes": duplicates + remarks,
    }


NEW = "new"
"""Stands for the id of a lead that a plan makes: the run that carries it out gives it another one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One change that a plan would make."""

    source_id: str
    lead: str | None
    """The lead's id, or `NEW`; None where the record goes to no lead."""
    action: Action
    column: str | None
    old: Json
    new: Json
    """None empties the column, or leaves it to its default."""
    why: str


def differences(item: Item, lead: str | None) -> Iterator[Difference]:
    """What the item would change, field by field; a record that waits or is left alone comes with its reason.

    What an insert leaves to the column's default is none.

    Args:
        item: the plan for a record.
        lead: what to call its lead.
    """
    for column, value in item.change.values.items():
        if value is not None or item.action is Action.UPDATE:
            yield Difference(
                source_id=item.record.source_id,
                lead=lead,
                action=item.action,
                column=column,
                old=item.before.get(column),
                new=value,
                why=item.change.why.get(column, ""),
            )
    if not item.change.values and item.action is not Action.UNCHANGED:
        yield Difference(
            source_id=item.record.source_id,
            lead=lead,
            action=item.action,
            column=None,
            old=None,
            new=None,
            why=item.reason or "",
        )
