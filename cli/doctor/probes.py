"""Leads that the backoffice's table has to take: its rules are asked about them, and none is ever written."""

from typing import Any

from leads.lifecycle import RANKS

ORDINARY: dict[str, Any] = {
    "name": "Probe Lead",
    "email": "probe@lead.example",
    "phone": "+35621000000",
    "status": "new",
}

_QUOTE: dict[str, Any] = {
    "system_size_kw": 5.5,
    "selected_system": "5.5 kWp",
    "with_battery": True,
    "battery_size_kwh": 10,
    "panel_count": 12,
    "panel_wattage": 460,
    "grant_type": "pv_battery",
    "grant_path": True,
    "grant_amount": 3000,
    "total_price": 9500.5,
    "deposit_amount": 500,
    "payment_method": "loan",
    "loan_term": 120,
    "monthly_payment": 95.25,
    "annual_savings": 1100,
    "monthly_bill": 120,
    "consumption_kwh": 450,
    "household_size": 4,
    "roof_area": 60,
}

_PLACE: dict[str, Any] = {
    "locality": "Mosta",
    "address": "1 Probe Street",
    "coordinates": {"lat": 35.9, "lng": 14.4},
    "coordinates_lat": 35.9,
    "coordinates_lng": 14.4,
    "location_source": "manual",
    "is_gozo": False,
    "google_maps_link": "https://maps.google.com/?q=35.9,14.4",
    "google_maps_url": "https://maps.google.com/?q=35.9,14.4",
}

EVERY = "every lead"
"""The probe that has nothing special: what refuses it refuses all."""

PROBES: dict[str, dict[str, Any]] = {
    EVERY: ORDINARY,
    "leads without an e-mail address": ORDINARY | {"email": ""},
    "leads without a phone number": ORDINARY | {"phone": ""},
    "leads with a quote": ORDINARY | _QUOTE,
    "leads with a pin": ORDINARY | _PLACE,
    **{f"leads of source `{origin}`": ORDINARY | {"source": origin} for origin in ("sales-portal", "Facebook")},
    **{f"leads of status `{status}`": ORDINARY | {"status": status} for status in RANKS},
}
