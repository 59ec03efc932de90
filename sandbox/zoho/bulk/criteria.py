"""Criteria of a job, as a condition for the database (§5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.zoho.bulk.operands import EMPTY, Operand, operand
from sandbox.zoho.catalog import Catalog
from sandbox.zoho.errors import ZohoError

_NO_FIELD = frozenset({"group", "group_operator"})

_ONE = {
    "equal": "{left} = {right}",
    "not_equal": "{left} is distinct from {right}",
    "less_than": "{left} < {right}",
    "less_equal": "{left} <= {right}",
    "greater_than": "{left} > {right}",
    "greater_equal": "{left} >= {right}",
    "contains": "position({right} in {left}) > 0",
    "not_contains": "coalesce(position({right} in {left}) = 0, true)",
    "starts_with": "starts_with({left}, {right})",
    "ends_with": "right({left}, length({right})) = {right}",
}
_MANY = {
    "in": "coalesce({left} = any({right}), false)",
    "not_in": "coalesce({left} <> all({right}), true)",
}
_TWO = {
    "between": "{left} between {right} and {end}",
    "not_between": "coalesce({left} not between {right} and {end}, true)",
}


@dataclass(frozen=True)
class Condition:
    """A condition over the table `l`, and the values of its parameters."""

    text: str
    values: dict[str, object] = field(default_factory=dict)


EVERYTHING = Condition("true")


def read_criteria(criteria: Mapping[str, Any], catalog: Catalog) -> Condition:
    """The condition that criteria stand for.

    Raises:
        ZohoError: INVALID_CRITERIA and its relatives.
    """
    return _Reader(catalog).read(criteria)


@dataclass
class _Reader:
    catalog: Catalog
    values: dict[str, object] = field(default_factory=dict)

    def read(self, criteria: Mapping[str, Any]) -> Condition:
        return Condition(self._any(criteria), self.values)

    def _any(self, criteria: object) -> str:
        if not isinstance(criteria, Mapping):
            raise _refusal("INVALID_CRITERIA")
        grouped = _NO_FIELD & criteria.keys()
        if grouped and criteria.keys() - _NO_FIELD:
            raise _refusal("AMBIGUOUS_CRITERIA")
        return self._group(criteria) if grouped else self._single(criteria)

    def _group(self, criteria: Mapping[str, Any]) -> str:
        parts, operator = criteria.get("group"), criteria.get("group_operator")
        if operator not in ("and", "or"):
            raise _refusal("GROUP_OPERATOR_NOT_SUPPORTED")
        if not isinstance(parts, list) or not parts:
            raise _refusal("INVALID_CRITERIA")
        return "(" + f" {operator} ".join(self._any(part) for part in parts) + ")"

    def _single(self, criteria: Mapping[str, Any]) -> str:
        named = criteria.get("field")
        name = named.get("api_name") if isinstance(named, Mapping) else None
        if not isinstance(name, str) or not {"comparator", "value"} <= criteria.keys():
            raise _refusal("INVALID_CRITERIA")
        left, comparator = operand(name, self.catalog), criteria["comparator"]
        if comparator not in left.comparators:
            details = {"api_name": name, "comparator": comparator, "supported": list(left.comparators)}
            raise _refusal("FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED", **details)
        return self._compare(left, comparator, criteria["value"])

    def _compare(self, left: Operand, comparator: str, value: object) -> str:
        if comparator in _ONE:
            return self._with_one(left, comparator, value)
        if not isinstance(value, list) or not value or (comparator in _TWO and len(value) != 2):  # noqa: PLR2004 - both ends
            details = {"api_name": left.name, "comparator": comparator, "value": value}
            raise _refusal("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", **details)
        if comparator in _TWO:
            start, end = (self._keep(left.accept(each), left.type) for each in value)
            return _TWO[comparator].format(left=left.sql, right=start, end=end)
        return self._with_many(left, comparator, value)

    def _with_one(self, left: Operand, comparator: str, value: object) -> str:
        if value != EMPTY:
            return _ONE[comparator].format(left=left.sql, right=self._keep(left.accept(value), left.type))
        if comparator not in ("equal", "not_equal"):
            details = {"api_name": left.name, "comparator": comparator, "value": value}
            raise _refusal("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", **details)
        return f"{left.sql} is null" if comparator == "equal" else f"{left.sql} is not null"

    def _with_many(self, left: Operand, comparator: str, values: Sequence[object]) -> str:
        right = self._keep([left.accept(value) for value in values if value != EMPTY], f"{left.type}[]")
        text = _MANY[comparator].format(left=left.sql, right=right)
        if EMPTY not in values:
            return text
        return f"({text} or {left.sql} is null)" if comparator == "in" else f"({text} and {left.sql} is not null)"

    def _keep(self, value: object, type_name: str) -> str:
        name = f"criterion_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{type_name}"


def _refusal(code: str, **details: object) -> ZohoError:
    return ZohoError(400, code, code.replace("_", " ").capitalize(), details)
