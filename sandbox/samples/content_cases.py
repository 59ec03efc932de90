"""Cases about what a record says (facts: domain.md §1.5, §2.1 to §2.4, §5.6)."""

from collections.abc import Iterator

from leads.values import Values
from sandbox.samples.case import Case, Expect
from sandbox.samples.quotes import quote
from sandbox.samples.scribe import Scribe
from sandbox.zoho.catalog import Catalog


def content_cases(scribe: Scribe) -> Iterator[Case]:
    """All of them."""
    yield from _places(scribe)
    yield from _defaults(scribe)
    yield from _course(scribe)
    yield from _fields(scribe)


def _places(scribe: Scribe) -> Iterator[Case]:
    told = {
        "gharb": ("Għarb", "36.0612,14.2083", True),
        "zebbug-of-gozo": ("Żebbuġ", "36.0711,14.2358", True),
        "haz-zebbug": ("Ħaż-Żebbuġ", "35.8719,14.4412", False),
        "comino": ("Comino", "36.0120,14.3364", True),
    }
    for name, (city, pin, gozo) in told.items():
        yield Case(
            name=name,
            why=f"{city}: the pin says on which island it lies.",
            zoho=(scribe.crm(scribe.people.named("Ġwanni", "Tabone"), City=city, Install_Coordinates=pin),),
            expect=Expect(zoho=("inserted",), leads=1, values={"is_gozo": gozo, "locality": city}),
        )
    yield Case(
        name="rabat-without-a-pin",
        why="Rabat is a name on both islands, so nothing is known.",
        zoho=(scribe.crm(scribe.people.named("Ġwanni", "Tabone"), City="Rabat"),),
        expect=Expect(zoho=("inserted",), leads=1, values={"is_gozo": False, "coordinates": None}),
    )
    islander = scribe.people.named("Marija", "Rapa")
    yield Case(
        name="not-gozo-by-default",
        why="The form said no because nobody asked; the pin lies at 36.05.",
        portal=(scribe.row(islander, is_gozo=False, coordinates={"lat": 36.05, "lng": 14.25}),),
        expect=Expect(portal=("inserted",), leads=1, values={"is_gozo": True, "coordinates_lat": 36.05}),
    )
    tourist = scribe.people.named("Oliver", "Hughes")
    yield Case(
        name="pin-abroad",
        why="The map was opened in Paris; the pin is left out.",
        portal=(scribe.row(tourist, coordinates={"lat": 48.8566, "lng": 2.3522}),),
        expect=Expect(portal=("inserted",), leads=1, values={"coordinates": None, "is_gozo": False}),
    )


def _defaults(scribe: Scribe) -> Iterator[Case]:
    back = scribe.people.named("Konċetta", "Camilleri")
    full = scribe.forwarded({**scribe.row(back), **quote(back)})
    yield Case(
        name="partial-form-after-a-full-quote",
        why="A later visit emptied the row; Zoho still has the quote, and emptiness says nothing.",
        portal=(scribe.row(back, source="wizard-v2", total_price=None, selected_system=None),),
        zoho=(full,),
        expect=Expect(
            zoho=("inserted",),
            portal=("updated",),
            leads=1,
            values={"total_price": full["Quote_Amount"], "selected_system": full["Recommended_Package"]},
        ),
    )
    yield Case(
        name="battery-by-its-size",
        why="The flag is false by default, but a size is given.",
        portal=(scribe.row(scribe.people.named("Ċikku", "Buttigieg"), battery_size_kwh=10),),
        expect=Expect(portal=("inserted",), leads=1, values={"with_battery": True, "battery_size_kwh": 10}),
    )
    yield Case(
        name="deposit-reset-by-the-portal",
        why="A submit wrote false over a paid deposit in Zoho; the date tells that it was paid.",
        zoho=(
            scribe.crm(
                scribe.people.named("Paul", "Żerafa"),
                Deposit_Amount=2_400.0,
                Deposit_Paid=False,
                Deposit_Paid_Date="2026-11-02",
            ),
        ),
        expect=Expect(zoho=("inserted",), leads=1, values={"deposit_amount": 2_400}),
    )
    quiet = scribe.people.named("Rita", "Gatt")
    row = scribe.row(quiet)
    yield Case(
        name="opt-out-in-the-portal-alone",
        why="The customer unsubscribed; Zoho was never told, and nothing else changed.",
        portal=({**row, "email_opted_out": True, "email_opted_out_at": scribe.ago(hours=5)},),
        zoho=(scribe.forwarded(row),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"email_opted_out": True}),
    )


def _course(scribe: Scribe) -> Iterator[Case]:
    customer = scribe.people.named("Ġanna", "Debono")
    signed: Values = {"Converted__s": True, "Converted_Date_Time": scribe.ago(days=2)}
    yield Case(
        name="converted",
        why="A signed customer, whom Zoho lists only when asked for converted leads, too.",
        zoho=(scribe.crm(customer, **signed),),
        expect=Expect(zoho=("inserted",), leads=1, values={"status": "converted"}),
    )
    again = scribe.people.named("Pawlu", "Ċassar")
    yield Case(
        name="new-over-converted",
        why="The form set the row's status to new again; the contract is signed.",
        portal=(scribe.row(again, status="new"),),
        zoho=(scribe.crm(again, **signed),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"status": "converted"}),
    )
    yield Case(
        name="signed-in-the-portal",
        why="The backoffice's check refuses the word `signed`.",
        portal=(scribe.row(scribe.people.named("Karmnu", "Żahra"), status="signed"),),
        expect=Expect(portal=("inserted",), leads=1, values={"status": "converted"}),
    )
    yield Case(
        name="unknown-picklist-value",
        why="Somebody added a status and a grant in Zoho that nobody here knows.",
        zoho=(
            scribe.crm(scribe.people.named("Doris", "Mizzi"), Lead_Status="Site Visit Booked", Grant_Type="pv_premium"),
        ),
        expect=Expect(zoho=("inserted",), leads=1, values={"status": "new", "grant_type": "pv_only"}),
    )
    yield Case(
        name="junk",
        why="The team marked it as junk in Zoho.",
        zoho=(scribe.crm(scribe.people.named("Mario", "Sultana"), Lead_Status="Junk Lead"),),
        expect=Expect(zoho=("inserted",), leads=1, values={"status": "lost"}),
    )


def _fields(scribe: Scribe) -> Iterator[Case]:
    thorough = scribe.people.named("Marlene", "Buħaġiar")
    everything = scribe.forwarded({**scribe.row(thorough), **quote(thorough)}, **_untold())
    yield Case(
        name="every-field-filled",
        why="More fields than the fifty that one request may ask for.",
        zoho=(everything,),
        expect=Expect(zoho=("inserted",), leads=1, values={"source_medium": "text"}),
    )
    link = "https://maps.google.com/?q=35.9,14.5"
    yield Case(
        name="link-in-the-old-field",
        why="Until December 2025 the portal wrote the map's link to another field.",
        zoho=(scribe.crm(scribe.people.named("Josette", "Saliba"), Google_Maps_Link=link),),
        expect=Expect(zoho=("inserted",), leads=1, values={"google_maps_link": link, "google_maps_url": link}),
    )
    campaign: Values = {"name": "Solar Spring", "id": scribe.zoho_id()}
    yield Case(
        name="campaign-as-a-lookup",
        why="The campaign comes as an object with a name, not as a text.",
        zoho=(scribe.crm(scribe.people.named("Clint", "Xuereb"), Campaign_Source=campaign),),
        expect=Expect(zoho=("inserted",), leads=1, values={"source_campaign": "Solar Spring"}),
    )
    runner = scribe.people.named("Silvio", "Farrugia")
    address = f"contest123.{runner.email}"
    yield Case(
        name="address-that-looks-like-a-test",
        why="A real customer whose address holds `test` and `123`.",
        portal=(scribe.row(runner.but(email=address)),),
        expect=Expect(portal=("inserted",), leads=1, values={"email": address}),
    )


def _untold() -> Values:
    """A value in every field of the company's that may be written and that the portal's form leaves empty."""
    by_type: Values = {
        "text": "text",
        "integer": 5,
        "double": 5.5,
        "currency": 55.0,
        "boolean": True,
        "date": "2026-11-01",
    }
    return {
        name: by_type[field.data_type]
        for name, field in Catalog().fields.items()
        if field.custom and field.data_type in by_type and name not in _FORM
    }


_FORM = frozenset(
    {"Install_Coordinates", "Household_Size", "Recommended_Package", "System_Size", "Quote_Amount", "Portal_Source"}
)
