import pytest

from leads.cleaning import Unclean
from leads.lifecycle import advances, grant_type, origin, status, with_battery
from leads.sources import Source
from leads.values import Json

ZOHO, PORTAL = Source.ZOHO, Source.PORTAL


@pytest.mark.parametrize(
    ("word", "counterpart"),
    [
        ("New", "new"),
        ("Not Contacted", "new"),
        ("Attempted to Contact", "new"),
        ("Contacted", "contacted"),
        ("Contact in Future", "contacted"),
        ("Qualified", "qualified"),
        ("Pre-Qualified", "qualified"),
        ("Hot - Qualified", "qualified"),
        ("Proposal Sent", "qualified"),
        ("Negotiation", "qualified"),
        ("Won", "converted"),
        ("Lost", "lost"),
        ("Lost Lead", "lost"),
        ("Junk Lead", "lost"),
        ("Not Qualified", "lost"),
        (" hot - qualified ", "qualified"),
    ],
)
def test_each_status_of_zoho_has_its_counterpart(word: str, counterpart: str) -> None:
    assert status(ZOHO, (False, word)) == counterpart


@pytest.mark.parametrize("word", [None, "Junk Lead", "Dreaming", True])
def test_what_zoho_converted_is_converted_whatever_its_status_says(word: Json) -> None:
    assert status(ZOHO, (True, word)) == "converted"


@pytest.mark.parametrize(
    ("word", "counterpart"),
    [
        ("new", "new"),
        ("contacted", "contacted"),
        ("qualified", "qualified"),
        ("quoted", "qualified"),
        ("signed", "converted"),
        ("installed", "converted"),
        ("lost", None),
    ],
)
def test_each_status_of_the_portal_has_its_counterpart_and_lost_says_nothing(
    word: str, counterpart: str | None
) -> None:
    assert status(PORTAL, (word,)) == counterpart


@pytest.mark.parametrize("word", [None, "", "  ", "-None-"])
def test_no_status_is_silence(word: str | None) -> None:
    assert status(ZOHO, (False, word)) is None


@pytest.mark.parametrize("word", ["Dreaming", ["New"], {}, True, 3])
def test_an_unknown_status_is_refused(word: Json) -> None:
    with pytest.raises(Unclean):
        status(ZOHO, (False, word))


@pytest.mark.parametrize(
    ("now", "then", "may"),
    [
        ("new", "contacted", True),
        ("contacted", "qualified", True),
        ("qualified", "converted", True),
        ("qualified", "contacted", False),
        ("converted", "new", False),
        ("qualified", "lost", True),
        ("converted", "lost", False),
        ("lost", "qualified", True),
        ("lost", "new", False),
        ("lost", "lost", False),
        ("qualified", "qualified", False),
        ("site_visit", "converted", False),
        ("site_visit", "lost", False),
    ],
)
def test_a_status_only_advances_and_one_of_the_staffs_own_stays(now: str, then: str, may: Json) -> None:
    assert advances(now, then) is may


@pytest.mark.parametrize(
    ("raw", "first"),
    [
        (("Facebook", "sales-portal"), "Facebook"),
        (("Sales Portal", "facebook"), "facebook"),
        (("Sales Portal", None), "sales-portal"),
        (("Sales Portal", "zoho_crm"), "sales-portal"),
        (("-None-", "wizard-v2"), "wizard-v2"),
        ((None, None), None),
    ],
)
def test_zohos_origin_is_the_finest_word_that_is_not_the_portals_own_mark(
    raw: tuple[Json, ...], first: str | None
) -> None:
    assert origin(ZOHO, raw) == first


@pytest.mark.parametrize(("word", "first"), [("zoho_crm", None), ("wizard-v2", "wizard-v2"), ("", None), (None, None)])
def test_the_portals_zoho_crm_is_no_origin(word: str | None, first: str | None) -> None:
    assert origin(PORTAL, (word,)) == first


@pytest.mark.parametrize(
    ("raw", "battery"),
    [
        ((True, None), True),
        ((False, 10), True),
        ((None, 5.5), True),
        ((False, 0), None),
        ((False, None), None),
        ((None, True), None),
    ],
)
def test_a_battery_is_there_when_said_or_sized_and_false_says_nothing(raw: tuple[Json, ...], battery: Json) -> None:
    assert with_battery(PORTAL, raw) is battery


@pytest.mark.parametrize("grant", ["none", "pv_only", "pv_battery", "battery_only", "battery_retrofit"])
def test_the_grants_are_known(grant: str) -> None:
    assert grant_type(PORTAL, (grant.upper(),)) == grant


def test_an_unknown_grant_is_refused() -> None:
    with pytest.raises(Unclean):
        grant_type(PORTAL, ("solar_grant",))


def test_zoho_crm_is_no_origin_in_zohos_copy_of_the_portals_word_either() -> None:
    assert origin(ZOHO, (None, "zoho_crm")) is None
