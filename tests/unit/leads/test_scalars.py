import pytest

from leads import scalars
from leads.cleaning import Unclean, Unusable
from leads.sources import Source
from leads.values import Json

ZOHO, PORTAL = Source.ZOHO, Source.PORTAL


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (5, 5),
        (5.0, 5),
        (9.9, 9.9),
        ("9.90", 9.9),
        ("1,234.50", 1234.5),
        (" 7 ", 7),
        (-3, -3),
        (0, 0),
        (None, None),
        ("", None),
    ],
)
def test_numbers_are_read_from_numbers_and_texts(raw: Json, number: float | None) -> None:
    assert scalars.number(ZOHO, (raw,)) == number


@pytest.mark.parametrize(
    "raw", [True, "five", "1.2.3", "1,23", [], {}, float("nan"), float("inf"), 1e12, 10**400, "9" * 40]
)
def test_what_is_no_number_or_out_of_range_is_refused(raw: Json) -> None:
    with pytest.raises(Unclean):
        scalars.number(ZOHO, (raw,))


@pytest.mark.parametrize("raw", [2**31, -(2**31) - 1, 2.5, "2.5"])
def test_whole_numbers_fit_their_column(raw: Json) -> None:
    assert scalars.integer(ZOHO, (2**31 - 1,)) == 2**31 - 1
    with pytest.raises(Unclean):
        scalars.integer(ZOHO, (raw,))


@pytest.mark.parametrize(("raw", "flag"), [(True, True), ("true", True), (" FALSE ", False), ("", None), (None, None)])
def test_flags_are_read_from_booleans_and_their_words(raw: Json, flag: bool | None) -> None:  # noqa: FBT001
    assert scalars.flag(ZOHO, (raw,)) is flag


@pytest.mark.parametrize("raw", [1, 0, "yes", [], {}])
def test_nothing_else_is_a_flag(raw: Json) -> None:
    with pytest.raises(Unclean):
        scalars.flag(ZOHO, (raw,))


@pytest.mark.parametrize(
    "raw", ["2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00", "2026-03-01 09:00:00+00"]
)
def test_instants_are_told_in_utc(raw: str) -> None:
    assert scalars.instant(ZOHO, (raw,)) == "2026-03-01T09:00:00+00:00"


@pytest.mark.parametrize(
    "raw", ["yesterday", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", True, [], "infinity"]
)
def test_what_names_no_instant_is_refused(raw: Json) -> None:
    with pytest.raises(Unclean):
        scalars.instant(ZOHO, (raw,))


@pytest.mark.parametrize("raw", ["900719925474099312", 900719925474099312])
def test_a_zoho_id_beyond_two_to_the_53_stays_exact_as_text_and_as_number(raw: Json) -> None:
    assert scalars.zoho_id(ZOHO, (raw,)) == "900719925474099312"


@pytest.mark.parametrize(
    "raw", [None, "", "abc", "12a", -5, 1.5, 9.007199254740993e17, True, ["1"], {"id": 1}, "1" * 21, "١٢٣"]
)
def test_what_is_no_zoho_id_is_unusable(raw: Json) -> None:
    with pytest.raises(Unusable):
        scalars.zoho_id(ZOHO, (raw,))


def test_a_uuid_is_told_in_lower_case() -> None:
    assert scalars.uuid(PORTAL, (" AAAAAAAA-1111-4111-8111-111111111111 ",)) == "aaaaaaaa-1111-4111-8111-111111111111"


@pytest.mark.parametrize("raw", [None, "", "1", 7, True, [], {}, "g" * 32])
def test_what_is_no_uuid_is_unusable(raw: Json) -> None:
    with pytest.raises(Unusable):
        scalars.uuid(PORTAL, (raw,))


@pytest.mark.parametrize(
    "raw", ["javascript:alert(1)", "ftp://a.example/x", "https://", "https://a b.example", "http://[::1", "x"]
)
def test_only_web_addresses_are_links(raw: str) -> None:
    assert scalars.url(PORTAL, ("https://a.example/x?y=1",)) == "https://a.example/x?y=1"
    with pytest.raises(Unclean):
        scalars.url(PORTAL, (raw,))


def test_several_links_are_parted_by_commas() -> None:
    assert (
        scalars.url_list(PORTAL, (" https://a.example/1 , https://a.example/2,",))
        == "https://a.example/1,https://a.example/2"
    )


def test_a_lookup_speaks_by_its_name() -> None:
    assert scalars.lookup_name(ZOHO, ({"id": "9", "name": " Spring "},)) == "Spring"
    assert scalars.lookup_name(ZOHO, ("Spring",)) == "Spring"
    assert scalars.lookup_name(ZOHO, ({"id": "9"},)) is None


def test_text_keeps_its_lines_and_loses_its_control_characters() -> None:
    assert scalars.text(PORTAL, (" one\r\ntwo\x00\x07 \ud800",)) in ("one\ntwo ?", "one \ntwo ?")


@pytest.mark.parametrize("raw", [True, [], {"a": 1}])
def test_what_is_no_text_is_refused(raw: Json) -> None:
    with pytest.raises(Unclean):
        scalars.text(PORTAL, (raw,))


def test_a_bad_address_in_a_list_costs_itself_only() -> None:
    assert scalars.url_list(Source.PORTAL, ("https://a.example/1, not one,https://a.example/2",)) == (
        "https://a.example/1,https://a.example/2"
    )
