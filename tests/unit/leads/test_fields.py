import inspect

import pytest

from leads.fields import BY_COLUMN, FIELDS, ZOHO_LIMIT, zoho_names
from leads.sources import Source

PORTAL_COLUMNS = {
    "address",
    "annual_savings",
    "arms_account_number",
    "assigned_at",
    "assigned_to",
    "average_monthly_bill",
    "battery_brand",
    "battery_model",
    "battery_size_kwh",
    "bill_analyzed_at",
    "bill_file_url",
    "bill_raw_analysis",
    "consumption_kwh",
    "converted_at",
    "coordinates",
    "created_at",
    "current_step",
    "deleted_at",
    "deposit_amount",
    "email",
    "email_opted_out",
    "email_opted_out_at",
    "first_contact_at",
    "google_maps_link",
    "google_maps_url",
    "grant_amount",
    "grant_path",
    "grant_type",
    "household_size",
    "id",
    "inverter_brand",
    "inverter_model",
    "is_gozo",
    "last_contact_at",
    "lead_score",
    "loan_term",
    "locality",
    "location_source",
    "meter_number",
    "monthly_bill",
    "monthly_payment",
    "name",
    "notes",
    "panel_brand",
    "panel_count",
    "panel_model",
    "panel_wattage",
    "payment_method",
    "phone",
    "property_type",
    "proposal_file_url",
    "quality_score",
    "roof_area",
    "selected_system",
    "social_provider",
    "source",
    "source_campaign",
    "source_content",
    "source_medium",
    "status",
    "system_size_kw",
    "total_price",
    "updated_at",
    "with_battery",
    "zoho_lead_id",
}  # domain facts 1.1

STAFF_COLUMNS = {
    "analysis_id",
    "assigned_at",
    "assigned_to",
    "average_monthly_bill",
    "current_step",
    "deleted_at",
    "email_sent_at",
    "first_contact_at",
    "id",
    "last_contact_at",
    "lead_score",
    "location_link_id",
    "pdf_generated_at",
    "property_type",
    "quality_score",
    "report_expires_at",
    "report_token",
    "updated_at",
}  # domain facts 3.4


def test_zoho_is_asked_for_no_more_names_than_it_answers() -> None:
    names = zoho_names()
    assert len(names) == len(set(names)) <= ZOHO_LIMIT == 50
    assert "Modified_Time" in names
    assert "id" not in names


def test_every_name_that_a_field_reads_is_asked_for() -> None:
    read = {name for field in FIELDS for name in field.zoho}
    assert read - {"id"} <= set(zoho_names())


def test_every_portal_column_that_is_read_exists() -> None:
    assert {name for field in FIELDS for name in field.portal} <= PORTAL_COLUMNS


def test_each_column_is_stated_once_and_has_a_source() -> None:
    assert len(BY_COLUMN) == len(FIELDS)
    assert all(field.zoho or field.portal for field in FIELDS)


def test_columns_of_staff_and_other_jobs_are_not_tracked() -> None:
    assert not STAFF_COLUMNS & set(BY_COLUMN)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.column)
def test_each_cleaner_takes_a_source_and_its_raw_values(field: object) -> None:
    clean = BY_COLUMN[field.column].clean  # type: ignore[attr-defined]
    assert len(inspect.signature(clean).parameters) == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", None),
        ("email", ""),
        ("phone", "  "),
        ("grant_type", "pv_only"),
        ("grant_amount", 0),
        ("total_price", 0.0),
        ("with_battery", False),
        ("grant_path", True),
        ("is_gozo", False),
        ("status", "new"),
        ("source", "website"),
        ("location_source", "auto"),
        ("email_opted_out", False),
    ],
)
def test_nothing_and_defaults_are_gaps(column: str, value: str | float | None) -> None:
    assert BY_COLUMN[column].is_gap(value)


@pytest.mark.parametrize(
    ("column", "value"), [("grant_path", False), ("is_gozo", True), ("total_price", 1), ("status", "lost")]
)
def test_what_somebody_said_is_no_gap(column: str, value: str | float) -> None:
    assert not BY_COLUMN[column].is_gap(value)


@pytest.mark.parametrize(
    ("column", "held", "read"),
    [
        ("phone", "7900 1234", "+35679001234"),
        ("email", " Maria@Mail.Example", "maria@mail.example"),
        ("created_at", "2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00+00:00"),
        ("total_price", "5,000.00", 5000),
    ],
)
def test_the_backoffices_spelling_is_read_like_a_sources(column: str, held: str, read: str | float) -> None:
    assert BY_COLUMN[column].canonical(held) == read


def test_an_id_names_the_record_in_its_own_source_only() -> None:
    assert BY_COLUMN["zoho_lead_id"].names(Source.PORTAL) == ()
    assert BY_COLUMN["portal_lead_id"].names(Source.ZOHO) == ()
