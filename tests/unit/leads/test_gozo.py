"""The island is a matter of pins, whichever source is read first."""

import pytest

from leads.sources import Source
from tests.unit.leads.model import Backoffice, run
from tests.unit.leads.people import portal_row, zoho_record

PINS = {"gozo": (36.05, 14.25), "malta": (35.9, 14.45)}
ORDERS = [(Source.ZOHO, Source.PORTAL), (Source.PORTAL, Source.ZOHO)]


def is_gozo_after(order: tuple[Source, Source], in_zoho: str | None, in_portal: str | None, *, ticked: bool) -> object:
    zoho = zoho_record(Install_Coordinates="{},{}".format(*PINS[in_zoho]) if in_zoho else None)
    pin = dict(zip(("lat", "lng"), PINS[in_portal], strict=True)) if in_portal else None
    records = {Source.ZOHO: zoho, Source.PORTAL: portal_row(coordinates=pin, is_gozo=ticked)}
    backoffice = Backoffice()
    for source in order:
        run(backoffice, source, [records[source]])
    (row,) = backoffice.leads.values()
    return row["is_gozo"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("in_zoho", ["gozo", "malta", None])
@pytest.mark.parametrize("in_portal", ["gozo", "malta"])
@pytest.mark.parametrize("ticked", [True, False])
def test_the_portals_pin_decides(
    order: tuple[Source, Source], in_zoho: str | None, in_portal: str, *, ticked: bool
) -> None:
    assert is_gozo_after(order, in_zoho, in_portal, ticked=ticked) == (in_portal == "gozo")


@pytest.mark.parametrize("in_zoho", ["gozo", "malta", None])
@pytest.mark.parametrize("ticked", [True, False])
def test_without_the_portals_pin_the_order_of_the_flows_does_not_matter(in_zoho: str | None, *, ticked: bool) -> None:
    one, other = (is_gozo_after(order, in_zoho, None, ticked=ticked) for order in ORDERS)
    assert one == other


@pytest.mark.parametrize("away", [None, "by the church"])
def test_a_pin_that_was_taken_away_and_comes_back_elsewhere_decides_anew(away: str | None) -> None:
    backoffice = Backoffice()
    for pin in ("36.05,14.25", away, "35.9,14.45"):
        run(backoffice, Source.ZOHO, [zoho_record(Install_Coordinates=pin)])
    (row,) = backoffice.leads.values()
    assert (row["is_gozo"], row["coordinates"]) == (False, {"lat": 35.9, "lng": 14.45})
