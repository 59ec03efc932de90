"""What a field accepts in a write, and the form in which it is kept (§7, §8)."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from math import isfinite

from sandbox.zoho.catalog import Catalog, Field
from sandbox.zoho.clock import read_wire_time
from sandbox.zoho.errors import ZohoError, invalid_value, not_found, raise_all
from sandbox.zoho.listing import read_id

_EMAIL = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[^\s@,;<>()\".]+")
_PHONE = re.compile(r"[+(]?[0-9A-Za-z][0-9A-Za-z ().,;#/-]*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
BAD_CHARACTERS = re.compile(r"[\x00\ud800-\udfff]")
_NO_PICK = "-None-"


class _Refused(Exception):
    def __init__(self, **details: object) -> None:
        super().__init__()
        self.details = details


def _text(field: Field, value: object) -> object:
    expected = "text" if field.data_type in ("picklist", "textarea", "richtext") else field.data_type
    if not isinstance(value, str) or BAD_CHARACTERS.search(value):
        raise _Refused(expected_data_type=expected)
    text = value.strip()
    if len(text) > field.length:
        raise _Refused(maximum_length=field.length)
    return text or None


def _shaped(pattern: re.Pattern[str]) -> Callable[[Field, object], object]:
    def check(field: Field, value: object) -> object:
        text = _text(field, value)
        if isinstance(text, str) and not pattern.fullmatch(text):
            raise _Refused(expected_data_type=field.data_type)
        return text

    return check


def _pick(field: Field, value: object) -> object:
    text = _text(field, value)
    return None if text == _NO_PICK else text


def _boolean(_: Field, value: object) -> object:
    if not isinstance(value, bool):
        raise _Refused(expected_data_type="boolean")
    return value


def _integer(field: Field, value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Refused(expected_data_type="integer")
    if len(str(abs(value))) > field.length:
        raise _Refused(maximum_length=field.length)
    return value


def _number(field: Field, value: object) -> object:
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        raise _Refused(expected_data_type="double")
    if len(str(int(abs(value)))) > field.length:
        raise _Refused(maximum_length=field.length)
    return value


def _bigint(field: Field, value: object) -> object:
    digits = str(value).removeprefix("-")
    if not digits.isdigit() or isinstance(value, bool | float):
        raise _Refused(expected_data_type="bigint")
    if len(digits) > field.length:
        raise _Refused(maximum_length=field.length)
    return str(value)


def _several_picks(_: Field, value: object) -> object:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _Refused(expected_data_type="jsonarray")
    return value or None


def _date(_: Field, value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _Refused(expected_data_type="date")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _Refused(expected_data_type="date") from None


def _datetime(_: Field, value: object) -> object:
    moment = read_wire_time(value) if isinstance(value, str) else None
    if moment is None:
        raise _Refused(expected_data_type="datetime")
    return moment.isoformat(timespec="seconds")


def _lookup(_: Field, value: object) -> object:
    found = value if isinstance(value, Mapping) else {"id": value}
    target = read_id(found.get("id"))
    if target is None:
        raise _Refused(expected_data_type="jsonobject")
    return {"name": found.get("name"), "id": str(target)}


def _array(_: Field, value: object) -> object:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) and "name" in item for item in value):
        raise _Refused(expected_data_type="jsonarray")
    return value


_CHECKS: dict[str, Callable[[Field, object], object]] = {
    "text": _text,
    "textarea": _text,
    "website": _text,
    "email": _shaped(_EMAIL),
    "phone": _shaped(_PHONE),
    "picklist": _pick,
    "boolean": _boolean,
    "integer": _integer,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "bigint": _bigint,
    "multiselectpicklist": _several_picks,
    "richtext": _text,
    "date": _date,
    "datetime": _datetime,
    "lookup": _lookup,
    "ownerlookup": _lookup,
    "layout": _lookup,
    "jsonarray": _array,
}


def accept(catalog: Catalog, record: Mapping[str, object], path: str, *, whole: bool) -> dict[str, object]:
    """The values of a write in the form in which they are kept; unknown and read-only names are ignored.

    Args:
        catalog: The organisation's fields.
        record: One item of `data`.
        path: Its JSON path, for the errors.
        whole: Whether mandatory fields must be there (insert), or only must not be emptied (update).

    Raises:
        ZohoError: MANDATORY_NOT_FOUND or INVALID_DATA, or several of them in one.
    """
    lacking = [name for name in catalog.mandatory if (whole or name in record) and _is_blank(record.get(name))]
    errors = [not_found(name, f"{path}.{name}") for name in lacking]
    accepted: dict[str, object] = {}
    known = ((catalog.writable(name), value) for name, value in record.items() if name not in lacking)
    for field, value in ((field, value) for field, value in known if field):
        try:
            accepted[field.api_name] = _accept_value(field, value, path)
        except ZohoError as error:
            errors.append(error)
    raise_all(errors)
    return accepted


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _accept_value(field: Field, value: object, path: str) -> object:
    if value is None:
        return None
    try:
        return _CHECKS[field.data_type](field, value)
    except _Refused as refused:
        raise invalid_value(field.api_name, f"{path}.{field.api_name}", **refused.details) from None
