"""What a customer fills into the portal's form: a home, a system, a price. Columns of the portal's `leads`."""

from leads.values import Values
from sandbox.samples.people import Person

GOZO_FROM = 36.0
"""Latitude, degrees north."""

_PACKAGES = (
    ("starter-3kw", 3.0, 7, 4_350.0, 540.0),
    ("essential-5kw", 5.2, 12, 6_900.0, 890.0),
    ("performance-10kw", 9.9, 23, 11_800.0, 1_680.0),
    ("max-15kw", 15.0, 35, 17_250.0, 2_390.0),
)
"""Slug, kW, panels, EUR after the grant, EUR saved a year."""


def home(person: Person) -> Values:
    """Where the roof is."""
    lat, lng = person.pin
    return {
        "address": f"{person.number}, Triq il-Kbira, {person.locality}",
        "coordinates": {"lat": lat, "lng": lng},
        "google_maps_link": f"https://www.google.com/maps/search/?api=1&query={lat},{lng}",
        "is_gozo": lat >= GOZO_FROM,
        "household_size": 1 + person.number % 5,
        "monthly_bill": 60.0 + person.number % 23 * 7,
        "consumption_kwh": 280 + person.number % 31 * 15,
        "roof_area": 30.0 + person.number % 9 * 5,
    }


def system(person: Person) -> Values:
    """What was offered; every third customer wants a battery, every fourth a loan."""
    package, size, panels, price, savings = _PACKAGES[person.number % len(_PACKAGES)]
    battery, loan = person.number % 3 == 0, person.number % 4 == 0
    price += 4_000.0 if battery else 0.0
    return {
        "selected_system": package,
        "system_size_kw": size,
        "total_price": price,
        "annual_savings": savings,
        "grant_type": "pv_battery" if battery else "pv_only",
        "grant_amount": 10_200.0 if battery else 2_500.0,
        "payment_method": "loan" if loan else "cash",
        **({"loan_term": 120, "monthly_payment": round(price / 96, 2)} if loan else {}),
        "panel_brand": "Huawei",
        "panel_model": "HJT-440",
        "panel_count": panels,
        "panel_wattage": 440,
        "inverter_brand": "Huawei",
        "inverter_model": f"SUN2000-{round(size)}K",
        "with_battery": battery,
        **(_battery(person) if battery else {}),
    }


def _battery(person: Person) -> Values:
    size = (5, 10, 15)[person.number % 5 % 3]
    return {"battery_brand": "Huawei", "battery_model": f"LUNA2000-{size}", "battery_size_kwh": size}


def quote(person: Person) -> Values:
    """A whole application."""
    return {**home(person), **system(person)}
