"""People who do not exist: what each is called and reached by, in any spelling."""

from dataclasses import dataclass, field
from random import Random

from tests.month.words import Fields

_GIVEN = ("Maria", "Ġużeppi", "Anna", "Paul", "Ċensa", "Karmenu", "Rita", "Joseph")
_SURNAMES = ("Borg", "Ħili", "Zammit", "Vella", "Farrugia", "Micallef", "Grech", "Saïd")
CANARIES = ("mail.example", "+35679", "canary")
"""What the names, numbers and addresses of all these people have in common, and no other text."""


@dataclass
class Person:
    """Somebody. No two people share a surname, an address or a number.

    Attributes:
        number: which of the people, from 0.
    """

    number: int
    _addresses: int = field(default=0)
    _numbers: int = field(default=0)

    def contact(self, random: Random) -> Fields:
        """Name, address and number, as somebody types them for the first time."""
        return {**self.name(random), "Email": self.address(random), "Phone": self.phone(random)}

    def name(self, random: Random) -> Fields:
        """One of the spellings of the name, all of which can be one person's."""
        given, surname = _GIVEN[self.number % len(_GIVEN)], f"{_SURNAMES[self.number // 8 % 8]}canary{self.number}"
        spellings = ((given, surname), (f"{given} Assunta", surname), (f" {given} ", surname), (None, surname))
        first, last = random.choices(spellings, (6, 2, 1, 1))[0]
        return {"First_Name": first, "Last_Name": last}

    def address(self, random: Random) -> str:
        """An address that nobody had before."""
        self._addresses += 1
        address = f"person{self.number}.{self._addresses}@mail.example"
        return address if random.random() < 0.8 else address.upper()

    def phone(self, random: Random) -> str:
        """A number that nobody had before, in one of its spellings."""
        self._numbers += 1
        local = f"79{self.number * 10 + self._numbers % 10:06}"
        return random.choice((f"+356{local}", local, f"00356 {local}", f"+356 {local[:4]} {local[4:]}"))


def nameless() -> Fields:
    """What stands in a lead that nobody can be made of: Zoho asks for a last name, and takes a dot."""
    return {"First_Name": None, "Last_Name": "."}
