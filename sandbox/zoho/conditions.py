"""Comparisons of a field with values, as conditions for the database; for Bulk Read and Search (§5, §7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.zoho.catalog import Catalog
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.operands import EMPTY, Operand, operand

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


@dataclass
class Comparisons:
    """Makes the parts of one condition, and gathers their values."""

    catalog: Catalog
    values: dict[str, object] = field(default_factory=dict)

    def compare(self, name: str, comparator: object, value: object) -> str:
        """A field compared with a value, or with several.

        Raises:
            ZohoError: these three do not go together.
        """
        left = operand(name, self.catalog)
        if comparator not in left.comparators:
            details = {"api_name": name, "comparator": comparator, "supported": list(left.comparators)}
            message = "The field does not know this comparator"
            raise ZohoError(400, "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED", message, details)
        if comparator in _ONE:
            return self._with_one(left, str(comparator), value)
        if not isinstance(value, list) or not value or (comparator in _TWO and len(value) != 2):  # noqa: PLR2004 - both ends
            raise _mismatch(left, str(comparator), value)
        return (self._between if comparator in _TWO else self._among)(left, str(comparator), value)

    def condition(self, text: str) -> Condition:
        """The parts, joined to `text`."""
        return Condition(text, self.values)

    def _with_one(self, left: Operand, comparator: str, value: object) -> str:
        if value != EMPTY:
            return _ONE[comparator].format(left=left.sql, right=self._keep(left.accept(value), left.type))
        if comparator not in ("equal", "not_equal"):
            raise _mismatch(left, comparator, value)
        return f"{left.sql} is null" if comparator == "equal" else f"{left.sql} is not null"

    def _between(self, left: Operand, comparator: str, ends: Sequence[object]) -> str:
        start, end = (self._keep(left.accept(each), left.type) for each in ends)
        return _TWO[comparator].format(left=left.sql, right=start, end=end)

    def _among(self, left: Operand, comparator: str, values: Sequence[object]) -> str:
        right = self._keep([left.accept(value) for value in values if value != EMPTY], f"{left.type}[]")
        text = _MANY[comparator].format(left=left.sql, right=right)
        if EMPTY not in values:
            return text
        return f"({text} or {left.sql} is null)" if comparator == "in" else f"({text} and {left.sql} is not null)"

    def _keep(self, value: object, type_name: str) -> str:
        name = f"criterion_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{type_name}"


def _mismatch(left: Operand, comparator: str, value: object) -> ZohoError:
    details = {"api_name": left.name, "comparator": comparator, "value": value}
    message = "The comparator does not take this value"
    return ZohoError(400, "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", message, details)
