"""Cleaners of places: pins on the map, the island they lie on, links to them."""

import re
from urllib.parse import urlsplit

from leads.cleaning import Unclean, first_said
from leads.scalars import web_address
from leads.sources import Source
from leads.values import Json

_MALTA = (35.7, 36.2, 14.1, 14.7)
"""South, north, west, east of the Maltese islands, degrees."""

_GOZO_FROM = 36.0
"""Latitude from which a pin lies on Gozo or Comino, degrees north."""

_FULL_CIRCLE = 360.0
_NOWHERE = 999.0

_PAIR = re.compile(r"\s*([-+]?\d{1,3}(?:\.\d+)?)\s*,\s*([-+]?\d{1,3}(?:\.\d+)?)\s*", re.ASCII)
_GOOGLE = re.compile(r"(?:[\w-]+\.)*(?:google\.[a-z]{2,3}(?:\.[a-z]{2})?|goo\.gl)")


def _pin(value: Json) -> tuple[float, float] | None:
    """Latitude and longitude, from "lat,lng" as Zoho keeps it or an object as the portal does."""
    if value in (None, "", {}):
        return None
    match value:
        case str() if found := _PAIR.fullmatch(value):
            lat, lng = float(found[1]), float(found[2])
        case {"lat": int() | float() as lat, "lng": int() | float() as lng}:
            lat, lng = _degrees(lat), _degrees(lng)
        case _:
            msg = "is no pin"
            raise Unclean(msg)
    south, north, west, east = _MALTA
    if not (south <= lat <= north and west <= lng <= east):
        msg = "lies outside Malta"
        raise Unclean(msg)
    return lat, lng


def _degrees(value: float) -> float:
    """The number, or one that lies nowhere: an integer may be larger than any float."""
    return float(value) if abs(value) <= _FULL_CIRCLE else _NOWHERE


def _coordinates(value: Json) -> Json:
    pin = _pin(value)
    return {"lat": pin[0], "lng": pin[1]} if pin else None


def _latitude(value: Json) -> float | None:
    pin = _pin(value)
    return pin[0] if pin else None


def _longitude(value: Json) -> float | None:
    pin = _pin(value)
    return pin[1] if pin else None


def is_gozo(_source: Source, raw: tuple[Json, ...]) -> bool | None:
    """Whether the place is on Gozo: the pin decides; without one only an explicit true says something."""
    try:
        pin = _pin(raw[0])
    except Unclean:
        pin = None
    if pin:
        return pin[0] >= _GOZO_FROM
    return True if raw[1:] == (True,) else None


def _maps_url(value: Json) -> str | None:
    address = web_address(value)
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.scheme != "https" or not _GOOGLE.fullmatch(parts.hostname or ""):
        msg = "is no link to a Google map"
        raise Unclean(msg)
    return address


coordinates = first_said(_coordinates)
latitude = first_said(_latitude)
longitude = first_said(_longitude)
maps_url = first_said(_maps_url)
