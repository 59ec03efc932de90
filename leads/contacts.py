"""Cleaners and keys of contact data: names, e-mail addresses, phone numbers."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from leads.cleaning import Unclean, Unusable, first_said, plain
from leads.sources import Source
from leads.values import Json

HOME = "MT"
"""Region of a phone number that names none."""

PHONE_TAIL = 8
"""Digits by which the database looks a phone up; Python then compares whole numbers."""

_CACHE = 100_000
_FOLDED = str.maketrans({"ħ": "h", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_TITLES = {"mr", "mrs", "ms", "miss", "dr", "prof", "perit", "jr", "sr"}
_PARTICLES = {"de", "di", "da", "del", "della", "van", "von", "der", "den", "la", "le", "el", "al", "bin"}
_NOBODY = frozenset(
    [
        "noreply",
        "no-reply",
        "donotreply",
        "do-not-reply",
        "none",
        "null",
        "unknown",
        "na",
        "n.a",
        "no",
        "nobody",
        "noemail",
        "no-email",
        "nomail",
        "notprovided",
        "placeholder",
    ]
)
"""Local parts of addresses that belong to nobody."""

_LONGEST_NAME = 255
_FEWEST_DIGITS = 5


def name(_source: Source, raw: tuple[Json, ...]) -> str:
    """The person's name in one line, single blanks.

    Raises:
        Unusable: there is no letter in it, or it is longer than any name.
    """
    try:
        joined = " ".join(" ".join(filter(None, map(plain, raw))).split())
    except Unclean as fault:
        raise Unusable(str(fault)) from None
    if not any(character.isalpha() for character in joined):
        msg = "is missing" if not joined else "has no letter"
        raise Unusable(msg)
    if len(joined) > _LONGEST_NAME:
        msg = "is longer than any name"
        raise Unusable(msg)
    return joined


@lru_cache(_CACHE)
def _folded(text: str) -> tuple[str, ...]:
    """A name's tokens without accents, case, apostrophes and titles: Ġużè → guze."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = re.split(r"[\W_]+", re.sub(r"['’`]", "", bare.translate(_FOLDED)))
    return tuple(word for word in words if word and word not in _TITLES)


def is_full_name(text: str) -> bool:
    """Whether the name has a given name and a surname, so that it can agree or disagree with another."""
    return len(_folded(text)) > 1


def names_agree(one: str, other: str) -> bool:
    """Whether two names can be one person's: first given names equal or initials, and a surname in common.

    One of them may have the surname first. A word that is last in neither is a second given name and does not count:
    `Maria Carmen Borg` is not `Maria Carmen Vella`. A name of one word agrees with nothing.
    """
    straight, turned = _reading(one), _reading(one, turned=True)
    others, others_turned = _reading(other), _reading(other, turned=True)
    return any(map(_meet, (straight, straight, turned), (others, others_turned, others)))


def names_differ(one: str, other: str) -> bool:
    """Whether two names cannot be one person's: they do not agree, and no half name stands in the other."""
    full = is_full_name(one) and is_full_name(other)
    return not names_agree(one, other) and (full or not set(_folded(one)) & set(_folded(other)))


def says_less(one: str, other: str) -> bool:
    """Whether a name is another one with words left out: `Borg` and `Maria Borg`."""
    return set(_folded(one)) < set(_folded(other))


_Reading: TypeAlias = tuple[str, tuple[str, ...]]


def _reading(text: str, *, turned: bool = False) -> _Reading:
    """Given name and surnames; turned, the surname came first. A half name has neither."""
    tokens = _folded(text)[:: -1 if turned else 1]
    return (tokens[0], tokens[1:]) if len(tokens) > 1 else ("", ())


def _meet(one: _Reading, other: _Reading) -> bool:
    return _given_agree(one[0], other[0]) and _share(one[1], other[1])


def _given_agree(one: str, other: str) -> bool:
    return one == other or (1 in (len(one), len(other)) and one[:1] == other[:1])


def _share(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    surnames = {*one[-1:], *other[-1:]} & set(one) & set(other)
    return any(len(word) > 1 and word not in _PARTICLES for word in surnames)


@lru_cache(_CACHE)
def _address(text: str) -> str | None:
    try:
        read = validate_email(text, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError:
        return None
    return read.normalized.lower() if "." in read.domain else None


def _email(value: Json) -> str | None:
    typed = plain(value)
    if typed is None:
        return None
    address = _address(typed)
    if address is None:
        msg = "is no e-mail address"
        raise Unclean(msg)
    return address


def email_key(value: Json) -> str | None:
    """The address as a key: trimmed, in lower case; None when it is no address or a placeholder's."""
    address = _address(value.strip()) if isinstance(value, str) else None
    return None if address is None or address.split("@")[0] in _NOBODY else address


@lru_cache(_CACHE)
def phone_key(text: str) -> str | None:
    """The number in E.164 if it is a possible one, else None.

    A leading blank is a plus that a form lost; digits too long for Malta are tried as an international number.
    """
    digits = re.sub(r"\D", "", text)
    lost_plus = text[:1] == " " and not digits.startswith("00")
    spellings = [f"+{digits}", text] if lost_plus and len(digits) > 8 else [text, f"+{digits}"]  # noqa: PLR2004 -- a Maltese number's digits
    return next(filter(None, map(_possible, spellings)), None)


def _possible(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _phone(value: Json) -> str | None:
    typed = plain(value)
    if typed is None or not isinstance(value, str | int):
        return None
    number = phone_key(str(value))
    if number is None and sum(character.isdigit() for character in typed) < _FEWEST_DIGITS:
        msg = "is no phone number"
        raise Unclean(msg)
    return number or typed


def _typed(value: Json) -> str:
    """A number as typed, its leading blank kept; form software may send it as a JSON number."""
    said = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if said and str(value).strip() else ""


def phone_keys(values: Iterable[Json]) -> frozenset[str]:
    """The possible numbers among the values, in E.164."""
    return frozenset(filter(None, (phone_key(value) for value in map(_typed, values) if value)))


def person_keys(name: str, phones: Iterable[str]) -> frozenset[str]:
    """What tells a person without an address: each phone's last 8 digits with the folded name, `99001234|borg maria`.

    The name's words stand in the alphabet's order, because sources disagree on it. None without a word or a digit.
    """
    words = " ".join(sorted(_folded(name)))
    tails = {re.sub(r"\D", "", phone)[-PHONE_TAIL:] for phone in phones}
    return frozenset(f"{tail}|{words}" for tail in tails if tail and words)


email = first_said(_email)
phone = first_said(_phone)
