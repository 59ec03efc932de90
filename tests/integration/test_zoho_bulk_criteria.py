"""Which leads the criteria of Bulk Read choose, and which criteria it refuses (facts on Zoho, §5)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.world import World
from tests.integration.zoho_bulk import export, order
from tests.integration.zoho_visitor import Visitor, assert_error, visit

PEOPLE: tuple[dict[str, object], ...] = (
    {
        "Last_Name": "Vella", "First_Name": "Rita", "City": "Mosta", "Loan_Term": 120, "System_Size": 4.5,
        "With_Battery": True, "Deposit_Paid_Date": "2026-02-01", "First_Contact_Date": "2026-02-01T10:00:00+00:00",
        "Campaign_Source": {"name": "Spring", "id": "640000000000000007"}, "Modified_Time": "2026-03-01T10:00:00+00:00",
    },
    {
        "Last_Name": "Borg", "City": "MOSTA 😀", "Loan_Term": 60, "System_Size": 10, "Converted__s": True,
        "Deposit_Paid_Date": "2026-03-01", "First_Contact_Date": "2026-03-01T10:00:00+00:00",
        "Campaign_Source": {"name": "Autumn", "id": "640000000000000008"}, "Modified_Time": "2026-03-02T10:00:00+00:00",
    },
    {"Last_Name": "Zahra", "City": "", "Modified_Time": "2026-03-03T10:00:00+00:00"},
    {
        "Last_Name": "odd\x00", "City": "\ud800", "Loan_Term": "long", "Deposit_Paid_Date": "soon",
        "First_Contact_Date": "infinity", "Campaign_Source": "Spring", "Modified_Time": "2026-03-04T10:00:00+00:00",
    },
)  # fmt: skip
INITIALS = {"Vella": "V", "Borg": "B", "Zahra": "Z", "odd\x00": "o"}
EARLY, LATE = "2026-03-01T11:00:00+01:00", "2026-03-02T10:00:00+00:00"


@pytest.fixture(scope="module")
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        visitor.set(limits={"downloads": 1_000})
        visitor.plant(*PEOPLE)
        yield visitor


def one(name: str, comparator: str, value: object) -> dict[str, object]:
    return {"field": {"api_name": name}, "comparator": comparator, "value": value}


def chosen(zoho: Visitor, criteria: dict[str, object]) -> str:
    """The initials of the leads that criteria choose, in the order of their Modified_Time."""
    found = {INITIALS[row["Last_Name"]] for row in export(zoho, fields=["Last_Name"], criteria=criteria)}
    return "".join(initial for initial in INITIALS.values() if initial in found)


@pytest.mark.parametrize(
    ("name", "comparator", "value", "expected"),
    [
        ("Last_Name", "equal", "vella", "V"),
        ("Last_Name", "not_equal", "Vella", "BZo"),
        ("City", "equal", "${EMPTY}", "Zo"),
        ("City", "not_equal", "${EMPTY}", "VB"),
        ("City", "in", ["Mosta", "${EMPTY}"], "VZo"),
        ("City", "not_in", ["Mosta"], "BZo"),
        ("City", "not_in", ["Mosta", "${EMPTY}"], "B"),
        ("City", "contains", "ost", "VB"),
        ("City", "not_contains", "😀", "VZo"),
        ("City", "starts_with", "most", "VB"),
        ("City", "ends_with", "a", "V"),
        ("City", "contains", "%", ""),
        ("Full_Name", "equal", "Rita Vella", "V"),
        ("Record_Status__s", "equal", "Available", "VBZo"),
        ("Loan_Term", "greater_than", 60, "V"),
        ("Loan_Term", "greater_equal", "60", "VB"),
        ("Loan_Term", "less_than", 120, "B"),
        ("Loan_Term", "equal", "${EMPTY}", "Zo"),
        ("System_Size", "equal", 4.5, "V"),
        ("System_Size", "in", [10, 11], "B"),
        ("With_Battery", "equal", True, "V"),
        ("With_Battery", "equal", "false", "BZo"),
        ("$converted", "equal", False, "VZo"),
        ("Converted__s", "equal", "true", "B"),
        ("Deposit_Paid_Date", "between", ["2026-02-01", "2026-02-28"], "V"),
        ("Deposit_Paid_Date", "not_between", ["2026-02-01", "2026-02-28"], "BZo"),
        ("First_Contact_Date", "less_equal", EARLY, "VB"),
        ("Modified_Time", "greater_than", EARLY, "BZo"),
        ("Modified_Time", "greater_equal", EARLY, "VBZo"),
        ("Modified_Time", "between", [EARLY, LATE], "VB"),
        ("Modified_Time", "less_than", LATE, "V"),
        ("Campaign_Source", "equal", "640000000000000007", "V"),
        ("Campaign_Source", "not_in", [640000000000000007], "BZo"),
        ("Owner", "equal", "640000000000050001", "VBZo"),
        ("id", "greater_than", "1", "VBZo"),
    ],
)
def test_a_criterion_chooses(zoho: Visitor, name: str, comparator: str, value: object, expected: str) -> None:
    assert chosen(zoho, one(name, comparator, value)) == expected


def test_criteria_are_grouped(zoho: Visitor) -> None:
    mosta = one("City", "contains", "mosta")
    late = {
        "group_operator": "or",
        "group": [one("Modified_Time", "greater_equal", LATE), one("Loan_Term", "equal", 7)],
    }
    assert chosen(zoho, {"group_operator": "and", "group": [mosta, late]}) == "B"
    assert chosen(zoho, {"group_operator": "or", "group": [mosta, late]}) == "VBZo"


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ({"field": {"api_name": "City"}, "value": "Mosta"}, "INVALID_CRITERIA"),
        ({"group_operator": "and", "group": []}, "INVALID_CRITERIA"),
        ({"group_operator": "and", "group": ["City"]}, "INVALID_CRITERIA"),
        ({"group_operator": "xor", "group": [one("City", "equal", "Mosta")]}, "GROUP_OPERATOR_NOT_SUPPORTED"),
        ({**one("City", "equal", "Mosta"), "group": [], "group_operator": "or"}, "AMBIGUOUS_CRITERIA"),
        (one("Nope", "equal", "x"), "FIELD_IN_CRITERIA_NOT_AVAILABLE"),
        (one("Owner.last_name", "equal", "x"), "FIELD_IN_CRITERIA_NOT_AVAILABLE"),
        (one("Tag", "equal", "x"), "FIELD_IN_CRITERIA_NOT_SUPPORTED"),
        (one("City", "less_than", "x"), "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED"),
        (one("With_Battery", "not_equal", "true"), "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED"),
        (one("City", "in", "Mosta"), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (one("City", "contains", "${EMPTY}"), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (one("Modified_Time", "between", [EARLY]), "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (one("Modified_Time", "equal", "2026-03-01T10:00:00.000+00:00"), "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (one("Loan_Term", "equal", "many"), "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (one("Deposit_Paid_Date", "equal", "2026-02-30"), "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (one("City", "equal", "a\x00"), "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (one("Campaign_Source", "equal", "Spring"), "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (one("City", "equal", "x" * 256), "VALUE_LIMIT_EXCEEDED_IN_CRITERIA"),
    ],
)
def test_criteria_that_make_no_sense_are_refused(zoho: Visitor, criteria: dict[str, Any], code: str) -> None:
    assert_error(order(zoho, criteria=criteria), 400, code)


def test_a_wrong_comparator_is_told_with_the_right_ones(zoho: Visitor) -> None:
    details = order(zoho, criteria=one("With_Battery", "in", [True])).json()["details"]
    assert details == {"api_name": "With_Battery", "comparator": "in", "supported": ["equal"]}
