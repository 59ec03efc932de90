"""Invented people: common names, addresses under `.example`, numbers that nobody can have."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count


def _words(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(separator))


GIVEN = _words(
    "Marija Ġużeppi Karmnu Konċetta Ġorġ Rita Pawlu Ċensu Doris Twanny Ġanna Mario Żeża Charles Graziella Ċikku Josette"
    " Noel Ġużè Antonella Wistin Marlene Ħanna Clint Daniela Żaren Silvio Ġwanna Kevin Lorenza Rożarju Maria Carmen"
    " Salvu Tereża Marthese Xmun Claire Ġiljan Emanuel"
)
SURNAMES = _words(
    "Borg,Camilleri,Vella,Farrugia,Żammit,Galea,Micallef,Grech,Attard,Spiteri,Azzopardi,Mifsud,Caruana,Buttigieg,"
    "Debono,Ċassar,Gatt,Saliba,Buġeja,Abela,Żahra,Xuereb,Buħaġiar,Portelli,Zammit Tabona,Sultana,de Marco,Ħili,"
    "Borg Olivier,Mizzi,Ġauċi,Rapa,Żerafa,Tabone,Sciberras,Cutajar",
    ",",
)
ABROAD = (
    ("+444", 9, "Oliver Hughes,Siân Llewellyn,Amelia O'Neill"),
    ("+397", 9, "Giulia Esposito,Niccolò D'Angelo,Chiara De Luca"),
    ("+4910", 8, "Jürgen Groß,Anke von der Heide,Sören Müller"),
    ("+330", 8, "Zoé Lefèvre,Benoît Girard,Anaïs Dubois"),
    ("+480", 8, "Łukasz Wójcik,Małgorzata Śliwińska,Paweł Kowalczyk"),
    ("+3814", 7, "Đorđe Jovanović,Milica Stanković,Nikola Ilić"),
)
"""Beginning of the number, digits that follow, names; regions of the foreign owners."""

HOMES = (
    ("Sliema", 35.912, 14.504),
    ("Birkirkara", 35.897, 14.463),
    ("Ħaż-Żebbuġ", 35.872, 14.443),
    ("Mosta", 35.909, 14.426),
    ("Rabat", 35.882, 14.398),
    ("Marsaskala", 35.862, 14.567),
    ("Mellieħa", 35.956, 14.362),
    ("Għarb", 36.060, 14.209),
    ("Victoria", 36.044, 14.239),
    ("Xagħra", 36.050, 14.267),
    ("Nadur", 36.038, 14.294),
)
DOMAINS = ("mail.example", "inbox.example", "casa.example", "post.example")
MALTA = "+3564"
"""Eight digits that begin with 4 are possible in Malta, and given to nobody."""

_LETTERS = str.maketrans("ħłđß", "hlds")
_SPREAD = 104_729  # a prime that is coprime with every power of ten: numbers do not repeat
_EVERY_ABROAD = 7
_EVERY_DECOMPOSED = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody who wants a solar system."""

    number: int
    given: str
    surname: str
    email: str
    phone: str
    """E.164."""
    locality: str
    pin: tuple[float, float]
    """Latitude and longitude of the roof, degrees."""

    @property
    def name(self) -> str:
        """Given name and surname."""
        return f"{self.given} {self.surname}"

    def but(self, **changes: str) -> "Person":
        """The same person with other words for some of it."""
        return replace(self, **changes)  # type: ignore[arg-type]  # only texts are ever changed


class People:
    """Gives out one new person after the other, always the same ones."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def named(self, given: str, surname: str) -> Person:
        """A new person of that name, at home in Malta."""
        return _person(next(self._numbers), given, surname)

    def anybody(self) -> Iterator[Person]:
        """New people without end; some from abroad, some with their names in decomposed letters."""
        while True:
            number = next(self._numbers)
            if number % _EVERY_ABROAD == 0:
                yield _foreigner(number)
                continue
            person = _person(number, GIVEN[number * 7 % len(GIVEN)], SURNAMES[number * 11 % len(SURNAMES)])
            yield _decomposed(person) if number % _EVERY_DECOMPOSED == 0 else person


def _person(number: int, given: str, surname: str, phone: str | None = None) -> Person:
    locality, lat, lng = HOMES[number % len(HOMES)]
    domain = DOMAINS[number % len(DOMAINS)]
    return Person(
        number=number,
        given=given,
        surname=surname,
        email=f"{_plain(given)}.{_plain(surname)}{number}@{domain}",
        phone=phone or MALTA + _digits(number, 7),
        locality=locality,
        pin=(round(lat + number % 10 / 2000, 4), round(lng - number % 13 / 2000, 4)),
    )


def _foreigner(number: int) -> Person:
    start, digits, names = ABROAD[number // _EVERY_ABROAD % len(ABROAD)]
    chosen = names.split(",")
    given, surname = chosen[number // (_EVERY_ABROAD * len(ABROAD)) % len(chosen)].split(" ", 1)
    return _person(number, given, surname, start + _digits(number, digits))


def _decomposed(person: Person) -> Person:
    return person.but(
        given=unicodedata.normalize("NFD", person.given), surname=unicodedata.normalize("NFD", person.surname)
    )


def _digits(number: int, wanted: int) -> str:
    return f"{number * _SPREAD % 10**wanted:0{wanted}d}"


def _plain(name: str) -> str:
    """The letters a to z of a name, as people put them into addresses."""
    spelled = name.lower().translate(_LETTERS)
    return "".join(c for c in unicodedata.normalize("NFKD", spelled) if c.isascii() and c.isalpha())
