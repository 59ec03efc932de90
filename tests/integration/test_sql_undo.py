"""Taking an attempt back: what returns, what stays because somebody wrote since, and that undoing it undoes it."""

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

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

TAKEN_BACK = "its insert was taken back"
EDITED = "it was changed in the backoffice since"
NOTHING: Json = {"next": None, "restored": [], "deleted": [], "revived": [], "left": []}


def undo(session: Session, undone: str, *, attempt: str | None = None) -> Json:
    """Take an attempt back in an attempt of its own; returns what was done, without what it was done to."""
    attempt = attempt or session.open(flow="undo")
    answer = page(session, attempt, undone)
    session.close(attempt)
    return answer


def page(session: Session, attempt: str | None, undone: str, *, number: int = 1, after: str | None = None) -> Json:
    return {key: value for key, value in told(session, attempt, undone, number, after).items() if key != "undone"}


def told(session: Session, attempt: str | None, undone: str, number: int = 1, after: str | None = None) -> Json:
    """What leadsync_undo answers; without an attempt the call is dry."""
    answer: Json = session.call("leadsync_undo", attempt, undone, number, after, attempt is None)
    return answer


def state(backoffice: Backoffice) -> dict[str, list[Any]]:
    """What undoing an undo has to bring back."""
    return {
        "leads": [row for (row,) in backoffice.rows("select to_jsonb(l) - 'updated_at' from leads as l order by id")],
        "bases": backoffice.rows("select lead_id, columns from leadsync.bases order by lead_id"),
        "records": backoffice.rows("select * from leadsync.records order by source, source_id"),
    }


def everything(backoffice: Backoffice) -> list[list[tuple[Any, ...]]]:
    tables = ["public.leads", "public.sync_metadata", *(f"leadsync.{name}" for name in ("attempts", "batches"))]
    tables += [f"leadsync.{name}" for name in ("bases", "records", "journal", "conflicts")]
    return [backoffice.rows(f"select t.*, t.xmin::text from {table} as t order by 1, 2") for table in tables]  # noqa: S608


def change(session: Session, attempt: str, lead: str, *rows: Json, number: int = 1, batch: int = 1) -> None:
    """Let a record say something new of its lead, once or again and again."""
    for turn, row in enumerate(rows):
        asked = zoho(number, digest=new_id())
        (outcome,) = session.apply(attempt, update(session.match(asked), asked, lead, row), batch=batch + turn)
        assert outcome["outcome"] == "updated", outcome


def settled(backoffice: Backoffice, session: Session, *, number: int = 1, **row: object) -> str:
    """A lead that an earlier attempt inserted."""
    attempt = session.open()
    content: Json = dict(row)
    lead = settle(session, attempt, number, **content)
    session.close(attempt)
    assert backoffice.value("select count(*) from leads where id = %s", lead) == 1
    return lead


def changed(session: Session, lead: str, *rows: Json, number: int = 1) -> str:
    """An attempt that wrote these values, one after the other."""
    attempt = session.open()
    change(session, attempt, lead, *rows, number=number)
    session.close(attempt)
    return attempt


def column(backoffice: Backoffice, lead: str, name: str) -> Any:  # noqa: ANN401 - any column
    return backoffice.value("select to_jsonb(l) -> %s from leads as l where id = %s", name, lead)


def base(backoffice: Backoffice, lead: str, name: str) -> Json | None:
    found: Json | None = backoffice.value("select columns -> %s from leadsync.bases where lead_id = %s", name, lead)
    return found


def restored(lead: str, *fields: str) -> list[Json]:
    return [{"lead_id": lead, "field": name} for name in fields]


def left(lead: str, name: str | None, why: str) -> list[Json]:
    return [{"lead_id": lead, "field": name, "why": why}]


def test_values_return_with_their_bases_and_the_snapshots_stay(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1", total_price=None)
    before = state(backoffice)
    attempt = changed(session, lead, {"address": "Street 2", "total_price": 5, "locality": "Sliema"})
    said = backoffice.rows("select digest, snapshot, place from leadsync.records")

    answer = undo(session, attempt)

    assert answer == {**NOTHING, "restored": restored(lead, "address", "locality", "total_price")}
    after = state(backoffice)
    assert (after["leads"], after["bases"]) == (before["leads"], before["bases"])
    assert backoffice.rows("select digest, snapshot, place from leadsync.records") == said


def test_what_a_person_changed_since_stays_and_the_rest_returns(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1", locality="Sliema")
    attempt = changed(session, lead, {"address": "Street 2", "locality": "Gzira"})
    backoffice.rows("update leads set address = 'Street 3' where true")

    answer = undo(session, attempt)

    assert answer == {**NOTHING, "restored": restored(lead, "locality"), "left": left(lead, "address", EDITED)}
    assert (column(backoffice, lead, "address"), column(backoffice, lead, "locality")) == ("Street 3", "Sliema")
    assert base(backoffice, lead, "address") == {"value": "Street 2", "origin": "zoho"}


def test_of_two_writes_of_one_column_the_value_before_the_first_returns(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    before = state(backoffice)
    attempt = changed(session, lead, {"address": "Street 2"}, {"address": "Street 3"})

    assert undo(session, attempt)["restored"] == restored(lead, "address")

    after = state(backoffice)
    assert (after["leads"], after["bases"]) == (before["leads"], before["bases"])


def test_a_person_who_wrote_between_two_writes_of_an_attempt_gets_their_value_back(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    attempt = session.open()
    change(session, attempt, lead, {"address": "Street 2"})
    backoffice.rows("update leads set address = 'by hand' where true")
    change(session, attempt, lead, {"address": "Street 3"}, batch=2)
    session.close(attempt)

    assert undo(session, attempt)["restored"] == restored(lead, "address")

    assert column(backoffice, lead, "address") == "by hand"


def test_what_another_attempt_wrote_since_stays_even_if_the_value_came_back(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    attempt = changed(session, lead, {"address": "Street 2"})
    later = changed(session, lead, {"address": "Street 3"}, {"address": "Street 2"})

    assert undo(session, attempt) == {**NOTHING, "left": left(lead, "address", f"attempt {later} wrote it since")}
    assert column(backoffice, lead, "address") == "Street 2"


def test_an_attempt_that_wrote_around_another_gives_back_that_ones_word(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    attempt, other = session.open(), session.open(flow="backup-portal-sync")
    change(session, attempt, lead, {"address": "Street 2"})
    change(session, other, lead, {"address": "Street 3"})
    change(session, attempt, lead, {"address": "Street 4"}, batch=2)
    session.close(attempt)

    assert undo(session, attempt)["restored"] == restored(lead, "address")

    assert column(backoffice, lead, "address") == "Street 3"
    assert base(backoffice, lead, "address") == {"value": "Street 3", "origin": "zoho"}


def test_an_insert_is_taken_back_by_soft_delete_and_its_records_wait_in_review(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    session.close(attempt)
    bases = state(backoffice)["bases"]

    assert undo(session, attempt) == {**NOTHING, "deleted": [lead]}

    assert column(backoffice, lead, "deleted_at") is not None
    assert state(backoffice)["bases"] == bases
    said = {"said": zoho(1)["source_id"]}
    waiting = "select place, reason, lead_id::text, candidates::text[], content, snapshot, digest from leadsync.records"
    assert backoffice.rows(waiting) == [("review", TAKEN_BACK, lead, [lead], said, said, "first")]
    (entry,) = backoffice.rows(
        "select before, after ? 'deleted_at', why from leadsync.journal where before is not null"
    )
    assert entry == ({"deleted_at": None}, True, {"deleted_at": f"attempt {attempt} was taken back"})


def test_a_lead_that_the_attempt_inserted_and_then_changed_is_deleted_as_a_whole(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1, address="Street 1")
    change(session, attempt, lead, {"address": "Street 2"}, batch=2)
    session.close(attempt)

    assert undo(session, attempt) == {**NOTHING, "deleted": [lead]}


@pytest.mark.parametrize(
    ("since", "why"),
    [
        ("update leads set status = 'contacted' where true", EDITED),
        ("update leads set deleted_at = now() where true", "it is deleted already"),
        ("delete from leads where true", "the lead is gone"),
    ],
)
def test_an_inserted_lead_that_somebody_touched_is_left(backoffice: Backoffice, since: str, why: str) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1, status="new")
    session.close(attempt)
    backoffice.rows(since)
    before = state(backoffice)

    assert undo(session, attempt) == {**NOTHING, "left": left(lead, None, why)}
    assert state(backoffice) == before


def test_an_inserted_lead_that_another_attempt_wrote_to_is_left(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    session.close(attempt)
    later = changed(session, lead, {"address": "Street 2"})

    assert undo(session, attempt) == {**NOTHING, "left": left(lead, None, f"attempt {later} wrote to it since")}


def test_undoing_an_undo_brings_rows_bases_and_links_back_and_can_be_undone(backoffice: Backoffice) -> None:
    session = backoffice.session()
    old = settled(backoffice, session, number=1, address="Street 1")
    attempt = session.open()
    change(session, attempt, old, {"address": "Street 2", "zoho_lead_id": None})
    new = settle(session, attempt, 2, batch=2)
    session.close(attempt)
    written = state(backoffice)
    first, second, third = (session.open(flow="undo") for _ in range(3))

    assert undo(session, attempt, attempt=first)["deleted"] == [new]
    taken_back = state(backoffice)
    answer = undo(session, first, attempt=second)

    assert answer == {**NOTHING, "restored": restored(old, "address", "zoho_lead_id"), "revived": [new]}
    assert state(backoffice) == written
    assert undo(session, second, attempt=third)["deleted"] == [new]
    again = state(backoffice)
    placed = [row[:-1] for row in again["records"]], [row[:-1] for row in taken_back["records"]]
    assert (again["leads"], again["bases"]) == (taken_back["leads"], taken_back["bases"])
    assert len(placed[0]) == len(placed[1]) == 2
    assert backoffice.rows("select source_id from leadsync.review_queue") == [(zoho(2)["source_id"],)]


def test_after_an_undo_was_undone_the_attempt_can_be_taken_back_again(backoffice: Backoffice) -> None:
    session = backoffice.session()
    old = settled(backoffice, session, address="Street 1")
    attempt = session.open()
    change(session, attempt, old, {"address": "Street 2"}, {"address": "Street 3"})
    new = settle(session, attempt, 2, batch=9)
    session.close(attempt)
    first, second = session.open(flow="undo"), session.open(flow="undo")
    done = undo(session, attempt, attempt=first)
    taken_back = state(backoffice)
    undo(session, first, attempt=second)

    assert undo(session, attempt) == done == {**NOTHING, "restored": restored(old, "address"), "deleted": [new]}

    again = state(backoffice)
    assert without_times(again) == without_times(taken_back)


def without_times(told: dict[str, list[Any]]) -> object:
    """A state without the moments of deletion and of review."""
    leads = [{key: value for key, value in row.items() if key != "deleted_at"} for row in told["leads"]]
    records = [[value for value in row if not isinstance(value, datetime)] for row in told["records"]]
    return leads, told["bases"], records


def test_what_is_taken_back_already_is_said_to_be(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    attempt = changed(session, lead, {"address": "Street 2"})
    undo(session, attempt)

    assert undo(session, attempt) == {**NOTHING, "left": left(lead, "address", "it was taken back already")}


@pytest.mark.parametrize("seed", range(4))
def test_attempts_are_taken_back_one_after_the_other_and_brought_back_in_turn(
    backoffice: Backoffice, seed: int
) -> None:
    session = backoffice.session()
    states, attempts, undos = [state(backoffice)], [], []
    for attempt in wild_attempts(session, random.Random(seed)):  # noqa: S311 - no secret
        attempts.append(attempt)
        states.append(state(backoffice))

    for attempt, before in zip(reversed(attempts), reversed(states[:-1]), strict=True):
        undos.append(session.open(flow="undo"))
        assert undo(session, attempt, attempt=undos[-1])["left"] == []
        assert alive(state(backoffice)) == alive(before)
    for taking, after in zip(reversed(undos), states[1:], strict=True):
        assert undo(session, taking)["left"] == []
        assert alive(state(backoffice)) == alive(after)


def wild_attempts(session: Session, dice: random.Random) -> Iterator[str]:
    """Attempts of one to four writes each, inserts among them, of few values on few leads and columns."""
    leads: dict[int, str] = {}
    for _ in range(6):
        attempt = session.open()
        for batch in range(dice.randint(1, 4)):
            number = dice.randint(1, 4)
            row = {name: dice.choice("abc") for name in dice.sample(["address", "locality", "notes"], 2)}
            if number not in leads:
                leads[number] = settle(session, attempt, number, batch=batch, **row)
            else:
                asked = zoho(number, digest=new_id())
                entry = update(session.match(asked), asked, leads[number], row)
                session.apply(attempt, entry, batch=batch)
        session.close(attempt)
        yield attempt


def alive(told: dict[str, list[Any]]) -> object:
    """The leads that are not deleted, and their bases."""
    leads = {row["id"]: row for row in told["leads"] if row["deleted_at"] is None}
    return leads, [(lead, columns) for lead, columns in told["bases"] if str(lead) in leads]


def test_a_record_that_said_something_new_while_it_waited_is_looked_at_by_the_next_run(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt, first, second = session.open(), session.open(flow="undo"), session.open(flow="undo")
    settle(session, attempt, 1)
    settle(session, attempt, 2, batch=2)
    session.close(attempt)
    undo(session, attempt, attempt=first)
    for number, digest in ((1, "second"), (2, "first")):
        asked = zoho(number, digest=digest)
        waits = item(session.match(asked), asked, "review", reason=TAKEN_BACK, content={"raw": digest})
        session.apply(session.open(), waits)

    undo(session, first, attempt=second)

    assert backoffice.rows("select source_id from leadsync.links") == [(zoho(2)["source_id"],)]
    recalled = backoffice.rows("select source_id, content from leadsync.recalled")
    assert recalled == [(zoho(1)["source_id"], {"raw": "second"})]


def test_what_a_person_decided_on_a_waiting_record_is_not_lost(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt, first, second = session.open(), session.open(flow="undo"), session.open(flow="undo")
    settle(session, attempt, 1)
    session.close(attempt)
    undo(session, attempt, attempt=first)
    backoffice.rows("update leadsync.records set decision = 'ignore', decided_at = clock_timestamp() where true")

    undo(session, first, attempt=second)

    assert backoffice.rows("select place, decision from leadsync.records") == [("review", "ignore")]
    assert backoffice.value("select count(*) from leadsync.recalled") == 1


@pytest.mark.parametrize("place", ["review", "dead_letter"])
def test_a_record_that_waited_already_waits_on_for_its_own_reason(backoffice: Backoffice, place: str) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    asked = zoho(1, digest="second")
    action = {"review": "review", "dead_letter": "rejected"}[place]
    waits = item(session.match(asked), asked, action, reason="identity changed", content={"raw": 1})
    session.apply(attempt, waits, batch=2)
    session.close(attempt)

    assert undo(session, attempt)["deleted"] == [lead]

    assert backoffice.rows("select place, reason, content from leadsync.records") == [
        (place, "identity changed", {"raw": 1})
    ]


def test_a_dry_call_says_what_a_real_one_does_and_writes_nothing(backoffice: Backoffice) -> None:
    session = backoffice.session()
    old, edited = (settled(backoffice, session, number=number, address="Street 1") for number in (1, 2))
    attempt = session.open()
    change(session, attempt, old, {"address": "Street 2"})
    change(session, attempt, edited, {"address": "Street 2"}, number=2, batch=2)
    settle(session, attempt, 3, batch=3)
    session.close(attempt)
    backoffice.rows("update leads set address = 'by hand' where id = %s", edited)
    before = everything(backoffice)
    reader = backoffice.session()
    reader.connection.execute("set default_transaction_read_only = on")

    looked = page(reader, None, attempt)

    assert everything(backoffice) == before
    assert undo(session, attempt) == looked
    assert [bool(looked[kind]) for kind in ("restored", "deleted", "left")] == [True, True, True]


def test_a_long_attempt_is_taken_back_page_by_page_and_a_repeated_page_answers_the_same(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = [zoho(number) for number in range(1, 1002)]
    answer = session.match(*asked)
    session.apply(attempt, *(insert(answer, one, values(n + 1), n=n) for n, one in enumerate(asked)))
    session.close(attempt)
    taking = session.open(flow="undo")

    pages, after = [], None
    for number in (1, 2, 3):
        pages.append(page(session, taking, attempt, number=number, after=after))
        assert page(session, taking, attempt, number=number, after=after) == pages[-1]
        after = pages[-1]["next"]

    assert [len(one["deleted"]) for one in pages] == [500, 500, 1]
    assert after is None
    assert backoffice.value("select count(*) from leads where deleted_at is null") == 0


def test_an_attempt_that_is_still_running_is_not_touched(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    settle(session, attempt, 1)
    before = state(backoffice)

    answer = told(session, session.open(flow="undo"), attempt)

    assert answer["undone"]["status"] == "running"
    assert {**answer, "undone": None} == {**NOTHING, "undone": None}
    assert state(backoffice) == before


def test_an_attempt_without_a_sign_of_life_counts_as_crashed_and_is_closed_before_it_is_taken_back(
    backoffice: Backoffice,
) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    backoffice.rows("update leadsync.attempts set beat_at = beat_at - interval '3 minutes' where true")

    looked = told(session, None, attempt)
    done = told(session, session.open(flow="undo"), attempt)

    assert looked == done
    assert (done["undone"]["status"], done["deleted"]) == ("crashed", [lead])
    assert session.call("leadsync_beat", attempt) == {"running": False}


def test_an_unknown_attempt_is_told_as_unknown(backoffice: Backoffice) -> None:
    answer = told(backoffice.session(), None, new_id())

    assert answer == {**NOTHING, "undone": None}


def test_an_undo_that_is_no_longer_running_may_not_write(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt, taking = session.open(), session.open(flow="undo")
    settle(session, attempt, 1)
    session.close(attempt)
    session.close(taking)

    with pytest.raises(psycopg.Error) as caught:
        page(session, taking, attempt)
    assert caught.value.sqlstate == "LS001"


def test_null_returns_as_null_where_the_column_has_a_default(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session)
    backoffice.rows("update leads set is_gozo = null where true")
    attempt = changed(session, lead, {"is_gozo": True})

    assert undo(session, attempt)["restored"] == restored(lead, "is_gozo")

    assert column(backoffice, lead, "is_gozo") is None


def test_an_update_to_null_takes_the_default_and_is_none_where_it_stands_already(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, grant_type="battery_only", is_gozo=False)
    asked = zoho(1, digest="second")
    attempt = session.open()

    nulled = update(session.match(asked), asked, lead, {"grant_type": None})
    assert session.apply(attempt, nulled) == [{"n": 0, "outcome": "updated"}]
    assert column(backoffice, lead, "grant_type") == "pv_only"
    assert backoffice.value("select after from leadsync.journal where before is not null") == {"grant_type": "pv_only"}

    asked = zoho(1, digest="third")
    again = update(session.match(asked), asked, lead, {"grant_type": None, "is_gozo": None})
    assert session.apply(attempt, again, batch=2) == [{"n": 0, "outcome": "unchanged"}]


def test_every_update_journals_the_bases_before_it_and_an_insert_none(backoffice: Backoffice) -> None:
    session = backoffice.session()
    first, second = (zoho(number, emails=["twin@mail.example"]) for number in (1, 2))
    answer = session.match(first, second)
    new = insert(answer, first, values(1, address="Street 1"))
    twin = update(answer, second, new["lead_id"], {"address": "Street 2", "locality": "Sliema"}, n=1)
    attempt = session.open()
    session.apply(attempt, new, twin)
    changed(session, new["lead_id"], {"address": "Street 3"})

    assert backoffice.rows("select bases from leadsync.journal order by id") == [
        (None,),
        ({"address": {"value": "Street 1", "origin": "zoho"}},),
        ({"address": {"value": "Street 2", "origin": "zoho"}},),
    ]


def test_a_row_that_was_journalled_without_bases_takes_the_value_for_the_base(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    attempt = changed(session, lead, {"address": "Street 2"})
    backoffice.rows("update leadsync.journal set bases = null where true")

    undo(session, attempt)

    assert base(backoffice, lead, "address") == {"value": "Street 1", "origin": "backoffice"}


def test_a_lead_that_had_no_base_at_all_has_none_again(backoffice: Backoffice) -> None:
    session = backoffice.session()
    row = "insert into leads (name, email, phone) values ('Ann', 'person1@mail.example', '') returning id::text"
    lead = backoffice.value(row)
    attempt = changed(session, lead, {"address": "Street 2"})

    undo(session, attempt)

    assert state(backoffice)["bases"] == []


def test_a_base_that_moved_alone_returns_and_the_row_is_not_touched(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    backoffice.rows("update leads set address = 'by hand' where true")
    attempt, first, second = session.open(flow="review"), session.open(flow="undo"), session.open(flow="undo")
    old, new = base(backoffice, lead, "address"), {"value": "by hand", "origin": "backoffice"}
    same = Jsonb({"address": "by hand"})
    backoffice.rows(
        "insert into leadsync.journal (attempt_id, source, source_id, lead_id, before, after, bases) "
        "select %s, 'zoho', '1', lead_id, %s, %s, columns from leadsync.bases",
        attempt,
        same,
        same,
    )
    backoffice.rows("update leadsync.bases set columns['address'] = %s where true", Jsonb(new))
    session.close(attempt)
    row = backoffice.rows("select l.*, l.xmin::text from leads as l")

    assert undo(session, attempt, attempt=first)["restored"] == restored(lead, "address")
    assert base(backoffice, lead, "address") == old
    assert undo(session, first, attempt=second)["restored"] == restored(lead, "address")
    assert base(backoffice, lead, "address") == new
    assert backoffice.rows("select l.*, l.xmin::text from leads as l") == row


def test_conflicts_of_what_returned_end_and_others_stay_open(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    attempt = changed(session, lead, {"address": "Street 2"})
    asked = zoho(1, digest="later")
    disputes = [{"field": name, "ours": "x", "theirs": "y"} for name in ("address", "notes")]
    told = item(session.match(asked), asked, "unchanged", lead_id=lead, conflicts=disputes)
    session.apply(session.open(), told)

    undo(session, attempt)

    assert backoffice.rows("select field from leadsync.conflicts where closed_at is null") == [("notes",)]


def test_what_the_database_refuses_is_left_and_the_rest_returns(own_backoffice: Backoffice) -> None:
    session = own_backoffice.session()
    one = settled(own_backoffice, session, number=1, address="Street 1", locality="Sliema", status="new")
    other = settled(own_backoffice, session, number=2, address="Street 1", locality="Gzira", status="lost")
    attempt = session.open()
    for number, lead in ((1, one), (2, other)):
        row: Json = {"address": "Street 2", "locality": "Birgu"} | ({"status": "contacted"} if lead == one else {})
        change(session, attempt, lead, row, number=number, batch=number)
    session.close(attempt)
    own_backoffice.rows("alter table leads drop constraint leads_status_check")
    own_backoffice.rows("alter table leads add constraint stages check (status <> 'new') not valid")
    own_backoffice.rows("alter table leads add constraint towns check (locality <> 'Gzira')")

    answer = undo(session, attempt)

    assert answer["restored"] == restored(one, "address", "locality")
    why = "refused by the backoffice (23514 towns)"
    assert answer["left"] == sorted(
        [*left(one, "status", "status refused"), *left(other, "address", why), *left(other, "locality", why)],
        key=lambda entry: (entry["lead_id"], entry["field"]),
    )
    assert column(own_backoffice, other, "address") == "Street 2"
    assert base(own_backoffice, other, "address") == {"value": "Street 2", "origin": "zoho"}


def test_what_a_trigger_swallows_is_left(own_backoffice: Backoffice) -> None:
    session = own_backoffice.session()
    lead = settled(own_backoffice, session, address="Street 1")
    attempt = changed(session, lead, {"address": "Street 2"})
    own_backoffice.rows("create function swallow() returns trigger language plpgsql as $$ begin return null; end $$")
    own_backoffice.rows("create trigger swallow before update on leads for each row execute function swallow()")
    before = state(own_backoffice)

    why = "refused by the backoffice (a trigger)"
    assert undo(session, attempt) == {**NOTHING, "left": left(lead, "address", why)}
    assert state(own_backoffice) == before
    assert own_backoffice.value("select count(*) from leadsync.journal") == 2


def test_a_column_that_is_gone_is_left(own_backoffice: Backoffice) -> None:
    session = own_backoffice.session()
    lead = settled(own_backoffice, session, address="Street 1", locality="Sliema")
    attempt = changed(session, lead, {"address": "Street 2", "locality": "Gzira"})
    own_backoffice.rows("alter table leads drop column locality")

    answer = undo(session, attempt)

    assert answer == {
        **NOTHING,
        "restored": restored(lead, "address"),
        "left": left(lead, "locality", "the column is gone"),
    }


def test_rows_that_nothing_returns_to_keep_their_updated_at(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1")
    attempt = changed(session, lead, {"address": "Street 2"}, {"address": "Street 1"})
    rows = backoffice.rows("select l.*, l.xmin::text from leads as l")

    assert undo(session, attempt) == NOTHING
    assert backoffice.rows("select l.*, l.xmin::text from leads as l") == rows
    assert lead


def test_an_undo_is_on_record_and_moves_no_watermark(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    settle(session, attempt, 1)
    watermark = session.close(attempt, watermark="2026-11-24T06:00:00Z")["watermark"]
    taking = session.open(flow="undo")
    page(session, taking, attempt)

    closed = session.close(taking, counts={"fetched": 1, "updated": 1})

    assert (closed["status"], closed["watermark"]) == ("completed", watermark)
    row = "select sync_type, status, records_pulled, errors, last_sync_at = %s from sync_metadata where attempt_id = %s"
    assert backoffice.rows(row, watermark, taking) == [("zoho", "completed", 1, [], True)]


def take_back(backoffice: Backoffice, attempt: str, lead: str, number: int) -> Json:
    source_id = zoho(number)["source_id"]
    answer: Json = backoffice.value("select leadsync.take_back(%s, %s, 'zoho', %s)", attempt, lead, source_id)
    return answer


def test_what_one_record_wrote_is_taken_back_over_all_attempts(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session, address="Street 1", locality="Sliema")
    before = state(backoffice)
    changed(session, lead, {"address": "Street 2"}, number=2)
    changed(session, lead, {"address": "Street 3", "locality": "Gzira"}, number=2)
    changed(session, lead, {"total_price": 5}, number=3)
    attempt, taking = session.open(flow="review"), session.open(flow="undo")

    assert take_back(backoffice, attempt, lead, 2) == {"restored": restored(lead, "address", "locality"), "left": []}

    after = state(backoffice)["leads"]
    assert after == [row | {"total_price": 5} for row in before["leads"]]
    assert base(backoffice, lead, "address") == {"value": "Street 1", "origin": "zoho"}
    session.close(attempt)
    assert undo(session, attempt, attempt=taking)["restored"] == restored(lead, "address", "locality")
    assert column(backoffice, lead, "address") == "Street 3"


def test_of_twins_that_wrote_in_one_batch_the_first_ones_word_and_base_return(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session)
    twins = [zoho(number, emails=["person1@mail.example"]) for number in (2, 3)]
    answer = session.match(*twins)
    items = [update(answer, asked, lead, {"address": f"Street {n}"}, n=n) for n, asked in enumerate(twins)]
    session.apply(session.open(), *items)

    assert take_back(backoffice, session.open(flow="review"), lead, 3)["restored"] == restored(lead, "address")

    assert column(backoffice, lead, "address") == "Street 0"
    assert base(backoffice, lead, "address") == {"value": "Street 0", "origin": "zoho"}


def test_a_lead_cannot_be_taken_from_the_record_that_made_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(backoffice, session)
    before = state(backoffice)

    answer = take_back(backoffice, session.open(flow="review"), lead, 1)

    assert answer == {"restored": [], "left": left(lead, None, "this record made the lead")}
    assert state(backoffice) == before
