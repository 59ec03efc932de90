"""People as the two sources know them, and whatever else a source may send."""

import uuid
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from leads.fields import FIELDS
from leads.sources import Source

Raw = dict[str, Any]

GIVEN = ("Ġużeppi", "Maria", "Żaren", "Ċensa", "Paul", "Anna Maria", "Karmenu")
SURNAMES = ("Borg", "Ħili", "Camilleri", "Zammit Tabona", "de Marco", "Vella-Grech", "Farrugia", "Micallef")

odd_text = st.text(
    st.characters(codec=None, exclude_categories=()) | st.sampled_from("\x00\ud800\x1f\u200b ħĠ"), max_size=12
)
_numbers = st.integers() | st.sampled_from([2**53 + 1, 2**63, 10**400, -1, 0]) | st.floats()
scalars = st.none() | st.booleans() | _numbers | odd_text
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_text, inner, max_size=3), max_leaves=6
)

_PIN = st.builds(
    lambda lat, lng: {"lat": lat, "lng": lng},
    st.integers(357_900, 360_900).map(lambda n: n / 10_000),
    st.integers(141_800, 145_800).map(lambda n: n / 10_000),
)
_AMOUNT = st.none() | st.just(0) | st.integers(1, 30_000) | st.integers(100, 3_000_000).map(lambda n: n / 100)
_COUNT = st.none() | st.just(0) | st.integers(1, 40)
_FLAG = st.none() | st.booleans()
_INSTANT = st.sampled_from(
    ["2025-11-03T09:15:00+01:00", "2025-12-01T08:00:00Z", "2026-02-10T10:30:00.123+00:00", "2026-07-01T12:00:00+02:00"]
)
_WORD = st.none() | st.sampled_from(
    ["", "  ", "-None-", "Ħ", "Solax  X3", "cash", "loan", "line\nbreak", "n\x00ul \ud800", "x" * 400]
)
_URL = st.none() | st.sampled_from(
    ["", "https://files.example/a.pdf", "ftp://files.example/b", "https://maps.google.com/?q=36.0,14.2", "no link"]
)
_PHONE = st.none() | st.sampled_from(["", "n/a", "call me", "00356 2155 0000", " 356 7900 0000", "+44 7700 900000"])
_COMMON: dict[str, st.SearchStrategy[Any]] = {
    "System_Size": _AMOUNT,
    "Quote_Amount": _AMOUNT,
    "Grant_Amount_EUR": _AMOUNT,
    "Deposit_Amount": _AMOUNT,
    "Monthly_Bill": _AMOUNT,
    "Battery_Size": _AMOUNT,
    "Panel_Count": _COUNT,
    "Loan_Term": _COUNT,
    "Household_Size": _COUNT,
    "With_Battery": _FLAG,
    "Street": _WORD,
    "City": _WORD,
    "Panel_Brand": _WORD,
    "Payment_Method": _WORD,
    "Recommended_Package": _WORD,
    "Social_Provider": _WORD,
    "Description": _WORD,
    "UTM_Medium": _WORD,
    "Google_Maps_URL": _URL,
    "Bill_Images_URL": _URL,
    "Quote_PDF_URL": _URL,
    "Email_Opt_Out": _FLAG,
    "Grant_Type": st.none() | st.sampled_from(["none", "pv_only", "pv_battery", "battery_retrofit", "Solar?"]),
}
_ZOHO_ONLY = {
    "Mobile": _PHONE,
    "Google_Maps_Link": _URL,
    "Converted__s": _FLAG,
    "Lead_Status": st.none()
    | st.sampled_from(["-None-", "New", "Contacted", "Hot - Qualified", "Junk Lead", "Lost Lead", "Won", "Dreaming"]),
    "Lead_Source": st.none() | st.sampled_from(["Sales Portal", "Facebook", "-None-", "Trade Show"]),
    "Portal_Source": st.none() | st.sampled_from(["zoho_crm", "wizard-v2", "facebook"]),
    "Campaign_Source": st.none() | st.sampled_from(["Spring", {"id": "9", "name": "Spring fair"}, {"id": "9"}]),
    "Converted_Date_Time": st.none() | _INSTANT,
}
_PORTAL_ONLY = {
    "status": st.none() | st.sampled_from(["new", "contacted", "qualified", "signed", "installed", "lost", "odd"]),
    "source": st.none() | st.sampled_from(["sales-portal", "zoho_crm", "wizard-v2", "avatar-chat-auto"]),
    "is_gozo": _FLAG,
    "location_source": st.none() | st.sampled_from(["auto", "manual"]),
    "grant_path": _FLAG,
    "meter_number": _WORD,
    "bill_raw_analysis": _WORD,
    "bill_analyzed_at": st.none() | _INSTANT,
    "email_opted_out_at": st.none() | _INSTANT,
}
_COLUMN_OF = {
    name: field.portal[0]
    for field in FIELDS
    if field.portal and field.column not in ("is_gozo", "coordinates_lat", "coordinates_lng", "google_maps_url")
    for name in field.zoho[:1]
}
zoho_words = st.fixed_dictionaries({}, optional={**_COMMON, **_ZOHO_ONLY})
portal_words = st.fixed_dictionaries(
    {}, optional={**{_COLUMN_OF[name]: words for name, words in _COMMON.items()}, **_PORTAL_ONLY}
)


@dataclass(frozen=True)
class Person:
    """One person: what either source says of them; None where it does not know them."""

    zoho: Raw | None
    portal: Raw | None

    def record(self, source: Source) -> Raw | None:
        return self.zoho if source is Source.ZOHO else self.portal


@st.composite
def persons(draw: st.DrawFn, number: int) -> Person:
    """The person of this number, who shares no address, number or name with those of other numbers."""
    name = f"{draw(st.sampled_from(GIVEN))} {SURNAMES[number]}"
    email = f"person{number}@mail.example"
    phone = f"+3562155{1000 + number}"
    zoho_id, portal_id = str(900_000_000_000_000_000 + number), str(uuid.UUID(int=number + 10**6))
    known = draw(st.sampled_from(["zoho", "portal", "both", "both", "both"]))
    pin = draw(st.none() | _PIN)
    zoho = {
        "id": zoho_id,
        "First_Name": name.rsplit(" ", 1)[0],
        "Last_Name": name.rsplit(" ", 1)[-1],
        "Email": draw(st.sampled_from([email, email.upper(), f" {email} ", None, ""])),
        "Phone": draw(st.sampled_from([phone, phone[4:], "00" + phone[1:], None, "n/a"])),
        "Created_Time": draw(_INSTANT),
        "Modified_Time": draw(_INSTANT),
        "Install_Coordinates": f"{pin['lat']},{pin['lng']}" if pin else draw(st.sampled_from([None, "", "0,0"])),
        **draw(zoho_words),
    }
    portal = {
        "id": portal_id,
        "name": draw(st.sampled_from([name, f"  {name} ", name.upper()])),
        "email": draw(st.sampled_from([email, email.title(), ""])),
        "phone": draw(st.sampled_from([phone, " " + phone[1:], phone[4:], ""])),
        "created_at": draw(_INSTANT),
        "updated_at": draw(_INSTANT),
        "zoho_lead_id": draw(st.sampled_from([None, zoho_id, "", "not an id"])),
        "coordinates": draw(st.sampled_from([pin, pin, None, {}])),
        **draw(portal_words),
    }
    return Person(zoho=zoho if known != "portal" else None, portal=portal if known != "zoho" else None)


people = st.integers(1, 3).flatmap(lambda count: st.tuples(*(persons(number) for number in range(count))))

_RAW = {source: {name: scalars | json_values for field in FIELDS for name in field.names(source)} for source in Source}
_TYPICAL = {Source.ZOHO: zoho_words, Source.PORTAL: portal_words}
_NAMED: dict[Source, Raw] = {
    Source.ZOHO: {"id": "900000000000000001", "Last_Name": "Borg"},
    Source.PORTAL: {"id": str(uuid.UUID(int=7)), "name": "Maria Borg"},
}


def hostile_records(source: Source) -> st.SearchStrategy[Any]:
    """Any JSON value, objects with the source's names and any content, and decent ones with a few odd values."""
    odd = st.fixed_dictionaries({}, optional=_RAW[source])
    decent = st.builds(lambda words, strange: {**_NAMED[source], **words, **strange}, _TYPICAL[source], odd)
    named = st.builds(lambda words, strange: {**strange, **_NAMED[source], **words}, _TYPICAL[source], odd)
    return json_values | odd | decent | named
