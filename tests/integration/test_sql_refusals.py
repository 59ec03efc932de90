"""Rows that the database refuses: they become dead letters, and the others are written."""

from typing import Any

import pytest

from tests.integration.backoffice_sql import Backoffice, Json, insert, settle, update, values, zoho

REFUSED: list[tuple[Json, str]] = [
    ({"name": "x" * 256}, "refused by the backoffice (22001 name)"),
    ({"name": None}, "refused by the backoffice (23502 name)"),
    ({"total_price": "much"}, "refused by the backoffice (22P02 total_price)"),
    ({"converted_at": "2026-02-30"}, "refused by the backoffice (22008 converted_at)"),
    ({"household_size": 99_999_999_999}, "refused by the backoffice (22003 household_size)"),
    ({"coordinates_lat": -1}, "refused by the backoffice (23514 north)"),
    ({"zoho_lead_id": "1"}, "refused by the backoffice (23505 one_zoho)"),
]


@pytest.fixture
def strict(own_backoffice: Backoffice) -> Backoffice:
    """A company that has a check and a unique index more."""
    own_backoffice.rows("alter table public.leads add constraint north check (coordinates_lat > 0)")
    own_backoffice.rows("create unique index one_zoho on public.leads (zoho_lead_id)")
    own_backoffice.rows("insert into public.leads (name, email, phone, zoho_lead_id) values ('A', '', '', '1')")
    return own_backoffice


@pytest.mark.parametrize(("broken", "reason"), REFUSED)
def test_a_refused_insert_becomes_a_dead_letter(strict: Backoffice, broken: Json, reason: str) -> None:
    session = strict.session()
    asked, good = zoho(1), zoho(2)
    answer = session.match(asked, good)
    refused = insert(answer, asked, values(1, **broken), content={"raw": 1})

    outcomes = session.apply(session.open(), refused, insert(answer, good, values(2), n=1))

    assert outcomes == [{"n": 0, "outcome": "rejected", "reason": reason}, {"n": 1, "outcome": "inserted"}]
    assert strict.rows("select source_id, lead_id, reason, content from leadsync.dead_letters") == [
        (asked["source_id"], None, reason, {"raw": 1})
    ]
    assert strict.value("select count(*) from leadsync.journal") == 1


@pytest.mark.parametrize(("broken", "reason"), REFUSED)
def test_a_refused_update_leaves_lead_base_and_snapshot(strict: Backoffice, broken: Json, reason: str) -> None:
    session = strict.session()
    attempt = session.open()
    leads = [settle(session, attempt, n, batch=n) for n in (1, 2)]
    asked = [zoho(n, digest="second") for n in (1, 2)]
    answer = session.match(*asked)
    key = next(iter(broken))
    before = strict.rows("select * from public.leads where id = %s", leads[0])
    changes = [
        update(answer, asked[0], leads[0], broken, snapshot={"new": 1}),
        update(
            answer, asked[1], leads[1], {key: values(2).get(key, 7 if key != "converted_at" else "2026-01-01")}, n=1
        ),
    ]

    outcomes = session.apply(attempt, *changes, batch=3)

    assert outcomes[0] == {"n": 0, "outcome": "rejected", "reason": reason}
    assert outcomes[1]["outcome"] in ("updated", "unchanged")
    assert strict.rows("select * from public.leads where id = %s", leads[0]) == before
    letter = strict.rows(
        "select place, lead_id::text, snapshot, content from leadsync.records where reason is not null"
    )
    assert letter == [("dead_letter", leads[0], {"said": asked[0]["source_id"]}, {"new": 1})]


def test_no_value_gets_into_a_reason(backoffice: Backoffice) -> None:
    session = backoffice.session()
    asked = zoho(1)
    secret = "secret " * 50

    outcomes = session.apply(session.open(), insert(session.match(asked), asked, values(1, name=secret)))

    assert "secret" not in str(outcomes)


def test_one_bad_row_among_a_thousand_stops_none_of_the_others(backoffice: Backoffice) -> None:
    session = backoffice.session()
    asked = [zoho(n) for n in range(1000)]
    answer = session.match(*asked)
    bad: dict[int, Json] = {17: {"name": None}, 500: {"email": "x" * 300}, 999: {"total_price": "much"}}
    items = [insert(answer, one, values(n, **bad.get(n, {})), n=n) for n, one in enumerate(asked)]

    outcomes = session.apply(session.open(), *items)

    assert [one["n"] for one in outcomes] == list(range(1000))
    assert {one["n"] for one in outcomes if one["outcome"] == "rejected"} == set(bad)
    for table, number in (("public.leads", 997), ("leadsync.records", 1000), ("leadsync.journal", 997)):
        assert backoffice.value(f"select count(*) from {table}") == number  # noqa: S608 - our own names


def test_an_unknown_status_costs_the_status_only(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = zoho(1)
    entry = insert(session.match(asked), asked, values(1, status="signed", address="Street 1"))

    outcomes = session.apply(attempt, entry)

    assert outcomes == [{"n": 0, "outcome": "inserted", "reason": "status refused"}]
    assert backoffice.rows("select status, address from public.leads") == [("new", "Street 1")]

    asked = zoho(1, digest="second")
    change = update(session.match(asked), asked, entry["lead_id"], {"status": "won", "address": "Street 2"})
    outcomes = session.apply(attempt, change, batch=2)

    assert outcomes == [{"n": 0, "outcome": "updated", "reason": "status refused"}]
    assert backoffice.rows("select status, address from public.leads") == [("new", "Street 2")]
    assert backoffice.rows("select place, reason from leadsync.records") == [("linked", None)]


def test_statuses_that_are_refused_cost_no_other_row_its_status(backoffice: Backoffice) -> None:
    session = backoffice.session()
    statuses = [*("won", "contacted", "signed", "lost", None), "qualified", "won"]
    asked = [zoho(n) for n in range(len(statuses))]
    answer = session.match(*asked)
    bad = {6: {"name": None}}
    rows = [values(n, status=status, **bad.get(n, {})) for n, status in enumerate(statuses)]
    items = [insert(answer, one, row, n=n) for n, (one, row) in enumerate(zip(asked, rows, strict=True))]

    outcomes = session.apply(session.open(), *items)

    assert [one["n"] for one in outcomes if one.get("reason") == "status refused"] == [0, 2]
    assert outcomes[6] == {"n": 6, "outcome": "rejected", "reason": "refused by the backoffice (23502 name)"}
    written = backoffice.rows("select status from public.leads order by name")
    assert [status for (status,) in written] == ["new", "contacted", "new", "lost", "new", "qualified"]


def test_an_update_of_a_refused_status_alone_is_unchanged(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(1, digest="second")

    outcomes = session.apply(attempt, update(session.match(asked), asked, lead, {"status": "won"}), batch=2)

    assert outcomes == [{"n": 0, "outcome": "unchanged", "reason": "status refused"}]


def test_a_status_and_another_check_broken_name_the_other(strict: Backoffice) -> None:
    session = strict.session()
    asked = zoho(1)

    outcomes = session.apply(
        session.open(), insert(session.match(asked), asked, values(1, status="signed", coordinates_lat=-1))
    )

    assert outcomes == [{"n": 0, "outcome": "rejected", "reason": "refused by the backoffice (23514 north)"}]


def test_what_rests_on_a_refused_insert_is_planned_again(backoffice: Backoffice) -> None:
    session = backoffice.session()
    first, second, third = (zoho(n, emails=["twin@mail.example"]) for n in (1, 2, 3))
    answer = session.match(first, second, third)
    bad = insert(answer, first, values(1, name=None))

    outcomes = session.apply(
        session.open(),
        bad,
        update(answer, second, bad["lead_id"], {"address": "Street"}, n=1),
        item_linked(answer, third, bad["lead_id"]),
    )

    assert [one["outcome"] for one in outcomes] == ["rejected", "raced", "raced"]
    assert backoffice.value("select count(*) from leadsync.records") == 1


def item_linked(answer: Json, asked: Json, lead: str) -> Json:
    seen: dict[int, Any] = {record["n"]: record["seen"] for record in answer["records"]}
    return {"n": 2, "source_id": asked["source_id"], "seen": seen[2], "action": "unchanged", "lead_id": lead}


def test_what_follows_a_refused_update_of_the_same_lead_is_planned_again(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    twins = [zoho(n, emails=["person1@mail.example"]) for n in (10, 11)]
    answer = session.match(*twins)

    outcomes = session.apply(
        attempt,
        update(answer, twins[0], lead, {"name": None}),
        update(answer, twins[1], lead, {"address": "Street"}, n=1),
        batch=2,
    )

    assert [one["outcome"] for one in outcomes] == ["rejected", "raced"]


def test_a_row_that_a_trigger_swallows_is_a_dead_letter(own_backoffice: Backoffice) -> None:
    own_backoffice.rows(
        "create function public.swallow() returns trigger language plpgsql as $$ begin return null; end $$"
    )
    own_backoffice.rows(
        "create trigger swallow before insert on public.leads for each row execute function public.swallow()"
    )
    session = own_backoffice.session()
    asked = zoho(1)

    outcomes = session.apply(session.open(), insert(session.match(asked), asked, values(1)))

    assert outcomes == [{"n": 0, "outcome": "rejected", "reason": "refused by the backoffice (a trigger)"}]


def test_a_row_that_a_trigger_refuses_is_a_dead_letter(own_backoffice: Backoffice) -> None:
    own_backoffice.rows(
        "create function public.refuse() returns trigger language plpgsql as "
        "$$ begin raise exception 'no person of that name: Person 1'; end $$"
    )
    own_backoffice.rows(
        "create trigger refuse before insert on public.leads for each row execute function public.refuse()"
    )
    session = own_backoffice.session()
    asked = zoho(1)

    outcomes = session.apply(session.open(), insert(session.match(asked), asked, values(1)))

    assert outcomes == [{"n": 0, "outcome": "rejected", "reason": "refused by the backoffice (P0001)"}]
