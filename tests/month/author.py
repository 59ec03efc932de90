"""Who writes the month at Zoho: chance, which does what people do there."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.month.people import nameless
from tests.month.records import Record
from tests.month.words import EDITED, Fields, said
from tests.month.writer import Writer

CROWD = 250
"""Leads of a mass update: more than a page, and all in one second."""

BUSY = 20
"""Leads that are written again and again, so that values come, go and come back."""

RULED = (
    "Install_Coordinates",
    "Lead_Status",
    "Email_Opt_Out",
    "Quote_Amount",
    "Battery_Size",
    "With_Battery",
    "Lead_Source",
    "Google_Maps_URL",
    "Google_Maps_Link",
)
"""Fields whose column follows more than the last word."""

_COPIED = ("Street", "Quote_Amount", "System_Size", "Lead_Status", "Description", "Mobile")
"""What merging takes over from the lead that is given up."""


@dataclass
class Author(Writer):
    """Writes at Zoho, edit by edit.

    Attributes:
        may_be_quiet: whether Modified_Time may be left alone, because all leads are read afterwards.
    """

    may_be_quiet: bool = True
    _due: "set[Act]" = field(default_factory=lambda: set(_ACTS))

    def edits(self) -> None:
        """One edit of whatever kind chance has it."""
        chosen = self._chosen()
        while not chosen(self):
            chosen = self.random.choice(_ALWAYS)
        self._due.discard(chosen)
        self.tally["edits"] += 1

    def crowds(self) -> None:
        """A mass update: many leads in one second."""
        field_name = self.random.choice(list(EDITED))
        chosen = self.random.sample(self._editable(), CROWD)
        self._changes([(record, {field_name: self._value(field_name)}) for record in chosen])
        self.tally["edits"] += 1
        self.tally["mass updates"] += 1

    def inserts(self) -> bool:
        self._adds(self.random.choice((1, 1, 1, 2, 3)))
        return True

    def updates(self) -> bool:
        record = self._any(self._editable(), favouring=BUSY)
        names = self.random.sample(RULED if self.random.random() < 0.5 else list(EDITED), self.random.randint(1, 4))
        return record is not None and self._changes([(record, {name: self._value(name) for name in names})])

    def clears(self) -> bool:
        """Empties fields that say something."""
        record = self._any([each for each in self._editable() if self._filled(each)], favouring=BUSY)
        if record is None:
            return False
        filled = self._filled(record)
        names = self.random.sample(filled, min(len(filled), 3))
        return self._changes([(record, dict.fromkeys(names))])

    def says_the_same(self) -> bool:
        """Saves a lead as it is."""
        record = self._any([each for each in self._editable() if self._filled(each)])
        return record is not None and self._changes(
            [(record, {name: record.fields[name] for name in self._filled(record)})]
        )

    def contacts(self) -> bool:
        """Changes how somebody is called or reached."""
        record = self._any([each for each in self._editable() if self._is_itself(each)])
        if record is None:
            return False
        person, kind = record.person, self.random.choice(("name", "email", "phone", "mobile", "none"))
        changes: dict[str, Callable[[], Fields]] = {
            "name": lambda: person.name(self.random),
            "email": lambda: {"Email": person.address(self.random)},
            "phone": lambda: {"Phone": person.phone(self.random)},
            "mobile": lambda: {"Mobile": person.phone(self.random)},
            "none": lambda: {self.random.choice(("Email", "Phone", "Mobile")): None},
        }
        return self._changes([(record, changes[kind]())])

    def converts(self, *, quietly: bool = False) -> bool:
        record = self._any([each for each in self._editable() if self._is_itself(each)])
        if record is None or (quietly and (record.unheard or not self.may_be_quiet)):
            return False
        self.hearing.touches(record)
        self.crm.set(quiet_conversion=quietly)
        self.crm.convert(record.id)
        self.crm.set(quiet_conversion=False)
        record.converted = self.now
        self._stamps(record, quietly=quietly)
        self.tally["quiet conversions" if quietly else "conversions"] += 1
        return True

    def converts_quietly(self) -> bool:
        return self.converts(quietly=True)

    def deletes(self) -> bool:
        record = self._any([each for each in self._there() if each.twin is None])
        if record is None:
            return False
        self.hearing.touches(record)
        self.crm.delete(record.id)
        record.gone = "recycle"
        self.tally["deletions"] += 1
        return True

    def restores(self, *, quietly: bool = False) -> bool:
        """Takes a lead out of the recycle bin."""
        record = self._any([each for each in self.records.values() if each.gone == "recycle"])
        if record is None or (quietly and not self.may_be_quiet):
            return False
        self.hearing.touches(record)
        record.gone = None
        self._stamps(record, quietly=quietly)
        self.crm.plant(self._planted(record))
        self.tally["quiet restores" if quietly else "restores"] += 1
        return True

    def restores_quietly(self) -> bool:
        return self.restores(quietly=True)

    def doubles(self) -> bool:
        """Somebody is typed in once more."""
        record = self._any([each for each in self._editable() if self._is_itself(each) and self._is_known(each)])
        if record is None or not record.fields.get("Email"):
            return False
        contact = {name: record.fields.get(name) for name in ("First_Name", "Last_Name", "Email", "Phone")}
        (twin,) = self._writes_down([(contact, record.person, record.lead)])
        record.twin, twin.twin = twin, record
        self.tally["twins"] += 1
        return True

    def merges(self) -> bool:
        """Makes one lead of two, mostly of a person's two."""
        pair = self._pair()
        if pair is None:
            return False
        kept, given_up = pair
        changes = {name: given_up.fields[name] for name in _COPIED if given_up.fields.get(name) is not None}
        kept.twin = given_up.twin = None
        self._changes([(kept, changes)])
        self.hearing.touches(given_up)
        self.crm.bury(given_up.id)
        given_up.gone = "permanent"
        self.tally["merges"] += 1
        return True

    def overwrites(self) -> bool:
        """A record is written over with somebody else."""
        known = [each for each in self._editable() if self._is_itself(each) and self._is_known(each)]
        record = self._any([each for each in known if {"email", "phone"} <= _known_by(each)])
        if record is None:
            return False
        own = {name: record.fields.get(name) for name in ("First_Name", "Last_Name", "Email", "Phone", "Mobile")}
        self.tally["overwritten"] += 1
        stranger = self._somebody().contact(self.random)
        return self._changes([(record, {**stranger, "Mobile": None})], foreign=own)

    def puts_back(self) -> bool:
        record = self._any([each for each in self._editable() if each.foreign])
        return record is not None and self._changes([(record, record.foreign or {})], foreign=None)

    def unnames(self) -> bool:
        """Leaves nothing of a name but a dot."""
        record = self._any([each for each in self._editable() if self._is_itself(each)])
        if record is None:
            return False
        self.tally["nameless"] += 1
        return self._changes([(record, nameless())], nameless=True)

    def names(self) -> bool:
        record = self._any([each for each in self._editable() if each.nameless])
        return record is not None and self._changes([(record, record.person.name(self.random))], nameless=False)

    def is_refused(self) -> bool:
        """Tries to write what Zoho does not take."""
        record = self._any(self._editable())
        if record is None:
            return False
        assert self.crm.refused({"id": record.id, "Email": "no address", "Street": "Triq Ħażina"}) == "INVALID_DATA"
        self.tally["refused"] += 1
        return True

    def _chosen(self) -> "Act":
        """What is done next; every fourth time something that was never done."""
        due = [act for act in _ACTS if act in self._due]
        if due and self.random.random() < 0.25:
            return self.random.choice(due)
        return self.random.choices(list(_ACTS), list(_ACTS.values()))[0]

    def _pair(self) -> tuple[Record, Record] | None:
        twins = [each for each in self._there() if each.twin and not each.unheard and not each.twin.unheard]
        kept = self._any(twins)
        if kept and kept.twin:
            return kept, kept.twin
        alone = [each for each in self._editable() if self._is_itself(each)]
        kept, given_up = self.random.sample(alone, 2) if len(alone) > 1 else (None, None)
        return (kept, given_up) if kept and given_up else None


def _known_by(record: Record) -> set[str]:
    """The columns of which a record that is there says something."""
    content = record.content
    return set((content and said(content.fields)) or ())


_ALWAYS = (Author.inserts, Author.updates)
Act = Callable[[Author], bool]
_ACTS: dict[Act, int] = {
    Author.inserts: 14,
    Author.updates: 40,
    Author.clears: 8,
    Author.says_the_same: 3,
    Author.contacts: 9,
    Author.converts: 3,
    Author.converts_quietly: 1,
    Author.deletes: 5,
    Author.restores: 3,
    Author.restores_quietly: 1,
    Author.doubles: 3,
    Author.merges: 4,
    Author.overwrites: 2,
    Author.puts_back: 2,
    Author.unnames: 2,
    Author.names: 2,
    Author.is_refused: 1,
}
