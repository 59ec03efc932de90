"""Criteria of a job, as a condition for the database (§5)."""

from collections.abc import Mapping
from typing import Any

from sandbox.zoho.catalog import Catalog
from sandbox.zoho.conditions import Comparisons, Condition
from sandbox.zoho.errors import ZohoError

_OF_A_GROUP = frozenset({"group", "group_operator"})


def read_criteria(criteria: Mapping[str, Any], catalog: Catalog) -> Condition:
    """The condition that criteria stand for.

    Raises:
        ZohoError: INVALID_CRITERIA and its relatives.
    """
    comparisons = Comparisons(catalog)
    return comparisons.condition(_read(criteria, comparisons))


def _read(criteria: object, comparisons: Comparisons) -> str:
    if not isinstance(criteria, Mapping):
        raise _refusal("INVALID_CRITERIA", "Criteria are objects")
    grouped = _OF_A_GROUP & criteria.keys()
    if grouped and criteria.keys() - _OF_A_GROUP:
        raise _refusal("AMBIGUOUS_CRITERIA", "A criterion and a group cannot be one")
    return (_group if grouped else _single)(criteria, comparisons)


def _group(criteria: Mapping[str, Any], comparisons: Comparisons) -> str:
    parts, operator = criteria.get("group"), criteria.get("group_operator")
    if operator not in ("and", "or"):
        raise _refusal("GROUP_OPERATOR_NOT_SUPPORTED", "The group operator is neither and nor or")
    if not isinstance(parts, list) or not parts:
        raise _refusal("INVALID_CRITERIA", "A group has members")
    return "(" + f" {operator} ".join(_read(part, comparisons) for part in parts) + ")"


def _single(criteria: Mapping[str, Any], comparisons: Comparisons) -> str:
    field = criteria.get("field")
    name = field.get("api_name") if isinstance(field, Mapping) else None
    if not isinstance(name, str) or not {"comparator", "value"} <= criteria.keys():
        raise _refusal("INVALID_CRITERIA", "A criterion has a field, a comparator and a value")
    return comparisons.compare(name, criteria["comparator"], criteria["value"])


def _refusal(code: str, message: str) -> ZohoError:
    return ZohoError(400, code, message)
