from typing import TYPE_CHECKING

from leads.comparison import Row, side_by_side
from tests.unit.leads.people import zoho

if TYPE_CHECKING:
    from leads.values import Values


def test_a_record_stands_beside_its_candidates_field_by_field() -> None:
    said = zoho(Phone="7900 1234", Quote_Amount=9000).values
    leads: list[Values] = [
        {"name": "Maria Borg", "phone": "00356 79001234", "total_price": 8000},
        {"name": "M. Vella", "phone": ""},
    ]
    rows = {row.column: row for row in side_by_side(said, leads)}
    assert rows["phone"] == Row(
        column="phone", said="+35679001234", standing=("00356 79001234", ""), differs=(False, False)
    )
    assert rows["total_price"].differs == (True, False)
    assert rows["name"].differs == (False, True)
    assert "locality" not in rows


def test_what_only_a_lead_says_is_shown_and_is_no_difference() -> None:
    (row,) = (row for row in side_by_side({}, [{"locality": "Rabat", "total_price": 0}]))
    assert row == Row(column="locality", said=None, standing=("Rabat",), differs=(False,))
