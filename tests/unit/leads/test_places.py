import pytest

from leads import places
from leads.cleaning import Unclean
from leads.sources import Source
from leads.values import Json

ZOHO, PORTAL = Source.ZOHO, Source.PORTAL
GOZO, MALTA = {"lat": 36.05, "lng": 14.25}, {"lat": 35.9, "lng": 14.45}


@pytest.mark.parametrize("raw", [GOZO, "36.05,14.25", " 36.05 , 14.25 ", {"lat": 36.05, "lng": 14.25, "zoom": 3}])
def test_a_pin_is_read_from_zohos_text_and_the_portals_object(raw: Json) -> None:
    assert places.coordinates(PORTAL, (raw,)) == GOZO
    assert places.latitude(PORTAL, (raw,)) == 36.05
    assert places.longitude(PORTAL, (raw,)) == 14.25


@pytest.mark.parametrize("raw", [None, "", {}])
def test_no_pin_is_silence(raw: Json) -> None:
    assert places.coordinates(PORTAL, (raw,)) is None


@pytest.mark.parametrize(
    "raw",
    [
        "here",
        "36.05",
        [36.05, 14.25],
        {"lat": "36.05", "lng": "14.25"},
        {"lat": 36.05},
        {"lat": 10**400, "lng": 14.25},
        {"lat": float("nan"), "lng": 14.25},
        True,
    ],
)
def test_what_is_no_pin_is_refused(raw: Json) -> None:
    with pytest.raises(Unclean):
        places.coordinates(PORTAL, (raw,))


@pytest.mark.parametrize("raw", ["0,0", "35.69,14.4", "36.21,14.4", "35.9,14.09", "35.9,14.71", "14.45,35.9"])
def test_a_pin_outside_malta_is_refused(raw: Json) -> None:
    with pytest.raises(Unclean, match="outside Malta"):
        places.coordinates(ZOHO, (raw,))


@pytest.mark.parametrize(
    ("raw", "gozo"),
    [
        ((GOZO, False), True),
        ((GOZO, None), True),
        ((MALTA, True), False),
        (("36.0,14.3",), True),
        (("35.9999,14.3",), False),
        ((None, True), True),
        ((None, False), None),
        ((None, None), None),
        (("nowhere", True), True),
        (("nowhere", False), None),
        ((None, "true"), None),
    ],
)
def test_the_pin_decides_on_gozo_and_without_one_only_an_explicit_true(raw: tuple[Json, ...], gozo: Json) -> None:
    assert places.is_gozo(PORTAL, raw) is gozo


@pytest.mark.parametrize(
    "link",
    [
        "https://maps.google.com/?q=36,14",
        "https://www.google.com.mt/maps",
        "https://maps.app.goo.gl/x",
        "https://goo.gl/maps/x",
    ],
)
def test_links_to_google_maps_pass(link: str) -> None:
    assert places.maps_url(PORTAL, (link,)) == link


@pytest.mark.parametrize(
    "link",
    [
        "http://maps.google.com/?q=36,14",
        "https://google.com.evil.example/",
        "https://notgoogle.com/",
        "https://google.com@evil.example/",
        "https://evil.example/?https://google.com",
        "javascript:alert(1)",
    ],
)
def test_other_links_are_no_maps(link: str) -> None:
    with pytest.raises(Unclean):
        places.maps_url(PORTAL, (link,))


def test_zohos_older_field_counts_where_the_newer_one_is_no_map() -> None:
    assert places.maps_url(ZOHO, ("see notes", "https://goo.gl/maps/x")) == "https://goo.gl/maps/x"
