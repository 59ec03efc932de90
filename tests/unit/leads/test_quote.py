import pytest

from leads.case import Case, Outcome
from leads.columns import Column, Columns
from leads.fields import BY_COLUMN
from leads.merge import Change, merge
from leads.quote import Stance, decide_quoted, stance
from leads.sources import Source
from leads.values import Values
from leads.world import ADOPTED, Base, Standing
from tests.unit.leads.model import COLUMNS
from tests.unit.leads.people import portal, standing, zoho

BIRTH = {"created_at": Base(value=None, origin="portal:1")}
SMALL: Values = {"system_size_kw": 5, "total_price": 5000, "panel_brand": "Solax", "panel_count": 12}
ZOHO_LARGE = {"System_Size": 10, "Quote_Amount": 9000}


def lead(row: Values, origin: str = "portal:1", **edits: object) -> Standing:
    made = standing("lead-1", **{**row, **edits})
    made.base = BIRTH | {column: Base(value=value, origin=origin) for column, value in row.items()}
    return made


def quoted(change: Change) -> Values:
    return {column: value for column, value in change.values.items() if column in (*SMALL, "battery_brand")}


def test_zohos_quote_takes_the_place_of_the_portals_and_empties_what_it_lacks() -> None:
    change = merge(zoho(**ZOHO_LARGE), lead(SMALL), None, COLUMNS)
    assert quoted(change) == {"system_size_kw": 10, "total_price": 9000, "panel_brand": None, "panel_count": None}
    assert change.conflicts == []


def test_the_portals_quote_stands_aside_for_zohos() -> None:
    zohos = lead({"system_size_kw": 10, "total_price": 9000}, "zoho:1")
    change = merge(portal(**SMALL), zohos, None, COLUMNS)
    assert (quoted(change), change.conflicts) == ({}, [])


def test_two_sources_that_agree_on_size_and_price_complete_each_other() -> None:
    zohos = lead({"system_size_kw": 5, "total_price": 5000, "battery_brand": "Pylon"}, "zoho:1")
    assert quoted(merge(portal(**SMALL), zohos, None, COLUMNS)) == {"panel_brand": "Solax", "panel_count": 12}
    assert quoted(merge(zoho(System_Size=5, Battery_Brand="Pylon"), lead(SMALL), None, COLUMNS)) == {
        "battery_brand": "Pylon"
    }


def test_a_new_quote_of_the_same_source_keeps_what_it_cleared_and_says_so() -> None:
    before: Values = {"system_size_kw": 5, "total_price": 5000, "panel_brand": "Solax"}
    change = merge(zoho(**ZOHO_LARGE), lead(before, "zoho:1"), before, COLUMNS)
    assert quoted(change) == {"system_size_kw": 10, "total_price": 9000}
    assert [conflict["field"] for conflict in change.conflicts] == ["panel_brand"]


def test_a_new_quote_empties_what_the_other_source_had_added_to_the_old_one() -> None:
    mixed = lead({"system_size_kw": 5, "total_price": 5000}, "zoho:1")
    mixed.row["panel_brand"] = "Solax"
    mixed.base["panel_brand"] = Base(value="Solax", origin="portal:1")
    change = merge(zoho(**ZOHO_LARGE), mixed, {"system_size_kw": 5, "total_price": 5000}, COLUMNS)
    assert quoted(change) == {"system_size_kw": 10, "total_price": 9000, "panel_brand": None}


def test_equipment_alone_is_no_quote_and_gives_way_to_one() -> None:
    bare: Values = {"panel_brand": "Solax", "panel_count": 12}
    assert quoted(merge(zoho(Panel_Brand="Jinko"), lead(bare), None, COLUMNS)) == {"panel_brand": "Jinko"}
    assert quoted(merge(zoho(Quote_Amount=9000), lead(bare), None, COLUMNS)) == {
        "total_price": 9000,
        "panel_brand": None,
        "panel_count": None,
    }
    change = merge(portal(**bare), lead({"total_price": 9000}, "zoho:1"), None, COLUMNS)
    assert quoted(change) == {}


def test_a_quote_that_was_there_before_stands_at_the_first_contact() -> None:
    assert quoted(merge(zoho(**ZOHO_LARGE, Battery_Brand="Pylon"), lead(SMALL, ADOPTED), None, COLUMNS)) == {}
    agreeing = zoho(System_Size=5, Battery_Brand="Pylon", Panel_Brand="Jinko")
    assert quoted(merge(agreeing, lead(SMALL, ADOPTED), None, COLUMNS)) == {"battery_brand": "Pylon"}


def test_equipment_that_was_there_before_stays_beside_a_first_quote() -> None:
    adopted = lead({"panel_brand": "Solax"}, ADOPTED)
    assert quoted(merge(zoho(**ZOHO_LARGE), adopted, None, COLUMNS)) == {"system_size_kw": 10, "total_price": 9000}


def test_a_quote_that_was_there_before_gives_way_to_a_new_one() -> None:
    before: Values = {"system_size_kw": 3, "total_price": 3000}
    change = merge(portal(system_size_kw=10, total_price=9000), lead(SMALL, ADOPTED), before, COLUMNS)
    assert quoted(change) == {"system_size_kw": 10, "total_price": 9000, "panel_brand": None, "panel_count": None}


def test_a_quote_that_a_person_worked_on_stands_and_the_disagreement_is_recorded() -> None:
    change = merge(zoho(**ZOHO_LARGE), lead(SMALL, panel_count=14), None, COLUMNS)
    assert quoted(change) == {}
    assert [conflict["field"] for conflict in change.conflicts] == ["system_size_kw", "total_price"]


def test_a_persons_edit_of_one_field_does_not_stop_the_quotes_own_source() -> None:
    edited = lead(SMALL, panel_count=14)
    change = merge(portal(**{**SMALL, "total_price": 4800, "panel_count": 16}), edited, SMALL, COLUMNS)
    assert quoted(change) == {"total_price": 4800}
    assert [conflict["field"] for conflict in change.conflicts] == ["panel_count"]


def test_the_portals_newer_quote_is_carried_where_zoho_had_said_the_same() -> None:
    agreed: Values = {"system_size_kw": 5, "total_price": 5000}
    change = merge(portal(system_size_kw=10, total_price=9000), lead(agreed, "zoho:1"), agreed, COLUMNS)
    assert quoted(change) == {"system_size_kw": 10, "total_price": 9000}


def test_the_portals_new_quote_does_not_displace_another_one_of_zohos() -> None:
    change = merge(portal(system_size_kw=8), lead(SMALL, "zoho:1"), {"system_size_kw": 7}, COLUMNS)
    assert quoted(change) == {}
    assert [conflict["field"] for conflict in change.conflicts] == ["system_size_kw"]


def test_a_second_record_of_one_source_does_not_replace_the_first_ones_quote() -> None:
    assert quoted(merge(zoho(**ZOHO_LARGE), lead(SMALL, "zoho:1"), None, COLUMNS)) == {}


def test_one_anchor_is_enough_for_a_quote() -> None:
    live = {column: facts for column, facts in COLUMNS.live.items() if column != "total_price"}
    change = merge(zoho(**ZOHO_LARGE), lead(SMALL), None, Columns(live))
    assert quoted(change) == {"system_size_kw": 10, "panel_brand": None, "panel_count": None}


def test_a_quote_that_takes_anothers_place_is_its_own_though_parts_are_the_same() -> None:
    change = merge(zoho(**ZOHO_LARGE, Panel_Brand="Solax"), lead(SMALL), None, COLUMNS)
    assert "panel_brand" in change.confirmed
    assert quoted(change) == {"system_size_kw": 10, "total_price": 9000, "panel_count": None}


def test_a_half_quote_beside_a_half_quote_that_was_there_before_fills_its_gaps() -> None:
    adopted = lead({"total_price": 5000, "panel_brand": "Solax"}, ADOPTED)
    assert quoted(merge(zoho(System_Size=10), adopted, None, COLUMNS)) == {"system_size_kw": 10}
    adopted = lead({"total_price": None, "panel_brand": None}, ADOPTED)
    assert quoted(merge(zoho(**ZOHO_LARGE, Panel_Brand="Jinko"), adopted, None, COLUMNS)) == {
        "system_size_kw": 10,
        "total_price": 9000,
        "panel_brand": "Jinko",
    }


def test_an_equipment_change_follows_the_quote_it_belongs_to() -> None:
    before: Values = {"system_size_kw": 10, "total_price": 9000, "panel_brand": "Jinko"}
    changed = {"system_size_kw": 10, "total_price": 9000, "panel_brand": "Trina"}
    own = lead({**before, "total_price": 8000}, "portal:1", total_price=8500)
    assert quoted(merge(portal(**changed), own, before, COLUMNS)) == {"panel_brand": "Trina"}
    zohos = merge(portal(**changed), lead(SMALL, "zoho:1"), before, COLUMNS)
    assert quoted(zohos) == {}
    assert [conflict["field"] for conflict in zohos.conflicts] == ["panel_brand"]
    adopted = merge(portal(**changed), lead(SMALL, ADOPTED), before, COLUMNS)
    assert quoted(adopted) == {}


def test_where_both_sources_said_an_anchor_the_quote_is_zohos() -> None:
    mixed = lead({"system_size_kw": 5}, "portal:1")
    mixed.row["total_price"] = 5000
    mixed.base["total_price"] = Base(value=5000, origin="zoho:1")
    change = merge(portal(system_size_kw=7, total_price=7000), mixed, {"system_size_kw": 5}, COLUMNS)
    assert quoted(change) == {}


def test_zohos_changed_quote_takes_the_place_of_the_portals() -> None:
    before: Values = {"system_size_kw": 10, "total_price": 8000}
    change = merge(zoho(**ZOHO_LARGE), lead(SMALL), before, COLUMNS)
    assert quoted(change) == {"system_size_kw": 10, "total_price": 9000, "panel_brand": None, "panel_count": None}


REASONS = {
    "system_size_kw": "its quote takes the place of the other",
    "total_price": "its quote takes the place of the other",
    "panel_brand": "the quote that stands now has none",
    "panel_count": "the quote that stands now has none",
}


def test_the_journal_says_why_a_quote_changed() -> None:
    why = merge(zoho(**ZOHO_LARGE), lead(SMALL), None, COLUMNS).why
    assert {column: why[column] for column in REASONS} == REASONS


@pytest.mark.parametrize(
    ("standing_so", "facts", "expected"),
    [
        (Stance.ASIDE, {}, (Outcome.KEEP, "another quote stands")),
        (Stance.ASIDE, {"first_contact": False}, (Outcome.CONFLICT, "another quote stands")),
        (Stance.ASIDE, {"first_contact": False, "before": 9}, (Outcome.KEEP, "another quote stands")),
        (Stance.ASIDE, {"first_contact": False, "theirs": 5}, (Outcome.KEEP, "another quote stands")),
        (Stance.ASIDE, {"first_contact": False, "theirs": None}, (Outcome.KEEP, "another quote stands")),
        (Stance.STAFF, {}, (Outcome.CONFLICT, "another quote stands")),
        (Stance.STAFF, {"theirs": None}, (Outcome.KEEP, "another quote stands")),
        (Stance.WHOLE, {"base": Base(value=5, origin=ADOPTED)}, (Outcome.KEEP, "it was there before")),
        (
            Stance.WHOLE,
            {"base": Base(value=5, origin=ADOPTED), "first_contact": False},
            (Outcome.TAKE, "its quote takes the place of the other"),
        ),
        (
            Stance.WHOLE,
            {"base": Base(value=5, origin="portal:1"), "theirs": 5},
            (Outcome.CONFIRM, "its quote takes the place of the other"),
        ),
    ],
)
def test_one_field_of_a_quote(standing_so: Stance, facts: dict[str, object], expected: tuple[Outcome, str]) -> None:
    told = {"ours": 5, "theirs": 9, "before": None, "base": Base(value=5, origin="portal:1"), "first_contact": True}
    case = Case(field=BY_COLUMN["panel_count"], source=Source.ZOHO, made_by_sync=True, **{**told, **facts})  # type: ignore[arg-type]
    assert decide_quoted(case, (Outcome.CLEARED, "as any"), standing_so) == expected


def test_a_table_without_size_and_price_knows_no_quote() -> None:
    assert stance({}) is Stance.EACH


@pytest.mark.parametrize(
    ("nullable", "default", "emptied"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_a_column_that_cannot_be_empty_keeps_its_value(nullable: bool, default: bool, emptied: bool) -> None:  # noqa: FBT001
    live = {**COLUMNS.live, "panel_brand": Column(None, nullable, default)}
    change = merge(zoho(**ZOHO_LARGE), lead(SMALL), None, Columns(live))
    assert ("panel_brand" in change.values) is emptied
