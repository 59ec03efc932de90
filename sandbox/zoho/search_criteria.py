r"""Search's criteria: `((City:equals:Mosta) and (Loan_Term:in:60,120))`, with `\` before brackets and commas (§7)."""

import re
from dataclasses import dataclass, field

from sandbox.zoho.catalog import Catalog
from sandbox.zoho.conditions import Comparisons, Condition
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.operands import operand

MOST_VALUES = 100
_OPEN, _CLOSE = re.compile(r"\s*\("), re.compile(r"\s*\)")
_JOIN = re.compile(r"\s*(and|or)\b", re.IGNORECASE)
_SINGLE = re.compile(r"\s*(\w+):(\w+):((?:\\.|[^\\()])+)", re.DOTALL)
_COMMA = re.compile(r"(?<!\\),")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SAME = ("not_equal", "starts_with", "in", "between", "greater_than", "greater_equal", "less_than", "less_equal")
_MANY = ("in", "between")
_COMPARATORS = {"equals": "equal", **{name: name for name in _SAME}}


def read_search_criteria(text: str, catalog: Catalog, *, most: int) -> Condition:
    """The condition that criteria stand for.

    Args:
        text: The criteria.
        catalog: The organisation's fields.
        most: So many of them may be joined.

    Raises:
        ZohoError: INVALID_QUERY or LIMIT_EXCEEDED.
    """
    reader = _Reader(text, Comparisons(catalog), most)
    condition = reader.expression()
    if reader.rest.strip():
        raise _not_understood()
    return reader.comparisons.condition(condition)


@dataclass
class _Reader:
    """Reads from left to right; `rest` is what is still to be read."""

    rest: str
    comparisons: Comparisons
    most: int
    count: int = field(default=0)

    def expression(self) -> str:
        parts = [self._bracket()]
        while joined := self._take(_JOIN):
            parts += [joined[1].lower(), self._bracket()]
        return " ".join(parts)

    def _bracket(self) -> str:
        self._expect(_OPEN)
        inside = f"({self.expression()})" if _OPEN.match(self.rest) else self._single()
        self._expect(_CLOSE)
        return inside

    def _single(self) -> str:
        name, comparator, value = self._expect(_SINGLE).groups()
        self.count += 1
        if self.count > self.most:
            raise _too_many(self.most)
        values = [_ESCAPED.sub(r"\1", each) for each in _COMMA.split(value)] if comparator in _MANY else []
        if len(values) > MOST_VALUES:
            raise _too_many(MOST_VALUES)
        try:
            return self._compare(name, _COMPARATORS.get(comparator, ""), values or _ESCAPED.sub(r"\1", value))
        except ZohoError as error:
            raise _not_understood(error.code) from None

    def _compare(self, name: str, comparator: str, value: object) -> str:
        # A text's "equals" finds it anywhere.
        if comparator == "equal" and "contains" in operand(name, self.comparisons.catalog).comparators:
            comparator = "contains"
        return self.comparisons.compare(name, comparator, value)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.rest)
        if found:
            self.rest = self.rest[found.end() :]
        return found

    def _expect(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = self._take(pattern)
        if found is None:
            raise _not_understood()
        return found


def _not_understood(reason: str = "syntax") -> ZohoError:
    return ZohoError(400, "INVALID_QUERY", "The criteria are not understood", {"reason": reason})


def _too_many(limit: int) -> ZohoError:
    return ZohoError(400, "LIMIT_EXCEEDED", f"More than {limit} of them", {"limit": limit, "param_name": "criteria"})
