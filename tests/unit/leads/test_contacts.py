import unicodedata

import pytest

from leads.cleaning import Unclean, Unusable
from leads.contacts import (
    email,
    email_key,
    name,
    names_agree,
    person_keys,
    phone,
    phone_key,
    phone_keys,
    says_less,
)
from leads.sources import Source

ZOHO, PORTAL = Source.ZOHO, Source.PORTAL


def test_zohos_two_names_are_joined_with_single_blanks() -> None:
    assert name(ZOHO, (" Ġużè  Marija ", "Ħili\n")) == "Ġużè Marija Ħili"


@pytest.mark.parametrize("raw", [(None, "Borg"), ("", "Borg"), ("Borg",), ("  ", "Borg")])
def test_one_name_is_enough(raw: tuple[str | None, ...]) -> None:
    assert name(ZOHO, raw) == "Borg"


def test_a_decomposed_name_is_composed() -> None:
    assert name(PORTAL, (unicodedata.normalize("NFD", "Ġorġ Żammit"),)) == "Ġorġ Żammit"


@pytest.mark.parametrize("blank", ["  ", "\u00a0", "\u2003"])
def test_any_blank_between_two_names_parts_them(blank: str) -> None:
    assert name(PORTAL, (f"Maria{blank}Borg",)) == "Maria Borg"


def test_control_characters_and_lone_surrogates_do_not_pass_in_a_name() -> None:
    assert name(PORTAL, ("Mar\x00ia\x07 Bo\x1brg\ud800",)) == "Maria Borg?"


@pytest.mark.parametrize(
    "raw", [None, "", "  ", "-", "12345", "?!", "\x00", True, ["Borg"], {"name": "Borg"}, "x" * 256]
)
def test_what_is_no_name_makes_the_record_unusable(raw: object) -> None:
    with pytest.raises(Unusable):
        name(PORTAL, (raw,))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ġużè Ħaż-Żebbuġ", "GUZE HAZ ZEBBUG"),
        ("Ċensa Ħili", unicodedata.normalize("NFD", "Ċensa Ħili")),
        ("Joseph Borg", "J. Borg"),
        ("J Borg", "joseph borg"),
        ("Joseph Borg", "Borg Joseph"),
        ("Maria Zammit Tabona", "Maria Tabona"),
        ("Maria Zammit Tabona", "Maria Zammit"),
        ("Maria Carmen Zammit", "Maria Carmen Zammit Tabona"),
        ("Maria Vella-Grech", "Maria Grech"),
        ("Joseph de Marco", "Marco Joseph de"),
        ("Dr. Maria Borg", "Maria Borg"),
        ("Joe D'Amato", "Joe D’amato"),
        ("Borg Anna", "Anna Vella Borg"),
        ("Maria Anna Borg", "Maria Borg"),
    ],
)
def test_names_of_one_person_agree(one: str, other: str) -> None:
    assert names_agree(one, other)
    assert names_agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Maria Borg", "Joseph Borg"),
        ("Maria Borg", "Martin Borg"),
        ("Maria Borg", "Maria Vella"),
        ("Ġużeppi Assunta Borg", "Guzeppi Assunta Vella"),
        ("Maria Carmen Borg", "Vella Carmen Maria"),
        ("Maria Borg", "K. Borg"),
        ("Maria", "Maria"),
        ("Borg", "Maria Borg"),
        ("", "Maria Borg"),
        ("M B", "M B"),
        ("Mr Borg", "Mrs Borg"),
    ],
)
def test_names_that_can_be_two_peoples_do_not_agree(one: str, other: str) -> None:
    assert not names_agree(one, other)
    assert not names_agree(other, one)


@pytest.mark.parametrize(
    "typed",
    [
        "79001234",
        "7900 1234",
        "7900-1234",
        "35679001234",
        "+35679001234",
        "+356 7900 1234",
        "0035679001234",
        "00356 7900 1234",
        " 35679001234",
        " 356 7900 1234",
        "(+356) 79001234",
    ],
)
def test_every_spelling_of_a_maltese_number_is_one_key(typed: str) -> None:
    assert phone_key(typed) == "+35679001234"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("2155 1234", "+35621551234"),
        ("+44 7700 900123", "+447700900123"),
        ("0044 7700 900123", "+447700900123"),
        (" 447700900123", "+447700900123"),
        ("+39 06 1234 5678", "+390612345678"),
        ("00000000", "+35600000000"),
    ],
)
def test_landlines_foreign_and_merely_possible_numbers_are_keys(typed: str, key: str) -> None:
    assert phone_key(typed) == key


@pytest.mark.parametrize("typed", ["", " ", "none", "123", "call me after 5", "+", "9" * 40])
def test_what_is_no_number_is_no_key(typed: str) -> None:
    assert phone_key(typed) is None


def test_wrong_types_and_silences_are_no_phone_keys() -> None:
    assert phone_keys([None, "", "  ", True, [], {}, "n/a"]) == frozenset()


def test_zohos_mobile_counts_where_its_phone_says_nothing() -> None:
    assert phone(ZOHO, ("", "7900 1234")) == "+35679001234"


def test_a_number_that_cannot_be_read_stays_as_typed() -> None:
    assert phone(PORTAL, (" +35679001234 / 21551234 ",)) == "+35679001234 / 21551234"


def test_text_without_a_number_is_not_taken_for_a_phone() -> None:
    with pytest.raises(Unclean):
        phone(PORTAL, ("call me",))


@pytest.mark.parametrize(
    "typed", ["Maria@Mail.Example", "  maria@mail.example\n", "MARIA@MAIL.EXAMPLE", "maria@mail.example\x00"]
)
def test_an_address_is_taken_trimmed_and_in_lower_case(typed: str) -> None:
    assert email(PORTAL, (typed,)) == "maria@mail.example"


@pytest.mark.parametrize(
    "typed", ["maria", "maria@", "@mail.example", "maria mail@mail.example", "a@b", "a@@mail.example"]
)
def test_what_is_no_address_is_not_taken(typed: str) -> None:
    with pytest.raises(Unclean):
        email(PORTAL, (typed,))
    assert email_key(typed) is None


@pytest.mark.parametrize("typed", ["noreply@mail.example", "No-Reply@mail.example", "unknown@mail.example"])
def test_a_placeholders_address_is_kept_but_is_no_key(typed: str) -> None:
    assert email(PORTAL, (typed,)) == typed.lower()
    assert email_key(typed) is None


@pytest.mark.parametrize("domain", ["mail.example", "example.com", "mail.test"])
def test_addresses_of_reserved_domains_are_keys(domain: str) -> None:
    assert email_key(f"maria@{domain}") == f"maria@{domain}"


@pytest.mark.parametrize("raw", [None, "", "   "])
def test_no_address_is_silence(raw: str | None) -> None:
    assert email(PORTAL, (raw,)) is None
    assert email_key(raw) is None


def test_zohos_mobile_counts_where_its_phone_is_no_number() -> None:
    assert phone(ZOHO, ("n/a", "7900 1234")) == "+35679001234"


@pytest.mark.parametrize("blank", ["\t", "\n", "\r\n", "\x0b"])
def test_even_a_control_blank_between_two_names_parts_them(blank: str) -> None:
    assert name(PORTAL, (f"Maria{blank}Borg",)) == "Maria Borg"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Maria Paula Borg", "Anna Paula Borg"),
        ("John Paul Borg", "Paul Borg"),
        ("Joseph de Marco", "Joseph de Giorgio"),
    ],
)
def test_a_second_name_or_a_particle_in_common_makes_no_two_people_one(one: str, other: str) -> None:
    assert not names_agree(one, other)


def test_a_name_with_words_left_out_says_less() -> None:
    assert says_less("Borg", "Maria Borg")
    assert not says_less("Maria Borg", "Borg Maria")


def test_a_number_that_came_as_a_json_number_is_a_key() -> None:
    assert phone_keys([79001234]) == {"+35679001234"}


@pytest.mark.parametrize(
    "spelled", ["Ġużè Ħili", "HILI GUZE", "Dr. Guze Ħili", unicodedata.normalize("NFD", "Ġużè Ħili")]
)
def test_a_person_is_known_by_phone_and_name_in_any_order_case_and_accent(spelled: str) -> None:
    assert person_keys(spelled, ["+35699001234"]) == {"99001234|guze hili"}


def test_each_phone_of_a_person_is_a_key() -> None:
    assert person_keys("Maria Borg", ["+35699001234", "+393331234567"]) == {
        "99001234|borg maria",
        "31234567|borg maria",
    }


@pytest.mark.parametrize(("said", "phones"), [("Maria Borg", []), ("Maria Borg", ["+"]), ("", ["+35699001234"])])
def test_half_a_persons_key_is_none(said: str, phones: list[str]) -> None:
    assert person_keys(said, phones) == frozenset()
