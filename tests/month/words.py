"""What people write into Zoho, field by field, and what is to stand in the backoffice: written down by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
Fields = dict[str, Any]


@dataclass(frozen=True)
class Word:
    """A field of Zoho that one column follows.

    Attributes:
        values: what is written, and what the column is to hold for it; None: it says nothing.
    """

    field: str
    column: str
    values: tuple[tuple[Json, Json], ...]

    def held(self, written: Json) -> Json:
        """What the column is to hold for what Zoho keeps."""
        return next(held for sent, held in self.values if kept(sent) == written)


def kept(written: Json) -> Json:
    """What Zoho keeps of what is written: no blanks at the ends, and nothing for its own word for nothing."""
    text = written.strip() if isinstance(written, str) else written
    return None if text in ("", "-None-") else text


def _word(field: str, column: str, *values: Json) -> Word:
    """Values that are held as they are written, and pairs where they are not."""
    pairs = tuple(value if isinstance(value, tuple) else (value, value) for value in values)
    return Word(field, column, (*pairs, (None, None)))


_FAIR = {"id": "910000000000000077", "name": "Spring fair"}
_RADIO = {"id": "910000000000000078", "name": "Radio Ħanin"}

WORDS = (
    _word("Street", "address", "Triq il-Kbira 4", ("  Triq Ġdida 7 ", "Triq Ġdida 7"), "12 Sqaq Ħ\nXagħra"),
    _word("City", "locality", "Sliema", "Għarb", ("   ", None)),
    _word("System_Size", "system_size_kw", 3, 5.5, 10, (0, None)),
    _word("Recommended_Package", "selected_system", "Starter", "Family plus"),
    _word("Battery_Size", "battery_size_kwh", 5, 10.24, (0, None)),
    _word("Panel_Brand", "panel_brand", "Jinko", "Longi"),
    _word("Panel_Model", "panel_model", "Tiger Neo", "Hi-MO 6"),
    _word("Panel_Count", "panel_count", 8, 14, (0, None)),
    _word("Panel_Wattage", "panel_wattage", 435, 580),
    _word("Inverter_Brand", "inverter_brand", "Huawei", "Solis"),
    _word("Inverter_Model", "inverter_model", "SUN2000", "S6"),
    _word("Battery_Brand", "battery_brand", "BYD"),
    _word("Battery_Model", "battery_model", "HVS", "LVS"),
    _word("Grant_Type", "grant_type", "pv_battery", "none", ("pv_only", None), ("a new scheme", None)),
    _word("Grant_Amount_EUR", "grant_amount", 2500, 3000.5, (0, None)),
    _word("Quote_Amount", "total_price", 4999.5, 8000, 12000, (0, None)),
    _word("Deposit_Amount", "deposit_amount", 500, 750.25),
    _word("Payment_Method", "payment_method", "cash", "loan", ("-None-", None)),
    _word("Loan_Term", "loan_term", 60, 120),
    _word("Monthly_Payment_EUR", "monthly_payment", 99.9, 150),
    _word("Annual_Savings", "annual_savings", 1200, 1850.75),
    _word("Monthly_Bill", "monthly_bill", 75, 120.25, 300),
    _word("Monthly_Consumption_kWh", "consumption_kwh", 350, 610.5),
    _word("Household_Size", "household_size", ("4", 4), ("2", 2), ("many", None)),
    _word("Available_Area_sqm", "roof_area", 40, 62.5),
    _word(
        "Bill_Images_URL", "bill_file_url", "https://files.example/a.jpg,https://files.example/b.jpg", ("lost", None)
    ),
    _word("Quote_PDF_URL", "proposal_file_url", "https://files.example/q1.pdf", "https://files.example/q2.pdf"),
    _word("Social_Provider", "social_provider", "facebook", "google"),
    _word("Description", "notes", "calls back", "wants a battery\nand a loan"),
    _word("Campaign_Source", "source_campaign", (_FAIR, "Spring fair"), (_RADIO, "Radio Ħanin")),
    _word("UTM_Medium", "source_medium", "cpc", "email"),
    _word("UTM_Content", "source_content", "banner", "video"),
    _word("Email_Opt_Out", "email_opted_out", (True, True), (False, None)),
)

PINS = _word(
    "Install_Coordinates",
    "coordinates",
    ("35.9,14.4", (35.9, 14.4)),
    ("35.8512, 14.5201", (35.8512, 14.5201)),
    ("36.0444,14.2503", (36.0444, 14.2503)),
    ("51.5,-0.12", None),
    ("by the church", None),
)
MAPS = tuple(
    _word(field, "google_maps_url", f"https://maps.google.com/?q={place}", ("https://maps.example/", None))
    for field, place in (("Google_Maps_URL", "a"), ("Google_Maps_Link", "b"))
)
BATTERY = _word("With_Battery", "with_battery", (True, True), (False, None))
STATUS = _word(
    "Lead_Status",
    "status",
    ("New", None),
    ("Not Contacted", None),
    ("Contacted", "contacted"),
    ("Attempted to Contact", None),
    ("Pre-Qualified", "qualified"),
    ("Hot - Qualified", "qualified"),
    ("Lost Lead", "lost"),
    ("Junk Lead", "lost"),
    ("Gone fishing", None),
)
ORIGINS = (
    _word("Lead_Source", "source", "Facebook", "Trade Show", ("Sales Portal", "sales-portal")),
    _word("Portal_Source", "source", "calculator", ("zoho_crm", None)),
)

EDITED = {word.field: word for word in (*WORDS, PINS, *MAPS, BATTERY, STATUS, *ORIGINS)}
"""Every field that says something without saying who it is."""

VANISHING = ("Quote_Amount", "UTM_Medium", "Panel_Brand", "Install_Coordinates", "Household_Size", "Bill_Images_URL")
"""Fields that an organisation may do away with, and bring back."""

GOZO_FROM = 36.0


def said(fields: Mapping[str, Json]) -> dict[str, Json] | None:
    """What a lead's fields say, by the columns of the backoffice; None: no lead can be made of them."""
    name = " ".join(" ".join(part for part in (fields.get("First_Name"), fields.get("Last_Name")) if part).split())
    if not any(character.isalpha() for character in name):
        return None
    told = {word.column: word.held(fields.get(word.field)) for word in WORDS}
    told |= {"name": name, **_contact(fields), **_place(fields), **_course(fields)}
    return {column: value for column, value in told.items() if value is not None}


def _contact(fields: Mapping[str, Json]) -> dict[str, Json]:
    email, numbers = fields.get("Email"), [fields.get("Phone"), fields.get("Mobile")]
    phones = [f"+356{digits[-8:]}" for digits in map(_digits, numbers) if digits]
    return {"email": email.lower() if email else None, "phone": next(iter(phones), None)}


def _digits(number: str | None) -> str:
    return "".join(character for character in number or "" if character.isdigit())


def _place(fields: Mapping[str, Json]) -> dict[str, Json]:
    pin = PINS.held(fields.get(PINS.field))
    link = next(filter(None, (word.held(fields.get(word.field)) for word in MAPS)), None)
    return {
        "coordinates": pin,
        "coordinates_lat": pin and pin[0],
        "coordinates_lng": pin and pin[1],
        "is_gozo": pin and pin[0] >= GOZO_FROM,
        "google_maps_url": link,
        "google_maps_link": link,
    }


def _course(fields: Mapping[str, Json]) -> dict[str, Json]:
    first, second = (word.held(fields.get(word.field)) for word in ORIGINS)
    sized = (fields.get("Battery_Size") or 0) > 0
    return {
        "zoho_lead_id": fields["id"],
        "created_at": fields["Created_Time"],
        "source": second if second and first in (None, "sales-portal") else first,
        "status": "converted" if fields.get("Converted__s") else STATUS.held(fields.get(STATUS.field)),
        "converted_at": fields.get("Converted_Date_Time"),
        "with_battery": True if sized or fields.get("With_Battery") else None,
    }
