"""What a criterion may compare: a field of Leads as the database sees it, and the values that fit it (§5, §7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from sandbox.zoho.catalog import Catalog
from sandbox.zoho.clock import read_wire_time
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.listing import read_id
from sandbox.zoho.render import LAYOUT, PERSON
from sandbox.zoho.values import BAD_CHARACTERS

EMPTY = "${EMPTY}"
_LONGEST_TEXT = 255
_EQUALITY = ("equal", "not_equal", "in", "not_in")
_ORDER = ("less_than", "less_equal", "greater_than", "greater_equal")


@dataclass(frozen=True)
class Kind:
    """A kind of field: the database's type, the comparators, and how a value is read (None if it does not fit)."""

    type: str
    comparators: tuple[str, ...]
    read: Callable[[object], object | None]


@dataclass(frozen=True)
class Operand:
    """One field in a condition over the table `l`."""

    name: str
    sql: str
    kind: Kind

    @property
    def type(self) -> str:
        """The database's type."""
        return self.kind.type

    @property
    def comparators(self) -> tuple[str, ...]:
        """The comparators that the field knows."""
        return self.kind.comparators

    def accept(self, value: object) -> object:
        """A value to compare with.

        Raises:
            ZohoError: the field cannot have it.
        """
        if isinstance(value, str) and len(value) > _LONGEST_TEXT:
            raise _refusal("VALUE_LIMIT_EXCEEDED_IN_CRITERIA", self.name, "The value is too long")
        read = self.kind.read(value)
        if read is None:
            raise _refusal("FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", self.name, "The field cannot have this value")
        return read


def operand(name: str, catalog: Catalog) -> Operand:
    """The field of this name.

    Raises:
        ZohoError: there is none, or nothing compares with it.
    """
    if name in _COLUMNS and (name.startswith("$") or name in catalog):
        sql, kind = _COLUMNS[name]
        return Operand(name, sql, kind)
    field = catalog.fields.get(name)
    if field is None:
        raise _refusal("FIELD_IN_CRITERIA_NOT_AVAILABLE", name, "There is no such field")
    if field.data_type not in _BY_TYPE:
        raise _refusal("FIELD_IN_CRITERIA_NOT_SUPPORTED", name, "The field cannot stand in criteria")
    sql, kind = _BY_TYPE[field.data_type]
    return Operand(name, sql.format(name=name, default=_ALWAYS.get(name, "null")), kind)


def _refusal(code: str, name: str, message: str) -> ZohoError:
    return ZohoError(400, code, message, {"api_name": name})


def _text(value: object) -> str | None:
    usable = isinstance(value, str) and value and not BAD_CHARACTERS.search(value)
    return str(value).lower() if usable else None


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day(value: object) -> date | None:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if day.isoformat() == value else None


def _moment(value: object) -> datetime | None:
    return read_wire_time(value) if isinstance(value, str) else None


def _truth(value: object) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


_ID = Kind("bigint", (*_EQUALITY, *_ORDER), read_id)
_NUMBER = Kind("numeric", (*_EQUALITY, *_ORDER), _number)
_TEXT = Kind("text", (*_EQUALITY, "contains", "not_contains", "starts_with", "ends_with"), _text)
_DAY = Kind("date", (*_EQUALITY, *_ORDER, "between", "not_between"), _day)
_MOMENT = Kind("timestamptz", (*_EQUALITY, *_ORDER, "between", "not_between"), _moment)
_TRUTH = Kind("boolean", ("equal",), _truth)
_LOOKUP = Kind("bigint", _EQUALITY, read_id)

_COLUMNS: Mapping[str, tuple[str, Kind]] = {
    "id": ("l.id", _ID),
    "Created_Time": ("l.created_time", _MOMENT),
    "Modified_Time": ("l.modified_time", _MOMENT),
    "Last_Activity_Time": ("l.modified_time", _MOMENT),
    "Converted__s": ("l.converted", _TRUTH),
    "$converted": ("l.converted", _TRUTH),
    "Full_Name": (
        "nullif(lower(concat_ws(' ', zoho.said(l.fields, 'First_Name'), zoho.said(l.fields, 'Last_Name'))), '')",
        _TEXT,
    ),
}
_SAID = "coalesce(nullif(lower(zoho.said(l.fields, '{name}')), ''), {default})"
_LINKED = ("coalesce(zoho.linked(l.fields, '{name}'), {default})", _LOOKUP)
_AMOUNT = ("zoho.number(zoho.said(l.fields, '{name}'))", _NUMBER)
_TEXTS = ("text", "textarea", "richtext", "email", "phone", "website", "picklist", "autonumber")
_BY_TYPE: Mapping[str, tuple[str, Kind]] = {
    **dict.fromkeys(
        ("text", "textarea", "richtext", "email", "phone", "website", "picklist", "autonumber"), (_SAID, _TEXT)
    ),
    **dict.fromkeys(("integer", "double", "currency", "percent", "bigint"), _AMOUNT),
    "boolean": ("coalesce(zoho.said(l.fields, '{name}') = 'true', false)", _TRUTH),
    "date": ("zoho.day(zoho.said(l.fields, '{name}'))", _DAY),
    "datetime": ("zoho.moment(zoho.said(l.fields, '{name}'))", _MOMENT),
    **dict.fromkeys(("lookup", "ownerlookup", "layout"), _LINKED),
}
_ALWAYS = {
    **dict.fromkeys(("Owner", "Created_By", "Modified_By"), str(PERSON["id"])),
    "Layout": str(LAYOUT["id"]),
    "Record_Status__s": "'available'",
}
