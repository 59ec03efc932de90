"""What a call of Get Records asks for, and the rules for asking (§2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sandbox.zoho.clock import read_wire_time
from sandbox.zoho.errors import ZohoError, ambiguous, invalid_param, missing_param
from sandbox.zoho.settings import Limits

MOST_FIELDS = 50
MOST_PER_PAGE = 200
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
CONVERTED = {"true": (True,), "false": (False,), "both": (True, False)}
_NOT_BOUND = frozenset({"page", "page_token"})
SORTS: dict[str, str] = {"id": "id", "Created_Time": "created_time", "Modified_Time": "modified_time"}


@dataclass(frozen=True)
class Listing:
    """A valid request for one page; `fields` is None where v2 wants all of them."""

    fields: tuple[str, ...] | None
    per_page: int
    page: int
    page_token: str | None
    sort_by: str
    sort_order: Literal["asc", "desc"]
    converted: tuple[bool, ...]
    ids: tuple[int, ...] | None
    since: datetime | None
    binding: dict[str, str]

    @property
    def first_row(self) -> int:
        """Where the page starts, counted by page numbers."""
        return (self.page - 1) * self.per_page


def read_listing(query: Mapping[str, str], since: str | None, version: str, limits: Limits) -> Listing:
    """Check a request and give it a form.

    Args:
        query: The parameters.
        since: The header If-Modified-Since.
        version: That of the path; v2 and v2.1 know neither mandatory fields nor page tokens.
        limits: For the wall on page numbers.

    Raises:
        ZohoError: any of §2's errors on parameters.
    """
    old = version.startswith("v2")
    token = None if old else query.get("page_token")
    if token is not None and "page" in query:
        raise ambiguous("page", "page_token")
    if "cvid" in query:
        raise ambiguous("cvid", "sort_by") if "sort_by" in query else invalid_param("cvid")
    listing = Listing(
        fields=read_fields(query, optional=old, longest=limits.fields_length),
        per_page=read_number(query, "per_page", MOST_PER_PAGE, most=MOST_PER_PAGE),
        page=read_number(query, "page", 1),
        page_token=token,
        sort_by=read_choice(query, "sort_by", "id", tuple(SORTS)),
        sort_order="asc" if read_choice(query, "sort_order", "desc", ("asc", "desc")) == "asc" else "desc",
        converted=CONVERTED[read_choice(query, "converted", "false", tuple(CONVERTED))],
        ids=read_ids(query["ids"]) if "ids" in query else None,
        since=read_since(since),
        binding=_binding(query, since, version),
    )
    if token is None and listing.first_row + listing.per_page > limits.discrete:
        raise discrete_wall(limits.discrete)
    return listing


def _binding(query: Mapping[str, str], since: str | None, version: str) -> dict[str, str]:
    bound = {name: value for name, value in query.items() if name not in _NOT_BOUND}
    return {**bound, ":version": version, ":since": since or ""}


def discrete_wall(limit: int) -> ZohoError:
    """Page numbers end here (§2)."""
    message = f"Cannot fetch records beyond {limit} by page; use page_token"
    return ZohoError(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, {"limit": limit})


def read_fields(query: Mapping[str, str], *, optional: bool, longest: int | None = None) -> tuple[str, ...] | None:
    """The names in `fields`, each once; nobody knows whether the whole text may be no longer than `longest` (§2)."""
    if longest is not None and len(query.get("fields", "")) > longest:
        raise invalid_param("fields", maximum_length=longest)
    names = tuple(dict.fromkeys(name.strip() for name in query.get("fields", "").split(",") if name.strip()))
    if len(names) > MOST_FIELDS:
        details = {"limit": MOST_FIELDS, "param_name": "fields"}
        raise ZohoError(400, "LIMIT_EXCEEDED", f"More than {MOST_FIELDS} fields", details)
    if not names and not optional:
        raise missing_param("fields")
    return names or None


def read_number(query: Mapping[str, str], name: str, default: int, *, most: int | None = None) -> int:
    """A positive whole number."""
    text = query.get(name, str(default))
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004 - fits a count
    if number < 1 or (most is not None and number > most):
        raise invalid_param(name)
    return number


def read_choice(query: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of a few words."""
    value = query.get(name, default)
    if value not in allowed:
        raise invalid_param(name, supported_values=list(allowed))
    return value


def read_ids(text: str, *, most: int | None = None) -> tuple[int, ...]:
    """Ids, separated by commas."""
    ids = [part.strip() for part in text.split(",")]
    if not all(is_id(part) for part in ids) or (most is not None and len(ids) > most):
        raise invalid_param("ids")
    return tuple(int(part) for part in ids)


def is_id(value: object) -> bool:
    """Whether a value can be a record's id: a string of at most 19 digits that fits 64 bits."""
    return (
        isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19 and int(value) < 2**63  # noqa: PLR2004
    )


def read_id(value: object) -> int | None:
    """The id that a write names, if it can be one: a string as documented, or a number as the vendor's SDK sends it."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return int(str(text)) if is_id(text) else None


def read_since(header: str | None) -> datetime | None:
    """The instant of If-Modified-Since."""
    if header is None:
        return None
    moment = read_wire_time(header)
    if moment is None:
        raise invalid_param("If-Modified-Since")
    return moment
