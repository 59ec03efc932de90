"""What sources say of people: each value with its spellings and with what is to stand in the backoffice.

The canonical values are written down by hand, so that a cleaner that goes wrong does not go wrong here as well.
"""

from dataclasses import dataclass
from typing import Any

from leads.sources import Source

Json = Any


@dataclass(frozen=True)
class Value:
    """A value as the backoffice is to hold it (None: nothing), and the ways in which a source may send it."""

    canonical: Json
    spellings: tuple[Json, ...]


@dataclass(frozen=True)
class Word:
    """A column that sources speak of."""

    column: str
    zoho: str | None
    portal: str | None
    values: tuple[Value, ...]
    rule: str = "ranked"
    """`ranked`, `first`, `measured`, `sticky`, `forward`: who may write it (docs/fields.md)."""
    quoted: bool = False

    def name(self, source: Source) -> str | None:
        return self.zoho if source is Source.ZOHO else self.portal


def _value(canonical: Json, *spellings: Json) -> Value:
    return Value(canonical, spellings or (canonical,))


_NOTHING = _value(None, None, "", "   ")
_NO_NUMBER = _value(None, None, 0, "")

NO, YES = (False,), True

WORDS = (
    Word(
        "address",
        "Street",
        "address",
        (
            _NOTHING,
            _value("Triq il-Kbira 4", "Triq il-Kbira 4", "  Triq il-Kbira 4 ", "Triq il-Kbira\x00 4"),
            _value("Triq Ġdida", "Triq Ġdida", "Triq G\u0307dida"),
            _value("12 Sqaq Ħ\nXagħra"),
        ),
    ),
    Word("locality", "City", "locality", (_NOTHING, _value("Sliema"), _value("Għarb", "Għarb", " Għarb"))),
    Word(
        "system_size_kw",
        "System_Size",
        "system_size_kw",
        (_NO_NUMBER, _value(3), _value(5.5, 5.5, "5.5"), _value(10)),
        quoted=True,
    ),
    Word(
        "total_price",
        "Quote_Amount",
        "total_price",
        (_NO_NUMBER, _value(None, "on request"), _value(4999.5, 4999.5, "4,999.50"), _value(8000), _value(12000)),
        quoted=True,
    ),
    Word(
        "panel_brand", "Panel_Brand", "panel_brand", (_NOTHING, _value("Solax"), _value("Jinko", "Jinko")), quoted=True
    ),
    Word("inverter_model", "Inverter_Model", "inverter_model", (_NOTHING, _value("X1"), _value("X3")), quoted=True),
    Word("monthly_bill", "Monthly_Bill", "monthly_bill", (_NO_NUMBER, _value(75), _value(120.25), _value(300))),
    Word("household_size", "Household_Size", "household_size", (_NO_NUMBER, _value(2), _value(5, 5, "5"))),
    Word("payment_method", "Payment_Method", "payment_method", (_NOTHING, _value("cash"), _value("loan"))),
    Word(
        "status",
        "Lead_Status",
        "status",
        (_value(None, None, ""), _value("new", "new"), _value("contacted"), _value("qualified"), _value("lost")),
        rule="forward",
    ),
    Word(
        "email_opted_out", "Email_Opt_Out", "email_opted_out", (_value(None, None, *NO), Value(YES, (YES,))), "sticky"
    ),
    Word("notes", "Description", "notes", (_NOTHING, _value("calls back"), _value("wants a battery")), "first"),
    Word("source", "Lead_Source", "source", (_NOTHING, _value("Facebook"), _value("Trade Show")), "first"),
    Word("meter_number", None, "meter_number", (_NOTHING, _value("M-1001"), _value("M-2002")), "measured"),
)
BY_COLUMN = {word.column: word for word in WORDS}

FORBIDDEN = "no such street"
"""An address that the simulated backoffice's table refuses."""


@dataclass(frozen=True)
class Person:
    """Somebody: what they are called and reached by, in any spelling.

    Attributes:
        number: which of the people.
        names: spellings, the canonical one first; a Zoho name is split at its last blank.
        emails: spellings, the canonical one first; empty for somebody without one.
        phones: spellings, the canonical one first.
    """

    number: int
    names: tuple[str, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]

    @property
    def known_by(self) -> tuple[str, ...]:
        """The address, the last digits of the telephone, and the surname."""
        return (*self.emails[:1], self.phones[0].removeprefix("+356"), self.names[0].split()[-1])


def _person(number: int, name: str, *more: str, email: str | None = "", phone: str = "") -> Person:
    address = f"person{number}.canary@mail.example" if email == "" else email
    local = f"2155{number:02}7{number}"
    emails = (address, address.upper(), f"  {address} ") if address else ()
    reached = phone or f"+356{local}"
    tail = reached.removeprefix("+356")
    return Person(
        number, (name, *more), emails, (reached, tail, f"00356 {tail}", f" 356{tail}", f"+356 {tail[:4]} {tail[4:]}")
    )


PEOPLE = (
    _person(0, "Ġużeppi Ħilicanary", "Ġużeppi  Ħilicanary", "ĠUŻEPPI ĦILICANARY"),
    _person(1, "Maria Borgcanary", " Maria Borgcanary"),
    _person(2, "Ċensa Farrugiacanary", "C\u0307ensa Farrugiacanary"),
    _person(3, "Paul Vellacanary", email=None),
    _person(4, "Anna Maria Zammitcanary"),
    _person(5, "Karmenu Micallefcanary", "K. Micallefcanary"),
    # Joseph shares Maria's surname, Rita her husband Karmenu's address, Salvu his neighbour's telephone.
    _person(6, "Joseph Borgcanary"),
    _person(7, "Rita Grechcanary", email="person5.canary@mail.example"),
    _person(8, "Salvu Saidcanary", phone="+35621550474"),
)
STRANGERS = 6
"""The first of the people share nothing with each other."""

CANARIES = tuple(sorted({text for person in PEOPLE for text in person.known_by}))
