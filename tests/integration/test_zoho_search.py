"""Search and the record count, and how far they are behind (facts on Zoho, §7)."""

from collections.abc import Iterator

import pytest

from sandbox.world import World
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, names, some, visit

SEARCH, COUNT = f"{LEADS}/search", f"{LEADS}/actions/count"
READ, FIND, LAYOUTS = "ZohoCRM.modules.leads.READ", "ZohoSearch.securesearch.READ", "ZohoCRM.settings.layouts.READ"
LONG_AGO = "2026-01-01T10:00:00+00:00"
PEOPLE: tuple[dict[str, object], ...] = tuple(
    {**lead, "Modified_Time": LONG_AGO}
    for lead in (
        {"Last_Name": "Vella", "Email": "rita@vella.example", "Phone": "21000001", "City": "Mosta", "Loan_Term": 60},
        {"Last_Name": "Vella Borg", "Secondary_Email": "RITA@vella.example", "Mobile": "21000001", "Loan_Term": 120},
        {"Last_Name": "Zahra (old), Ltd", "City": "Rabat", "With_Battery": True, "Deposit_Paid_Date": "2026-02-01"},
        {"Last_Name": "Won", "City": "Mosta", "Converted__s": True},
    )
)


# Whoever asks for it comes before the first who asks for `zoho`: there is one server.
@pytest.fixture(scope="module")
def people(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        searcher(visitor)
        visitor.plant(*PEOPLE)
        yield visitor


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        searcher(visitor)
        yield visitor


def searcher(visitor: Visitor) -> None:
    visitor.control("POST", "scopes", {"scopes": [FIND, LAYOUTS, "ZohoCRM.modules.ALL"]})


def found(zoho: Visitor, **query: str) -> list[str]:
    reply = zoho.list(path=SEARCH, **query)
    return sorted(names(reply)) if reply.status_code != 204 else []


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ("(Last_Name:equals:vella)", ["Vella", "Vella Borg"]),
        ("(Last_Name:starts_with:Z)", ["Zahra (old), Ltd"]),
        (r"(Last_Name:equals:Zahra \(old\)\, Ltd)", ["Zahra (old), Ltd"]),
        ("(Loan_Term:in:60,70)", ["Vella"]),
        ("(Loan_Term:greater_equal:60)", ["Vella", "Vella Borg"]),
        ("(With_Battery:equals:true)", ["Zahra (old), Ltd"]),
        ("(Deposit_Paid_Date:between:2026-01-01,2026-02-01)", ["Zahra (old), Ltd"]),
        ("(Modified_Time:less_than:2026-01-01T11:00:01+01:00)", ["Vella", "Vella Borg", "Zahra (old), Ltd"]),
        ("((City:equals:Mosta) and (Last_Name:starts_with:V))", ["Vella"]),
        ("((Loan_Term:equals:120)or(City:equals:Rabat))", ["Vella Borg", "Zahra (old), Ltd"]),
        ("(((Loan_Term:equals:120)or(City:equals:Rabat))and(With_Battery:equals:true))", ["Zahra (old), Ltd"]),
        ("(Last_Name:equals:Nobody)", []),
    ],
)
def test_criteria_find(people: Visitor, criteria: str, expected: list[str]) -> None:
    assert found(people, criteria=criteria) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"email": "rita@vella.example"}, ["Vella", "Vella Borg"]),
        ({"phone": "21000001"}, ["Vella", "Vella Borg"]),
        ({"word": "rabat"}, ["Zahra (old), Ltd"]),
        ({"word": "rabat", "email": "rita@vella.example"}, ["Vella", "Vella Borg"]),
        ({"word": "rabat", "criteria": "(Loan_Term:equals:60)"}, ["Vella"]),
        ({"word": "mosta", "converted": "true"}, ["Won"]),
        ({"word": "mosta", "converted": "both"}, ["Vella", "Won"]),
    ],
)
def test_one_parameter_is_looked_at_and_converted_leads_are_left_out(
    people: Visitor, query: dict[str, str], expected: list[str]
) -> None:
    assert found(people, **query) == expected


def test_a_hit_shows_everything_unless_fields_are_named(people: Visitor) -> None:
    lead = people.call("GET", SEARCH, params={"word": "rabat"}).json()["data"][0]
    assert lead.keys() >= {"Email", "Owner", "$approval_state"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "REQUIRED_PARAM_MISSING"),
        ({"word": "x" * 256}, "INVALID_DATA"),
        ({"criteria": "Last_Name:equals:Vella"}, "INVALID_QUERY"),
        ({"criteria": "(Last_Name:equals:Zahra (old))"}, "INVALID_QUERY"),
        ({"criteria": "(Last_Name:equals:Vella))"}, "INVALID_QUERY"),
        ({"criteria": "(Last_Name:sounds_like:Vella)"}, "INVALID_QUERY"),
        ({"criteria": "(Nope:equals:Vella)"}, "INVALID_QUERY"),
        ({"criteria": "(Loan_Term:equals:many)"}, "INVALID_QUERY"),
        ({"criteria": f"(Loan_Term:in:{','.join(map(str, range(101)))})"}, "LIMIT_EXCEEDED"),
        ({"criteria": "or".join(["(Loan_Term:equals:1)"] * 16)}, "LIMIT_EXCEEDED"),
        ({"word": "rabat", "page": "11"}, "LIMIT_REACHED"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(people: Visitor, query: dict[str, str], code: str) -> None:
    assert_error(people.call("GET", SEARCH, params=query), 400, code)


@pytest.mark.parametrize(("version", "most"), [("v7", 10), ("v8", 15)])
def test_so_many_criteria_may_be_joined(people: Visitor, version: str, most: int) -> None:
    criteria = ["(Loan_Term:equals:1)"] * most
    path = f"/crm/{version}/Leads/search"
    assert people.call("GET", path, params={"criteria": "or".join(criteria)}).status_code == 204
    too_many = people.call("GET", path, params={"criteria": "or".join([*criteria, criteria[0]])})
    assert_error(too_many, 400, "LIMIT_EXCEEDED", limit=most)


def count(zoho: Visitor, **query: str) -> int:
    told = zoho.call("GET", COUNT, params=query).raise_for_status().json()
    assert told.keys() == {"count"}
    return int(told["count"])


def test_what_a_search_finds_can_be_counted(people: Visitor) -> None:
    assert count(people, criteria="(Last_Name:starts_with:V)") == 2
    assert_error(people.call("GET", COUNT, params={"word": "x", "cvid": "1"}), 400, "AMBIGUITY_DURING_PROCESSING")


def test_search_ends_at_2000_records(zoho: Visitor) -> None:
    zoho.plant(*({**lead, "City": "Mosta"} for lead in some(2001)))
    zoho.set(offset_s=60)
    last = zoho.list(path=SEARCH, word="mosta", page=10)
    assert last.json()["info"] == {"per_page": 200, "count": 200, "page": 10, "more_records": True}
    assert_error(zoho.list(path=SEARCH, word="mosta", page=11), 400, "LIMIT_REACHED", limit=2000)


def test_search_finds_a_record_some_time_after_it_was_written(zoho: Visitor) -> None:
    zoho.set(fixed="2026-03-01T10:00:00+00:00")
    zoho.add({"Last_Name": "Vella"})
    assert found(zoho, word="vella") == []
    zoho.set(fixed="2026-03-01T10:00:30+00:00")
    assert found(zoho, word="vella") == ["Vella"]
    zoho.set(fixed="2026-03-01T10:00:29+00:00", index_delay=0)
    assert found(zoho, word="vella") == ["Vella"]


@pytest.mark.parametrize("scopes", [[READ], [FIND]])
def test_search_wants_a_scope_of_another_product_too(zoho: Visitor, scopes: list[str]) -> None:
    zoho.control("POST", "scopes", {"scopes": scopes})
    assert_error(zoho.list(path=SEARCH, word="x"), 401, "OAUTH_SCOPE_MISMATCH")
    zoho.control("POST", "scopes", {"scopes": [READ, FIND]})
    assert zoho.list(path=SEARCH, word="x").status_code == 204


def test_the_record_count_is_some_minutes_behind(zoho: Visitor) -> None:
    zoho.set(fixed="2026-03-01T10:00:00+00:00")
    ids = zoho.add({"Last_Name": "Vella"}, {"Last_Name": "Borg"})
    zoho.set(fixed="2026-03-01T10:04:59+00:00")
    assert count(zoho) == 0
    zoho.set(fixed="2026-03-01T10:05:00+00:00")
    assert count(zoho) == 2
    zoho.call("DELETE", f"{LEADS}/{ids[0]}")
    zoho.add({"Last_Name": "Zahra"}, {"Last_Name": "Grech"})
    assert count(zoho) == 2
    zoho.set(fixed="2026-03-01T10:10:00+00:00")
    assert count(zoho) == 3


def test_a_lead_that_came_and_went_is_never_counted(zoho: Visitor) -> None:
    zoho.set(fixed="2026-03-01T10:00:00+00:00")
    (lead_id,) = zoho.add({"Last_Name": "Vella"})
    zoho.call("DELETE", f"{LEADS}/{lead_id}")
    for minute in (1, 5, 9):
        zoho.set(fixed=f"2026-03-01T10:0{minute}:00+00:00")
        assert count(zoho) == 0


def test_the_lag_of_the_record_count_is_settable(zoho: Visitor) -> None:
    zoho.set(count_lag=0)
    zoho.plant({"Last_Name": "open"}, {"Last_Name": "won", "Converted__s": True})
    assert count(zoho) == 1


@pytest.mark.parametrize(("query", "status"), [({}, 200), ({"word": "x"}, 401)])
def test_counting_all_needs_no_more_than_to_read(zoho: Visitor, query: dict[str, str], status: int) -> None:
    zoho.control("POST", "scopes", {"scopes": [READ]})
    assert zoho.call("GET", COUNT, params=query).status_code == status
