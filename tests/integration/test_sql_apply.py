"""What leadsync_apply writes: leads, records, bases, journal and conflicts, item by item."""

from datetime import datetime

import pytest

from tests.integration.backoffice_sql import Backoffice, Json, insert, item, new_id, settle, update, values, zoho


def record(backoffice: Backoffice, number: int = 1) -> Json:
    row: Json = backoffice.value(
        "select to_jsonb(r) from leadsync.records as r where source_id = %s", zoho(number)["source_id"]
    )
    return row


def lead_row(backoffice: Backoffice, lead: str) -> Json:
    row: Json = backoffice.value("select to_jsonb(l) from public.leads as l where id = %s", lead)
    return row


def test_an_insert_writes_the_values_in_their_types_and_defaults_for_nulls(backoffice: Backoffice) -> None:
    session = backoffice.session()
    row = values(
        1,
        total_price="7999.90",
        coordinates={"lat": 36.05, "lng": 14.25},
        converted_at="2026-05-01T10:00:00+02:00",
        created_at="2025-12-24T00:00:00Z",
        with_battery=True,
        loan_term=120,
        status=None,
        source=None,
        no_such_column="x",
    )

    lead = settle(session, session.open(), 1, **row)

    written = lead_row(backoffice, lead)
    assert written["total_price"] == 7999.9
    assert written["coordinates"] == {"lat": 36.05, "lng": 14.25}
    assert written["converted_at"] == "2026-05-01T08:00:00+00:00"
    assert written["created_at"] == "2025-12-24T00:00:00+00:00"
    assert (written["with_battery"], written["loan_term"]) == (True, 120)
    assert (written["status"], written["source"], written["is_gozo"]) == ("new", "website", False)


def test_an_insert_links_its_record(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = zoho(1)
    entry = insert(
        session.match(asked),
        asked,
        values(1),
        claim="9",
        content={"raw": 1},
        notes=[{"kind": "phone", "lead_id": new_id()}],
    )

    assert session.apply(attempt, entry) == [{"n": 0, "outcome": "inserted"}]

    row = record(backoffice)
    assert (row["place"], row["lead_id"], row["digest"]) == ("linked", entry["lead_id"], "first")
    assert row["snapshot"] == entry["snapshot"]
    assert (row["email"], row["claim"], row["notes"]) == (entry["email"], "9", entry["notes"])
    assert row["content"] is None
    assert row["seen_by"] == attempt


def test_the_base_is_what_the_row_holds_after_the_write(own_backoffice: Backoffice) -> None:
    own_backoffice.rows(
        "create function public.tidy() returns trigger language plpgsql as $$ begin new.name = upper(new.name); "
        "return new; end $$"
    )
    own_backoffice.rows("create trigger tidy before insert on public.leads for each row execute function public.tidy()")
    session = own_backoffice.session()

    settle(session, session.open(), 1, name="ann", total_price="10.50", status=None)

    base = own_backoffice.value("select columns from leadsync.bases")
    assert base["name"] == {"value": "ANN", "origin": "zoho"}
    assert base["total_price"] == {"value": 10.5, "origin": "zoho"}
    assert base["status"] == {"value": "new", "origin": "zoho"}


def test_an_update_sets_its_columns_only_and_grows_the_base(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1, address="Street 1")
    before = lead_row(backoffice, lead)
    asked = zoho(1, digest="second")
    change = update(session.match(asked), asked, lead, {"total_price": 5, "address": None})

    assert session.apply(attempt, change, batch=2) == [{"n": 0, "outcome": "updated"}]

    after = lead_row(backoffice, lead)
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before | {"total_price": 5, "address": None}
    base = backoffice.value("select columns from leadsync.bases")
    assert base["total_price"] == {"value": 5, "origin": "zoho"}
    assert base["address"] == {"value": None, "origin": "zoho"}
    assert base["name"] == {"value": "Person 1", "origin": "zoho"}
    assert record(backoffice)["digest"] == "second"


def test_an_update_that_changes_nothing_leaves_the_row_alone(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1, total_price=5)
    before = lead_row(backoffice, lead)
    asked = zoho(1, digest="second")
    change = update(session.match(asked), asked, lead, {"total_price": "5.00", "no_such_column": 1})

    assert session.apply(attempt, change, batch=2) == [{"n": 0, "outcome": "unchanged"}]

    assert lead_row(backoffice, lead) == before
    assert backoffice.value("select count(*) from leadsync.journal") == 1
    assert record(backoffice)["digest"] == "second"


def test_an_update_of_unknown_columns_only_is_unchanged(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(1, digest="second")

    change = update(session.match(asked), asked, lead, {"no_such_column": 1})

    assert session.apply(attempt, change, batch=2) == [{"n": 0, "outcome": "unchanged"}]


def test_what_says_the_same_is_noted_as_seen_and_nothing_else_moves(backoffice: Backoffice) -> None:
    session = backoffice.session()
    first = session.open()
    lead = settle(session, first, 1)
    before, known = lead_row(backoffice, lead), record(backoffice)
    second = session.open()
    same = {"n": 0, "source_id": zoho(1)["source_id"], "action": "unchanged", "digest": "first"}

    assert session.apply(second, same) == [{"n": 0, "outcome": "unchanged"}]

    assert lead_row(backoffice, lead) == before
    after = record(backoffice)
    assert after.pop("seen_by") == second
    assert after.pop("seen_at") > known.pop("seen_at")
    known.pop("seen_by")
    assert after == known


def test_what_only_adopts_a_base_moves_no_lead(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = str(
        backoffice.value(
            "insert into public.leads (name, email, phone) values ('Ann', 'person1@mail.example', '') returning id"
        )
    )
    before = lead_row(backoffice, lead)
    asked = zoho(1)
    answer = session.match(asked)

    adopted = item(answer, asked, "unchanged", lead_id=lead, base={"name": "backoffice"})

    assert session.apply(session.open(), adopted) == [{"n": 0, "outcome": "unchanged"}]
    assert lead_row(backoffice, lead) == before
    assert backoffice.value("select columns from leadsync.bases") == {"name": {"value": "Ann", "origin": "backoffice"}}
    assert record(backoffice)["place"] == "linked"


def test_review_keeps_the_whole_record_and_its_candidates(backoffice: Backoffice) -> None:
    session = backoffice.session()
    candidate = new_id()
    asked = zoho(1)
    waiting = item(
        session.match(asked),
        asked,
        "review",
        reason="contradicted",
        content={"raw": 1},
        candidates=[candidate],
    )

    assert session.apply(session.open(), waiting) == [{"n": 0, "outcome": "review", "reason": "contradicted"}]

    row = record(backoffice)
    assert (row["place"], row["reason"], row["lead_id"]) == ("review", "contradicted", None)
    assert (row["content"], row["candidates"]) == ({"raw": 1}, [candidate])
    assert row["snapshot"] is None


@pytest.mark.parametrize(
    ("action", "place"),
    [("review", "review"), ("rejected", "dead_letter"), ("ignored", "ignored")],
)
def test_a_linked_record_that_turns_bad_keeps_lead_snapshot_and_keys(
    backoffice: Backoffice, action: str, place: str
) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(1, digest="second", emails=["stranger@mail.example"])
    turned = item(session.match(asked), asked, action, reason="why", content={"raw": 2}, claim="5")

    session.apply(attempt, turned, batch=2)

    row = record(backoffice)
    assert (row["place"], row["lead_id"], row["digest"]) == (place, lead, "second")
    assert row["snapshot"] == {"said": asked["source_id"]}
    assert (row["email"], row["claim"]) == ("person1@mail.example", None)
    assert row["content"] == (None if action == "ignored" else {"raw": 2})


def test_a_record_that_is_good_again_leaves_no_content_behind(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    bad, good = zoho(1, digest="second"), zoho(1, digest="third")
    session.apply(attempt, item(session.match(bad), bad, "rejected", reason="no name", content={"raw": 1}), batch=2)
    session.apply(attempt, item(session.match(good), good, "unchanged", lead_id=lead), batch=3)

    row = record(backoffice)
    assert (row["place"], row["reason"], row["content"]) == ("linked", None, None)
    assert session.match(good)["records"] == [{"n": 0, "same": True}]


def test_a_dead_letter_needs_no_match_and_no_id(backoffice: Backoffice) -> None:
    session = backoffice.session()
    letter = {
        "n": 0,
        "source_id": "digest:abc",
        "action": "rejected",
        "reason": "no id",
        "content": ["not", "an", "object"],
    }

    assert session.apply(session.open(), letter) == [{"n": 0, "outcome": "rejected", "reason": "no id"}]
    assert backoffice.rows("select source_id, place, content from leadsync.records") == [
        ("digest:abc", "dead_letter", ["not", "an", "object"])
    ]


def test_a_restored_record_is_no_longer_deleted_at_its_source(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    backoffice.rows("update leadsync.records set deleted_at_source = now() where true")
    asked = zoho(1)

    kept = item(session.match(asked), asked, "unchanged", lead_id=lead)
    session.apply(attempt, kept, batch=2)
    assert record(backoffice)["deleted_at_source"]

    back = item(session.match(asked), asked, "unchanged", lead_id=lead, restored=True)
    session.apply(attempt, back, batch=3)
    assert record(backoffice)["deleted_at_source"] is None


def test_twins_of_one_batch_share_the_lead_that_the_first_inserts(backoffice: Backoffice) -> None:
    session = backoffice.session()
    first, second, third = (zoho(n, emails=["twin@mail.example"]) for n in (1, 2, 3))
    answer = session.match(first, second, third)
    new = insert(answer, first, values(1))
    outcomes = session.apply(
        session.open(),
        item(answer, third, "unchanged", n=2, lead_id=new["lead_id"], base={"name": "zoho"}),
        update(answer, second, new["lead_id"], {"address": "Street 2"}, n=1),
        new,
    )

    assert [outcome["outcome"] for outcome in outcomes] == ["inserted", "updated", "unchanged"]
    assert lead_row(backoffice, new["lead_id"])["address"] == "Street 2"
    links = backoffice.rows("select lead_id::text from leadsync.links")
    assert links == [(new["lead_id"],)] * 3


def test_updates_of_one_lead_happen_in_the_order_of_their_numbers(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    twins = [zoho(n, emails=["person1@mail.example"]) for n in range(10, 15)]
    answer = session.match(*twins)
    changes = [update(answer, asked, lead, {"address": f"Street {n}"}, n=n) for n, asked in enumerate(twins)]

    outcomes = session.apply(attempt, *reversed(changes), batch=2)

    assert [(one["n"], one["outcome"]) for one in outcomes] == [(n, "updated") for n in range(5)]
    assert lead_row(backoffice, lead)["address"] == "Street 4"
    assert backoffice.value("select columns -> 'address' ->> 'value' from leadsync.bases") == "Street 4"
    assert backoffice.rows("select before ->> 'address' from leadsync.journal order by id") == [
        (None,),
        (None,),
        ("Street 0",),
        ("Street 1",),
        ("Street 2",),
        ("Street 3",),
    ]


def test_the_second_item_of_one_record_is_left_for_the_next_round(backoffice: Backoffice) -> None:
    session = backoffice.session()
    asked = zoho(1)
    answer = session.match(asked, asked)
    one, other = (insert(answer, asked, values(1), n=n) for n in (0, 1))

    outcomes = session.apply(session.open(), one, other)

    assert [outcome["outcome"] for outcome in outcomes] == ["inserted", "raced"]
    assert backoffice.value("select id::text from public.leads") == one["lead_id"]


def test_a_conflict_is_open_once_until_its_base_moves(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)

    def disagree(batch: int, theirs: str) -> None:
        asked = zoho(1, digest=f"d{batch}")
        conflict = {"field": "address", "base": None, "ours": "Street 1", "theirs": theirs}
        told = item(session.match(asked), asked, "unchanged", lead_id=lead, conflicts=[conflict])
        session.apply(attempt, told, batch=batch)

    disagree(2, "Street 2")
    disagree(3, "Street 3")
    assert backoffice.rows("select field, source, ours, theirs, closed_at from leadsync.conflicts") == [
        ("address", "zoho", "Street 1", "Street 3", None)
    ]

    asked = zoho(1, digest="agreed")
    agreed = update(session.match(asked), asked, lead, {"address": "Street 3"})
    session.apply(attempt, agreed, batch=4)
    assert isinstance(backoffice.value("select closed_at from leadsync.conflicts"), datetime)

    disagree(5, "Street 5")
    assert backoffice.value("select count(*) from leadsync.conflicts") == 2


def test_repeating_a_batch_gives_the_first_answer_and_writes_nothing(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked, bad = zoho(1), zoho(2)
    answer = session.match(asked, bad)
    items = [
        insert(answer, asked, values(1)),
        item(answer, bad, "rejected", n=1, reason="no name", content={}),
    ]
    first = session.apply(attempt, *items)
    written = backoffice.rows("select l.*, l.xmin::text from public.leads as l")

    assert session.apply(attempt, *items) == first

    assert backoffice.rows("select l.*, l.xmin::text from public.leads as l") == written
    assert backoffice.value("select count(*) from leadsync.journal") == 1


def test_answers_are_forgotten_when_the_attempt_ends(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    settle(session, attempt, 1)
    session.close(attempt)

    assert backoffice.rows("select 1 from leadsync.batches") == []


def test_an_empty_plan_has_an_empty_answer(backoffice: Backoffice) -> None:
    session = backoffice.session()

    assert session.apply(session.open()) == []
