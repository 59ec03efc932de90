"""Cleaners of a lead's course: its status, its origin, its grant."""

from leads.cleaning import Unclean, first_said, plain
from leads.scalars import number
from leads.sources import Source
from leads.values import Json

RANKS: dict[str, int] = {"new": 0, "contacted": 1, "qualified": 2, "lost": 2, "converted": 3}
"""Rank of each backoffice status. `lost` stands beside the row: reached from below converted, left by Zoho alone."""

_ZOHO = {
    "new": "new",
    "not contacted": "new",
    "attempted to contact": "new",
    "contacted": "contacted",
    "contact in future": "contacted",
    "qualified": "qualified",
    "pre-qualified": "qualified",
    "hot - qualified": "qualified",
    "proposal sent": "qualified",
    "negotiation": "qualified",
    "won": "converted",
    "lost": "lost",
    "lost lead": "lost",
    "junk lead": "lost",
    "not qualified": "lost",
}
_PORTAL = {
    "new": "new",
    "contacted": "contacted",
    "qualified": "qualified",
    "quoted": "qualified",
    "signed": "converted",
    "installed": "converted",
    "converted": "converted",
    "lost": None,
}
_UNSAID = ("-none-", "none")


def words(source: Source) -> frozenset[str]:
    """A source's words for a status that the map knows, in lower case."""
    return frozenset(_ZOHO if source is Source.ZOHO else _PORTAL) | frozenset(_UNSAID)


def status(source: Source, raw: tuple[Json, ...]) -> str | None:
    """The backoffice's word for the source's status; `lost` in the portal says nothing (its updates go backwards).

    Raises:
        Unclean: the word is not in the map.
    """
    if source is Source.ZOHO and raw[0] is True:
        return "converted"
    word = (plain(raw[-1]) or "").lower()
    if not word or word in _UNSAID:
        return None
    words = _ZOHO if source is Source.ZOHO else _PORTAL
    if word not in words:
        msg = "is a status without a counterpart"
        raise Unclean(msg)
    return words[word]


def advances(now: Json, then: str) -> bool:
    """Whether a lead of status `now` may move to `then`; an unknown status of the backoffice is staff's own."""
    standing = str(now or "new")
    if then == "lost":
        return RANKS.get(standing, RANKS["converted"]) < RANKS["converted"] and standing != "lost"
    if standing == "lost":
        return then != "new"
    return RANKS.get(standing, RANKS["converted"]) < RANKS[then]


_ORIGINS = {"sales portal": "sales-portal"}


def origin(_source: Source, raw: tuple[Json, ...]) -> str | None:
    """Where the lead came from first: the portal's own words pass as they are, Zoho's in the same spelling.

    `Sales Portal` is what the portal writes over whatever stood there, so its finer Portal_Source counts before it.
    """
    words = [word for word in map(plain, raw) if word and word.lower() not in _UNSAID]
    telling = [word for word in words if word.lower() not in (*_ORIGINS, "zoho_crm")]
    chosen = next(iter(telling or words), None)
    if chosen is None or chosen.lower() == "zoho_crm":
        return None
    return _ORIGINS.get(chosen.lower(), chosen)


_GRANTS = ("none", "pv_only", "pv_battery", "battery_only", "battery_retrofit")


def _grant_type(value: Json) -> str | None:
    word = (plain(value) or "").lower()
    if not word or word == "-none-":
        return None
    if word not in _GRANTS:
        msg = "is an unknown grant"
        raise Unclean(msg)
    return word


def with_battery(source: Source, raw: tuple[Json, ...]) -> bool | None:
    """True when the source says so or names a battery's size; false is the default of partial leads, no word."""
    try:
        size = number(source, raw[1:])
    except Unclean:
        size = None
    sized = isinstance(size, int | float) and size > 0
    return True if raw[0] in (True, "true") or sized else None


grant_type = first_said(_grant_type)
