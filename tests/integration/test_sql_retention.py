"""leadsync_tidy: what is old enough goes, everything else stays."""

from typing import Any

from psycopg.types.json import Jsonb

from tests.integration.backoffice_sql import Backoffice, Json, Session, insert, item, new_id, settle, values, zoho

DAYS = {"journal": 400, "contents": 180, "snapshots": 400, "conflicts": 400}
NOTHING = {"journal": 0, "contents": 0, "snapshots": 0, "bases": 0, "conflicts": 0, "more": False}
CONTENT = {"Last_Name": "", "Email": "dead@mail.example"}


def tidy(session: Session, **days: int) -> Json:
    counts: Json = session.call("leadsync_tidy", Jsonb(days or DAYS))
    return counts


def age(backoffice: Backoffice, days: int) -> None:
    """Lets time pass for everything that is there."""
    for table, columns in {
        "leadsync.attempts": ("started_at", "beat_at", "finished_at"),
        "leadsync.records": ("placed_at", "seen_at", "decided_at", "recalled_at", "deleted_at_source"),
        "leadsync.conflicts": ("first_seen_at", "closed_at"),
        "public.leads": ("deleted_at",),
    }.items():
        changes = ", ".join(f"{column} = {column} - make_interval(days => {days})" for column in columns)
        backoffice.rows(f"update {table} set {changes} where true")  # noqa: S608 - our own names


def settled(session: Session, number: int = 1) -> str:
    attempt = session.open()
    lead = settle(session, attempt, number)
    session.close(attempt)
    return lead


def placed(session: Session, action: str, *, digest: str = "first", **more: Any) -> None:  # noqa: ANN401 - keys of an item
    asked = zoho(3, digest=digest)
    attempt = session.open()
    told = {"reason": "name is missing", "content": CONTENT, **more}
    session.apply(attempt, item(session.match(asked), asked, action, **told))
    session.close(attempt)


def would_undo(session: Session, attempt: str) -> Json:
    told: Json = session.call("leadsync_undo", *(None, attempt, 1, None, True))
    return told


def content(backoffice: Backoffice) -> object:
    return backoffice.value("select content from leadsync.records")


def test_the_journal_of_attempts_that_ended_long_ago_goes(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session, 1)
    age(backoffice, 401)
    young = settled(session, 2)

    assert tidy(session) == NOTHING | {"journal": 1}

    assert str(backoffice.value("select lead_id from leadsync.journal")) == young
    assert tidy(session) == NOTHING


def test_an_attempt_whose_journal_went_says_when(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session, 1)
    age(backoffice, 401)
    settled(session, 2)

    tidy(session)

    marks = backoffice.rows("select tidied_at is not null from leadsync.attempts order by started_at")
    assert marks == [(True,), (False,)]


def test_undoing_an_attempt_whose_journal_went_takes_nothing_back_and_says_so(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session, 1)
    old = str(backoffice.value("select attempt_id from leadsync.attempts"))
    young = session.open()
    settle(session, young, 2)
    session.close(young)

    before = would_undo(session, old)
    backoffice.rows("update leadsync.attempts set finished_at = '2020-01-01Z' where attempt_id = %s", old)
    tidy(session)
    after, other = would_undo(session, old), would_undo(session, young)

    assert (len(before["deleted"]), before["undone"]["tidied_at"]) == (1, None)
    assert after["deleted"] == after["restored"] == after["left"] == []
    assert after["undone"]["tidied_at"] is not None
    assert (len(other["deleted"]), other["undone"]["tidied_at"]) == (1, None)


def test_the_journal_of_a_running_attempt_stays(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settle(session, session.open(), 1)
    age(backoffice, 500)

    assert tidy(session) == NOTHING


def test_zero_days_or_none_keep_everything(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session)
    placed(session, "rejected")
    age(backoffice, 20_000)

    assert tidy(session, journal=0, contents=0) == NOTHING


def test_a_step_ends_after_5000_rows_and_says_that_there_is_more(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session)
    backoffice.rows(
        "insert into leadsync.journal (attempt_id, source, source_id, lead_id, after) "
        "select attempt_id, source, source_id, lead_id, after from leadsync.journal, generate_series(1, 7000)"
    )
    age(backoffice, 401)

    steps = [tidy(session) for _ in range(2)]

    assert [(step["journal"], step["more"]) for step in steps] == [(5000, True), (2001, False)]
    assert backoffice.value("select count(*) from leadsync.attempts where tidied_at is not null") == 1


def test_the_content_of_an_old_dead_letter_goes_and_its_reason_stays(backoffice: Backoffice) -> None:
    session = backoffice.session()
    placed(session, "rejected")
    age(backoffice, 181)

    assert tidy(session) == NOTHING | {"contents": 1}

    row = backoffice.value("select to_jsonb(r) from leadsync.records as r")
    assert (row["place"], row["reason"], row["digest"]) == ("dead_letter", "name is missing", "first")
    assert row["content"] is None
    assert tidy(session) == NOTHING


def test_a_young_dead_letter_and_an_old_review_keep_their_content(backoffice: Backoffice) -> None:
    session = backoffice.session()
    placed(session, "rejected")
    age(backoffice, 179)
    assert tidy(session) == NOTHING

    placed(session, "review")
    age(backoffice, 4_000)

    assert tidy(session) == NOTHING
    assert content(backoffice) == CONTENT


def test_a_dead_letter_that_shall_be_looked_at_anew_keeps_its_content_until_then(backoffice: Backoffice) -> None:
    session = backoffice.session()
    placed(session, "rejected")
    backoffice.rows("update leadsync.records set recalled_at = clock_timestamp()")
    age(backoffice, 181)

    assert tidy(session) == NOTHING
    assert backoffice.value("select content from leadsync.recalled") == CONTENT


def test_dropped_content_does_not_come_back_with_a_source_that_goes_on_sending_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    placed(session, "rejected")
    age(backoffice, 181)
    tidy(session)

    placed(session, "rejected")
    assert content(backoffice) is None

    placed(session, "rejected", digest="second")
    assert content(backoffice) == CONTENT


def test_a_record_without_content_cannot_be_recalled_from_the_store(backoffice: Backoffice) -> None:
    session = backoffice.session()
    placed(session, "rejected")
    age(backoffice, 181)
    tidy(session)
    backoffice.rows("update leadsync.records set recalled_at = clock_timestamp()")

    assert backoffice.rows("select * from leadsync.recalled") == []


def test_the_snapshot_goes_when_its_lead_has_long_been_deleted(backoffice: Backoffice) -> None:
    session = backoffice.session()
    deleted = settled(session, 1)
    settled(session, 2)
    backoffice.rows("update public.leads set deleted_at = now() where id = %s", deleted)
    age(backoffice, 399)
    assert tidy(session) == NOTHING
    age(backoffice, 2)

    assert tidy(session, snapshots=400) == NOTHING | {"snapshots": 1}

    kept = backoffice.rows("select snapshot is not null, email is not null from leadsync.records order by source_id")
    assert kept == [(False, True), (True, True)]
    assert backoffice.value("select count(*) from leadsync.bases") == 2


def test_the_snapshot_goes_when_its_record_has_long_been_deleted_at_the_source(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session)
    attempt = session.open()
    session.call("leadsync_mark_deleted", attempt, "zoho", Jsonb([{"source_id": zoho(1)["source_id"]}]))
    session.close(attempt)
    age(backoffice, 401)

    assert tidy(session, snapshots=400) == NOTHING | {"snapshots": 1}
    assert backoffice.value("select place from leadsync.records") == "linked"


def test_keys_and_bases_go_too_where_there_is_no_lead_any_more(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session)
    backoffice.rows("delete from public.leads where true")
    assert tidy(session, snapshots=400) == NOTHING
    age(backoffice, 401)

    assert tidy(session, snapshots=400) == NOTHING | {"snapshots": 1, "bases": 1}

    row = backoffice.value("select to_jsonb(r) from leadsync.records as r")
    assert (row["place"], row["digest"], row["snapshot"], row["email"]) == ("linked", "first", None, None)


def test_the_snapshot_of_a_lead_that_lives_stays_for_ever(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session)
    age(backoffice, 4_000)

    assert tidy(session, snapshots=1) == NOTHING


def test_the_snapshot_of_what_waits_in_review_stays(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settled(session)
    asked = zoho(1, digest="second")
    waiting = item(session.match(asked), asked, "review", reason="a reason", content={"Last_Name": "Borg"})
    session.apply(session.open(), waiting)
    backoffice.rows("delete from public.leads where true")
    age(backoffice, 4_000)

    assert tidy(session, snapshots=1, contents=1) == NOTHING


def test_closed_conflicts_go_and_open_ones_stay(backoffice: Backoffice) -> None:
    session = backoffice.session()
    asked = zoho(1)
    conflicts = [{"field": field, "base": 1, "ours": 2, "theirs": 3} for field in ("notes", "address")]
    entry = insert(session.match(asked), asked, values(1), conflicts=conflicts)
    session.apply(session.open(), entry)
    backoffice.rows("update leadsync.conflicts set closed_at = now() where field = 'notes'")
    age(backoffice, 401)

    assert tidy(session) == NOTHING | {"conflicts": 1}
    assert backoffice.value("select field from leadsync.conflicts") == "address"


def test_tombstones_stay_for_ever(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settled(session)
    subject, keys = Jsonb({"lead_id": lead}), Jsonb({"emails": [], "persons": []})
    session.call("leadsync_forget", new_id(), subject, keys, None, "dpo")
    backoffice.rows("update leadsync.erasures set erased_at = erased_at - interval '20 years'")

    tidy(session, **dict.fromkeys(DAYS, 1))

    assert backoffice.value("select count(*) from leadsync.tombstones") == 2
