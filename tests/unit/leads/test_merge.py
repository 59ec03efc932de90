import pytest

from leads.merge import Change, merge
from leads.values import Values
from leads.world import ADOPTED, Base, Standing
from tests.unit.leads.model import COLUMNS
from tests.unit.leads.people import portal, standing, zoho

MADE = {"created_at": Base(value=None, origin="portal:1")}


def stands(row: Values, base: dict[str, tuple[object, str]] | None = None) -> Standing:
    lead = standing("lead-1", **dict[str, object](row))
    lead.base = {c: Base(value=v, origin=o) for c, (v, o) in (base or {}).items()}  # type: ignore[arg-type]
    return lead


def changes(change: Change) -> Values:
    return {c: v for c, v in change.values.items() if c not in ("portal_lead_id", "zoho_lead_id", "name", "email")}


def fields(change: Change) -> set[object]:
    return {conflict["field"] for conflict in change.conflicts}


def test_theirs_is_taken_where_ours_is_what_the_sync_wrote() -> None:
    lead = stands({"total_price": 100}, {"total_price": (100, "zoho:1")})
    assert changes(merge(zoho(Quote_Amount=200), lead, {"total_price": 100}, COLUMNS)) == {"total_price": 200}


def test_what_a_person_changed_stays_and_the_disagreement_is_recorded() -> None:
    lead = stands({"total_price": 150}, {"total_price": (100, "zoho:1")})
    change = merge(zoho(Quote_Amount=200), lead, {"total_price": 100}, COLUMNS)
    assert changes(change) == {}
    assert change.conflicts == [{"field": "total_price", "base": 100, "ours": 150, "theirs": 200}]


def test_what_the_source_says_again_is_no_candidate() -> None:
    lead = stands({"total_price": 150}, {"total_price": (100, "zoho:1")})
    change = merge(zoho(Quote_Amount=100), lead, {"total_price": 100}, COLUMNS)
    assert (changes(change), fields(change)) == ({}, set())


def test_both_sides_saying_the_same_is_no_conflict() -> None:
    lead = stands({"phone": "7900 1234"}, {"phone": ("+35621551234", "zoho:1")})
    change = merge(zoho(Phone="+35679001234"), lead, {"phone": "+35621551234"}, COLUMNS)
    assert (changes(change), fields(change)) == ({}, set())


@pytest.mark.parametrize("ours", [None, "", "  "])
def test_a_gap_is_filled_at_the_first_contact(ours: str | None) -> None:
    assert changes(merge(zoho(City="Rabat"), stands({"locality": ours}), None, COLUMNS)) == {"locality": "Rabat"}


@pytest.mark.parametrize(
    ("column", "default", "words"),
    [
        ("grant_type", "pv_only", {"Grant_Type": "pv_battery"}),
        ("with_battery", False, {"With_Battery": True}),
        ("grant_amount", 0, {"Grant_Amount_EUR": 3000}),
        ("status", "new", {"Lead_Status": "Contacted"}),
    ],
)
def test_a_default_in_ours_is_a_gap(column: str, default: str | float, words: dict[str, object]) -> None:
    assert column in changes(merge(zoho(**words), stands({column: default}), None, COLUMNS))


def test_adopted_values_stay_at_the_first_contact() -> None:
    lead = stands(
        {"total_price": 100, "status": "contacted"},
        {c: (v, ADOPTED) for c, v in (("total_price", 100), ("status", "contacted"))},
    )
    assert changes(merge(zoho(Quote_Amount=200, Lead_Status="Qualified"), lead, None, COLUMNS)) == {}


def test_adopted_values_give_way_to_what_the_source_says_later() -> None:
    lead = stands({"total_price": 100}, {"total_price": (100, ADOPTED)})
    assert changes(merge(zoho(Quote_Amount=300), lead, {"total_price": 200}, COLUMNS)) == {"total_price": 300}


def test_a_value_cleared_at_its_source_stays_and_is_recorded() -> None:
    lead = stands({"locality": "Rabat"}, {"locality": ("Rabat", "zoho:1")})
    change = merge(zoho(City=None), lead, {"locality": "Rabat"}, COLUMNS)
    assert changes(change) == {}
    assert change.conflicts == [{"field": "locality", "base": "Rabat", "ours": "Rabat", "theirs": None}]
    assert merge(zoho(City=None), lead, {}, COLUMNS).conflicts == []


def test_what_a_person_emptied_stays_empty_until_the_source_says_something_new() -> None:
    lead = stands({"locality": None}, {"locality": ("Rabat", "zoho:1")})
    assert changes(merge(zoho(City="Rabat"), lead, {"locality": "Rabat"}, COLUMNS)) == {}
    assert changes(merge(zoho(City="Rabat"), lead, {}, COLUMNS)) == {}
    assert changes(merge(zoho(City="Mosta"), lead, {"locality": "Rabat"}, COLUMNS)) == {"locality": "Mosta"}


def test_what_a_person_emptied_stays_empty_when_the_other_source_comes_first_to_it() -> None:
    lead = stands({"locality": ""}, {"locality": ("Rabat", "zoho:1")})
    change = merge(portal(locality="Mosta"), lead, None, COLUMNS)
    assert (changes(change), fields(change)) == ({}, {"locality"})


@pytest.mark.parametrize("column", ["zoho_lead_id", "converted_at"])
def test_identity_is_written_once(column: str) -> None:
    stood = {"zoho_lead_id": "900000000000000009", "converted_at": "2026-01-01T00:00:00+00:00"}
    lead = stands(dict(stood), {c: (v, "zoho:9") for c, v in stood.items()})
    assert column not in merge(zoho(Converted_Date_Time="2026-05-05T00:00:00Z"), lead, None, COLUMNS).values


def test_zohos_word_replaces_the_portals_at_its_first_contact() -> None:
    lead = stands({"total_price": 100}, {"total_price": (100, "portal:1")})
    assert changes(merge(zoho(Quote_Amount=200), lead, None, COLUMNS)) == {"total_price": 200}


def test_the_portals_word_does_not_replace_zohos() -> None:
    lead = stands({"total_price": 100}, {"total_price": (100, "zoho:1")})
    assert changes(merge(portal(total_price=200), lead, None, COLUMNS)) == {}


def test_the_portals_own_fields_are_the_portals() -> None:
    lead = stands({"locality": "Rabat"}, {"locality": ("Rabat", "zoho:1")})
    assert changes(merge(portal(locality="Mosta"), lead, None, COLUMNS)) == {"locality": "Mosta"}
    lead = stands({"locality": "Rabat"}, {"locality": ("Rabat", "portal:1")})
    assert changes(merge(zoho(City="Mosta"), lead, None, COLUMNS)) == {}


def test_a_portal_row_that_changes_does_not_override_newer_zoho_data() -> None:
    lead = stands({"total_price": 300}, {"total_price": (300, "zoho:1")})
    change = merge(portal(total_price=200), lead, {"total_price": 100}, COLUMNS)
    assert (changes(change), fields(change)) == ({}, {"total_price"})


def test_a_portal_change_is_carried_when_zoho_has_not_moved_on() -> None:
    lead = stands({"total_price": 100}, {"total_price": (100, "zoho:1")})
    assert changes(merge(portal(total_price=200), lead, {"total_price": 100}, COLUMNS)) == {"total_price": 200}


@pytest.mark.parametrize("ours", [None, False])
def test_an_opt_out_is_taken_from_either_source(ours: bool | None) -> None:  # noqa: FBT001
    lead = stands({"email_opted_out": ours})
    assert changes(merge(portal(email_opted_out=True), lead, {}, COLUMNS)) == {"email_opted_out": True}


def test_an_opt_out_that_a_person_took_back_is_not_set_by_another_sources_old_word() -> None:
    lead = stands({"email_opted_out": False}, {"email_opted_out": (True, "portal:1")})
    change = merge(zoho(Email_Opt_Out=True), lead, None, COLUMNS)
    assert (changes(change), fields(change)) == ({}, {"email_opted_out"})


def test_an_opt_out_that_comes_after_a_person_took_one_back_counts() -> None:
    lead = stands({"email_opted_out": False}, {"email_opted_out": (True, "portal:1")})
    assert changes(merge(zoho(Email_Opt_Out=True), lead, {"name": "Maria Borg"}, COLUMNS)) == {"email_opted_out": True}


def test_an_opt_out_is_never_taken_back() -> None:
    lead = stands({"email_opted_out": True}, {"email_opted_out": (True, "zoho:1")})
    assert changes(merge(zoho(Email_Opt_Out=False), lead, {"email_opted_out": True}, COLUMNS)) == {}


@pytest.mark.parametrize(
    ("ours", "said", "then"),
    [
        ("contacted", "Qualified", "qualified"),
        ("converted", "New", None),
        ("converted", "Lost Lead", None),
        ("qualified", "Lost Lead", "lost"),
        ("qualified", "Contacted", None),
        ("lost", "Contacted", "contacted"),
        ("lost", "New", None),
    ],
)
def test_zohos_status_only_moves_forward(ours: str, said: str, then: str | None) -> None:
    lead = stands({"status": ours}, {"status": (ours, "zoho:1")})
    change = merge(zoho(Lead_Status=said), lead, {"status": "new"}, COLUMNS)
    assert changes(change).get("status") == then


def test_the_portals_forced_qualified_does_not_revive_a_lost_lead() -> None:
    lead = stands({"status": "lost"}, {"status": ("lost", "zoho:1")})
    assert changes(merge(portal(status="qualified"), lead, {"status": "contacted"}, COLUMNS)) == {}


def test_a_status_that_a_person_set_stays() -> None:
    lead = stands({"status": "contacted"}, {"status": ("qualified", "zoho:1")})
    change = merge(zoho(Converted__s=True), lead, {"status": "qualified"}, COLUMNS)
    assert (changes(change), fields(change)) == ({}, {"status"})


def test_what_was_measured_is_never_replaced() -> None:
    lead = stands({"meter_number": "A1"}, {"meter_number": ("A1", "portal:1")})
    assert changes(merge(portal(meter_number="B2"), lead, {"meter_number": "A1"}, COLUMNS)) == {}
    assert changes(merge(portal(meter_number="B2"), stands({}), None, COLUMNS)) == {"meter_number": "B2"}


def test_notes_and_origin_of_a_lead_that_was_there_stay_the_staffs() -> None:
    lead = stands({"created_at": "2026-01-01T00:00:00Z"}, {"created_at": ("2026-01-01T00:00:00Z", ADOPTED)})
    assert changes(merge(zoho(Description="note", Lead_Source="Facebook"), lead, None, COLUMNS)) == {}


def test_zohos_origin_replaces_the_portals_at_its_first_touch_and_not_later() -> None:
    base: dict[str, tuple[object, str]] = {"created_at": (None, "portal:1"), "source": ("sales-portal", "portal:1")}
    lead = stands({"source": "sales-portal"}, base)
    assert changes(merge(zoho(Lead_Source="Facebook"), lead, None, COLUMNS)) == {"source": "Facebook"}
    assert changes(merge(zoho(Lead_Source="Sales Portal"), lead, {"source": "Facebook"}, COLUMNS)) == {}


@pytest.mark.parametrize(("theirs", "taken"), [("2025-01-01T00:00:00Z", True), ("2026-06-01T00:00:00Z", False)])
def test_a_lead_is_as_old_as_its_oldest_source_record(theirs: str, taken: bool) -> None:  # noqa: FBT001
    born = "2026-01-01T00:00:00+00:00"
    lead = stands({"created_at": born}, {"created_at": (born, "portal:1")})
    assert ("created_at" in merge(zoho(Created_Time=theirs), lead, None, COLUMNS).values) is taken


def test_the_age_of_a_lead_that_was_there_before_stays() -> None:
    born = "2026-01-01T00:00:00+00:00"
    lead = stands({"created_at": born}, {"created_at": (born, ADOPTED)})
    assert "created_at" not in merge(zoho(Created_Time="2025-01-01T00:00:00Z"), lead, None, COLUMNS).values
