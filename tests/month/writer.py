"""How the author of the month writes at Zoho, and notes what it has written."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from tests.month.crm import Crm
from tests.month.model import Lead
from tests.month.people import Person, nameless
from tests.month.records import Hearing, Record
from tests.month.words import EDITED, Fields, kept


@dataclass
class Writer:
    """Knows every lead that ever was.

    Attributes:
        now: Zoho's clock.
        records: all leads that ever were, by id.
    """

    random: Random
    crm: Crm
    hearing: Hearing
    tally: Counter[str]
    now: datetime
    records: dict[str, Record] = field(default_factory=dict)
    _people: int = 0

    def moves_to(self, moment: datetime) -> None:
        """Sets Zoho's clock."""
        self.now = moment.replace(microsecond=0)
        self.crm.at(self.now)

    def founds(self, leads: int) -> None:
        """The leads that there are from the beginning."""
        self._adds(leads)

    def _adds(self, count: int) -> None:
        people = [self._somebody() for _ in range(count)]
        self._writes_down([(self._first_words(person), person, Lead()) for person in people])

    def _first_words(self, person: Person) -> Fields:
        contact = nameless() if self.random.random() < 0.02 else person.contact(self.random)
        names = [name for name in EDITED if self.random.random() < 0.4]
        return contact | {name: self._value(name) for name in names}

    def _writes_down(self, new: list[tuple[Fields, Person, Lead]]) -> list[Record]:
        ids = self.crm.insert([fields for fields, _, _ in new])
        made = [
            Record(lead_id, person, lead, self._seen(fields), self.now, self.now, nameless=fields["Last_Name"] == ".")
            for lead_id, (fields, person, lead) in zip(ids, new, strict=True)
        ]
        for record in made:
            self.hearing.is_new(record)
            self.records[record.id] = record
        return made

    def _changes(self, changes: list[tuple[Record, Fields]], **more: Any) -> bool:  # noqa: ANN401 - of a record
        for record, fields in changes:
            self.hearing.touches(record)
            record.fields = {**record.fields, **self._seen(fields)}
            for name, value in more.items():
                setattr(record, name, value)
            self._stamps(record)
        self.crm.update([{"id": record.id, **fields} for record, fields in changes])
        return True

    def _seen(self, fields: Fields) -> Fields:
        """What Zoho keeps of what is written, in an organisation that may lack fields."""
        return {name: kept(value) for name, value in fields.items() if name not in self.hearing.lacking}

    def _stamps(self, record: Record, *, quietly: bool = False) -> None:
        record.quiet = quietly
        record.unheard = True
        if not quietly:
            record.modified = self.now

    def _planted(self, record: Record) -> Fields:
        links = {"Converted_Date_Time": record.converted.isoformat(), "Converted__s": True} if record.converted else {}
        told = {name: value for name, value in record.fields.items() if value is not None}
        times = {"Created_Time": record.created.isoformat(), "Modified_Time": record.modified.isoformat()}
        return {**told, **links, **times, "id": record.id}

    def _somebody(self) -> Person:
        self._people += 1
        return Person(self._people)

    def _value(self, name: str) -> Any:  # noqa: ANN401 - of any field
        return self.random.choice(EDITED[name].values)[0]

    def _filled(self, record: Record) -> list[str]:
        return [name for name in EDITED if record.fields.get(name) is not None and name not in self.hearing.lacking]

    def _any(self, records: list[Record], favouring: int | None = None) -> Record | None:
        """Any of them; every other time one of the first."""
        chosen = records[:favouring] if favouring and self.random.random() < 0.5 else records
        return self.random.choice(chosen) if chosen else None

    def _there(self) -> list[Record]:
        return [record for record in self.records.values() if not record.gone]

    def _editable(self) -> list[Record]:
        """Zoho lets nobody change a lead that was converted."""
        return [record for record in self._there() if record.converted is None and record.twin is None]

    def _is_itself(self, record: Record) -> bool:
        return not record.foreign and not record.nameless

    def _is_known(self, record: Record) -> bool:
        """Whether a run surely heard what it says, and by which names it goes."""
        return not record.unheard
