"""A batch of parsed records, one for each source record, ready to be matched."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leads.columns import Columns
from leads.contacts import PHONE_TAIL, person_keys
from leads.lead import DeadLetter, Lead, Parsed
from leads.parsing import age_key, parse
from leads.sources import Source
from leads.values import Json, Values


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Distinct records of one source; a record's place in `records` is its number `n` towards the database."""

    source: Source
    columns: Columns
    records: tuple[Parsed, ...]
    superseded: int = 0
    """Older versions of records that came twice in this batch."""
    sent: bool = True
    """Whether the source sent them just now, so that they are there; else a person asked to take them up again."""
    read_from: datetime | None = None
    """None of it was read before this, by the backoffice's clock; None: not known."""

    def asks(self) -> list[Values]:
        """What `leadsync_match` is asked for each record."""
        return [_ask(number, record) for number, record in enumerate(self.records)]

    def only(self, records: Sequence[Parsed]) -> "Batch":
        """The same batch with just these records, to be matched and planned again."""
        return replace(self, records=tuple(records), superseded=0)

    @property
    def remarks(self) -> dict[str, int]:
        """How often each remark was made."""
        return Counter(remark for record in self.records if isinstance(record, Lead) for remark in record.remarks)


def read(
    source: Source,
    records: Iterable[Json | Lead],
    columns: Columns,
    *,
    sent: bool = True,
    read_from: datetime | None = None,
) -> Batch:
    """Parse raw records and collapse repeated ones to their newest version; leads that are revived pass as they are."""
    parsed = [record if isinstance(record, Lead) else parse(source, record, columns) for record in records]
    newest: dict[str, Parsed] = {}
    for record in parsed:
        newest[record.source_id] = _newer(newest.get(record.source_id), record)
    return Batch(
        source=source,
        columns=columns,
        records=tuple(newest.values()),
        superseded=len(parsed) - len(newest),
        sent=sent,
        read_from=read_from,
    )


def _newer(known: Parsed | None, record: Parsed) -> Parsed:
    """The later version; of two equally late ones the one that came last."""
    if isinstance(known, Lead) and isinstance(record, Lead) and age_key(known) > age_key(record):
        return known
    return record


def _ask(number: int, record: Parsed) -> Values:
    asked: Values = {"n": number, "source_id": record.source_id, "digest": record.digest}
    if isinstance(record, DeadLetter):
        return asked
    return asked | {
        "zoho_id": record.zoho_id,
        "portal_id": record.portal_id,
        "session": record.session,
        "emails": list[Json]([record.email] if record.email else []),
        "phones": list[Json](sorted({phone[-PHONE_TAIL:] for phone in record.phones})),
        "persons": list[Json](sorted(person_keys(record.name, record.phones))),
    }
