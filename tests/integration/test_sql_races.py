"""Two writers at once: what a plan rests on has moved, or is being moved, when it is applied."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep

import psycopg
import pytest

from tests.integration.backoffice_sql import (
    Backoffice,
    Json,
    Session,
    insert,
    item,
    new_id,
    settle,
    update,
    values,
    zoho,
)

WAITING = "select count(*) from pg_locks where not granted"


def wait_for_lock(backoffice: Backoffice) -> None:
    deadline = monotonic() + 10
    while backoffice.value(WAITING) == 0:
        assert monotonic() < deadline, "nobody waits for a lock"
        sleep(0.01)


def meanwhile(
    backoffice: Backoffice, first: Callable[[Session], list[Json]], second: Callable[[Session], list[Json]]
) -> tuple[list[Json], Future[list[Json]]]:
    """Let `second` begin while `first` has written and not yet committed."""
    holder, waiter = backoffice.session(autocommit=False), backoffice.session()
    done = first(holder)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second, waiter)
        wait_for_lock(backoffice)
        holder.connection.commit()
    return done, waiting


def test_two_runs_with_the_same_new_record_make_one_lead(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempts = [session.open(), session.open()]
    asked = zoho(1)
    answer = session.match(asked)
    plans = [insert(answer, asked, values(1)) for _ in attempts]

    done, waited = meanwhile(
        backoffice,
        lambda holder: holder.apply(attempts[0], plans[0]),
        lambda waiter: waiter.apply(attempts[1], plans[1]),
    )

    assert [done[0]["outcome"], waited.result()[0]["outcome"]] == ["inserted", "raced"]
    assert backoffice.value("select id::text from public.leads") == plans[0]["lead_id"]


def test_two_flows_with_one_new_email_make_one_lead(backoffice: Backoffice) -> None:
    session = backoffice.session()
    primary = session.open()
    backup = session.open(flow="backup-portal-sync", source="portal")
    asked = zoho(1)
    row = {"source_id": new_id(), "digest": "d", "emails": asked["emails"], "phones": []}
    first = insert(session.match(asked), asked, values(1))
    second = insert(session.match(row, source="portal"), row, values(1))

    done, waited = meanwhile(
        backoffice,
        lambda holder: holder.apply(primary, first),
        lambda waiter: waiter.apply(backup, second, source="portal"),
    )

    assert [done[0]["outcome"], waited.result()[0]["outcome"]] == ["inserted", "raced"]
    assert session.match(row, source="portal")["records"][0]["hits"]["email"] == [first["lead_id"]]
    assert backoffice.value("select count(*) from leadsync.records") == 1


@pytest.mark.parametrize(
    "event",
    [
        "update public.leads set notes = 'called' where true",
        "update public.leads set deleted_at = now() where true",
        "delete from public.leads where true",
        "insert into public.leads (name, email, phone) values ('A', ' PERSON1@mail.example', '')",
        "insert into public.leads (name, email, phone) values ('A', '', '+356 9900 0001')",
        "insert into public.leads (name, email, phone, zoho_lead_id) values ('A', '', '', '7000000001')",
        "update leadsync.records set decision = 'separate', decided_at = now() where true",
        "update leadsync.records set deleted_at_source = now() where true",
        "insert into leadsync.records values ('portal', '1', 'linked', (select id from public.leads))",
    ],
)
def test_an_item_whose_ground_moved_since_the_match_is_not_applied(backoffice: Backoffice, event: str) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    moved, still = zoho(1, digest="second", phones=["99000001"]), zoho(2)
    answer = session.match(moved, still)
    items = [update(answer, moved, lead, {"address": "Street"}), insert(answer, still, values(2), n=1)]
    backoffice.rows(event)

    outcomes = session.apply(attempt, *items, batch=2)

    assert [one["outcome"] for one in outcomes] == ["raced", "inserted"]
    assert backoffice.rows("select 1 from public.leads where address is not null") == []
    assert backoffice.value("select digest from leadsync.records where source_id = %s", moved["source_id"]) == "first"


def test_after_a_race_the_record_is_matched_and_applied(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(1, digest="second")
    stale = update(session.match(asked), asked, lead, {"address": "Street"})
    backoffice.rows("update public.leads set notes = 'called' where true")
    assert session.apply(attempt, stale, batch=2) == [{"n": 0, "outcome": "raced"}]

    again = update(session.match(asked), asked, lead, {"address": "Street"})

    assert session.apply(attempt, again, batch=3) == [{"n": 0, "outcome": "updated"}]


def test_a_persons_open_transaction_is_waited_for_and_respected(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(1, digest="second")
    change = update(session.match(asked), asked, lead, {"address": "Ours"})
    person = backoffice.connect(autocommit=False)
    person.execute("update public.leads set address = 'Theirs' where id = %s", (lead,))

    with ThreadPoolExecutor(1) as pool:
        applied = pool.submit(session.apply, attempt, change, batch=2)
        wait_for_lock(backoffice)
        person.commit()

    assert applied.result() == [{"n": 0, "outcome": "raced"}]
    assert backoffice.value("select address from public.leads") == "Theirs"


def test_a_lock_that_is_held_too_long_is_an_error_to_retry(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(1, digest="second")
    change = update(session.match(asked), asked, lead, {"address": "Ours"})
    person = backoffice.connect(autocommit=False)
    person.execute("update public.leads set address = 'Theirs' where id = %s", (lead,))

    with pytest.raises(psycopg.errors.LockNotAvailable):
        session.apply(attempt, change, batch=2)
    person.rollback()

    assert session.apply(attempt, change, batch=2) == [{"n": 0, "outcome": "updated"}]


def test_child_rows_of_a_lead_can_be_written_while_a_batch_holds_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(1, digest="second")
    change = update(session.match(asked), asked, lead, {"address": "Street"})
    busy = backoffice.session(autocommit=False)
    busy.apply(attempt, change, batch=2)
    person = backoffice.connect()
    person.execute("set lock_timeout = '1s'")

    person.execute("insert into public.quotes (lead_id) values (%s)", (lead,))
    busy.connection.commit()

    assert backoffice.value("select count(*) from public.quotes") == 1


def test_a_batch_sent_twice_at_once_is_applied_once(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = zoho(1)
    entry = insert(session.match(asked), asked, values(1))

    done, waited = meanwhile(
        backoffice,
        lambda holder: holder.apply(attempt, entry),
        lambda waiter: waiter.apply(attempt, entry),
    )

    assert done == waited.result() == [{"n": 0, "outcome": "inserted"}]
    assert backoffice.value("select count(*) from public.leads") == 1


@pytest.mark.parametrize("action", ["insert", "update", "review"])
def test_what_needs_a_match_is_not_applied_without_one(backoffice: Backoffice, action: str) -> None:
    session = backoffice.session()
    blind = {
        "n": 0,
        "source_id": "1",
        "action": action,
        "lead_id": new_id(),
        "values": values(1),
        "reason": "why",
    }

    assert session.apply(session.open(), blind)[0]["outcome"] == "raced"
    assert backoffice.rows("select 1 from public.leads") == []


@pytest.mark.parametrize(
    "event",
    [
        "update leadsync.records set digest = 'other' where true",
        "update public.leads set deleted_at = now() where true",
        "update leadsync.records set place = 'review', reason = 'why' where true",
    ],
)
def test_the_same_is_only_taken_for_the_same_while_it_is(backoffice: Backoffice, event: str) -> None:
    session = backoffice.session()
    attempt = session.open()
    settle(session, attempt, 1)
    same = {"n": 0, "source_id": zoho(1)["source_id"], "action": "unchanged", "digest": "first"}
    backoffice.rows(event)

    assert session.apply(attempt, same, batch=2) == [{"n": 0, "outcome": "raced"}]


def test_a_new_record_in_review_races_with_the_same_record_inserted(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = zoho(1)
    answer = session.match(asked)
    waiting = item(answer, asked, "review", reason="contradicted")
    session.apply(attempt, insert(answer, asked, values(1)))

    assert session.apply(attempt, waiting, batch=2)[0]["outcome"] == "raced"
    assert backoffice.value("select place from leadsync.records") == "linked"


def test_many_runs_over_the_same_people_leave_one_lead_each(backoffice: Backoffice) -> None:
    people = [zoho(n) for n in range(20)]
    sessions = [backoffice.session() for _ in range(6)]

    def run(session: Session) -> None:
        attempt = session.open()
        for batch in range(1, 30):
            answer = session.match(*people)
            fresh = [record["n"] for record in answer["records"] if not record.get("same")]
            if not fresh:
                return
            plans = [insert(answer, people[n], values(n), n=n) for n in fresh]
            session.apply(attempt, *plans, batch=batch)
        pytest.fail("the run came to no end")

    with ThreadPoolExecutor(len(sessions)) as pool:
        list(pool.map(run, sessions))

    assert backoffice.value("select count(*) from public.leads") == len(people)
    assert backoffice.value("select count(distinct lead_id) from leadsync.links") == len(people)
