"""The leads of Zoho as their author knows them, and what of it a run may have heard."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tests.month.model import Content, Lead, tellings, without
from tests.month.people import Person
from tests.month.words import Fields


@dataclass(eq=False)
class Record:
    """A lead of Zoho.

    Attributes:
        lead: what the backoffice is to hold for it.
        modified: when it was written last, as far as Zoho tells.
        gone: how it was deleted; None while it is there.
        foreign: the contact of its own person, while it speaks of somebody else.
        nameless: whether its name is none.
        twin: another record of the same person, which is not to be touched before both have been heard.
        unheard: whether it says something that no run surely heard.
        quiet: whether a change left Modified_Time alone, so that only a read of all leads surely hears it.
        heard_by: the fields that were lacking and in doubt when it was heard as it is now.
    """

    id: str
    person: Person
    lead: Lead
    fields: Fields
    created: datetime
    modified: datetime
    converted: datetime | None = None
    gone: str | None = None
    foreign: Fields | None = None
    nameless: bool = False
    twin: "Record | None" = None
    unheard: bool = True
    quiet: bool = False
    heard_by: tuple[frozenset[str], frozenset[str]] | None = None

    @property
    def content(self) -> Content | None:
        """What it says now; None where it is not there."""
        if self.gone:
            return None
        told = {
            **self.fields,
            "id": self.id,
            "Created_Time": self.created,
            "Converted__s": self.converted is not None,
            "Converted_Date_Time": self.converted,
        }
        return Content(told, foreign=self.foreign is not None)


@dataclass
class Hearing:
    """Keeps what each record said while a run went on.

    Attributes:
        lacking: the fields that the organisation does not have now.
        doubtful: those that it has again, but leadsync may not know of yet.
    """

    lacking: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    _before: dict[Record, list[Content | None]] = field(default_factory=dict)
    _awaited: dict[Record, bool] = field(default_factory=dict)

    def touches(self, record: Record) -> None:
        """The record is about to change."""
        self._before.setdefault(record, []).append(record.content)
        self._awaited.setdefault(record, _is_awaited(record))

    def is_new(self, record: Record) -> None:
        """The record was not there before."""
        self._before[record] = [None]
        self._awaited[record] = False

    def begins(self) -> None:
        """A run begins."""
        self._before.clear()
        self._awaited.clear()

    def ends(self, records: Iterable[Record], *, completed: bool, everything: bool) -> None:
        """The run has ended.

        Args:
            records: all there ever were.
            completed: whether it read to the end.
            everything: whether it read all leads.
        """
        for record in records:
            said = [*self._before.get(record, []), record.content]
            there = [content for content in said if content is not None]
            awaited = everything or self._awaited.get(record, _is_awaited(record))
            if not there or not (awaited or record.unheard or record.heard_by != self._fields):
                continue
            surely = completed and awaited and len(there) == len(said)
            record.lead.hear(record.id, self._told(there, surely=surely))
            if surely and len(said) == 1:
                record.unheard = record.quiet = False
            if not record.unheard:
                record.heard_by = self._fields

    @property
    def _fields(self) -> tuple[frozenset[str], frozenset[str]]:
        return self.lacking, self.doubtful

    def _told(self, contents: list[Content], *, surely: bool) -> list[list[Content]]:
        kept = without(contents, self.lacking)
        told = tellings(kept, surely=surely)
        return [*told, *tellings(without(kept, self.doubtful), surely=surely)] if self.doubtful else told


def _is_awaited(record: Record) -> bool:
    """Whether the next run that reads to the end surely hears it."""
    return record.unheard and not record.quiet
