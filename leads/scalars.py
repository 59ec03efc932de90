"""Cleaners of plain values: texts, numbers, flags, instants, ids, addresses of files."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from leads.cleaning import Unclean, Unusable, first_said, plain
from leads.values import Json

_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_ZOHO_ID = re.compile(r"\d{1,20}", re.ASCII)
_MOST = 1e12
_INT4 = 2**31


def _text(value: Json) -> str | None:
    return plain(value, keep="\n")


def _number(value: Json) -> int | float | None:
    if isinstance(value, str):
        value = _spelled(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = "is no number"
        raise Unclean(msg)
    if not abs(value) < _MOST:  # so that NaN is out as well
        msg = "is out of range"
        raise Unclean(msg)
    return int(value) if value == int(value) else value


def _spelled(value: str) -> float | int | None:
    """A number spelled as text, as in a CSV file or a text column."""
    text = value.strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or len(text) > 32:  # noqa: PLR2004 -- longer is no amount of anything
        msg = "is no number"
        raise Unclean(msg)
    return float(text.replace(",", ""))


def _integer(value: Json) -> int | None:
    number = _number(value)
    if number is None:
        return None
    if number != int(number) or not -_INT4 <= number < _INT4:
        msg = "is no whole number in range"
        raise Unclean(msg)
    return int(number)


def _flag(value: Json) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    spelled = {"true": True, "false": False, "": None}
    if isinstance(value, str) and value.strip().lower() in spelled:
        return spelled[value.strip().lower()]
    msg = "is neither true nor false"
    raise Unclean(msg)


def moment(value: Json) -> datetime | None:
    """The instant that an ISO 8601 text names, in UTC; one without an offset is taken as UTC.

    Raises:
        Unclean: the text names no instant.
    """
    text = plain(value)
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        msg = "is no date and time"
        raise Unclean(msg) from None


def _instant(value: Json) -> str | None:
    read = moment(value)
    return read.isoformat() if read else None


def _zoho_id(value: Json) -> str:
    text = plain(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if text is None or not _ZOHO_ID.fullmatch(text):
        msg = "is no Zoho id"
        raise Unusable(msg)
    return text


def _uuid(value: Json) -> str:
    try:
        return str(UUID(value.strip() if isinstance(value, str) else ""))
    except ValueError:
        msg = "is no UUID"
        raise Unusable(msg) from None


def web_address(value: Json) -> str | None:
    """An http(s) address without blanks.

    Raises:
        Unclean: the text is no such address.
    """
    text = plain(value)
    if text is None:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"\s", text):
        msg = "is no web address"
        raise Unclean(msg)
    return text


def _url_list(value: Json) -> str | None:
    """The addresses among the parts; refused only where none of the parts is one."""
    parts = [part for part in (plain(value) or "").split(",") if part.strip()]
    good = [part.strip() for part in parts if _is_address(part)]
    if parts and not good:
        msg = "has no web address"
        raise Unclean(msg)
    return ",".join(good) or None


def _is_address(part: str) -> bool:
    try:
        return web_address(part) is not None
    except Unclean:
        return False


def _lookup_name(value: Json) -> str | None:
    """The name that a lookup carries, or the text itself: the field is a lookup in stock Zoho, a text elsewhere."""
    return plain(value.get("name")) if isinstance(value, dict) else plain(value)


text = first_said(_text)
number = first_said(_number)
integer = first_said(_integer)
flag = first_said(_flag)
instant = first_said(_instant)
zoho_id = first_said(_zoho_id)
uuid = first_said(_uuid)
url = first_said(web_address)
url_list = first_said(_url_list)
lookup_name = first_said(_lookup_name)
