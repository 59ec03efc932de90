"""What the report is made of: the last days in numbers, by the days of Malta, and nothing of a person."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.integration.backoffice_sql import BALANCED, Backoffice, Session, item, new_id, settle, zoho

MALTA = ZoneInfo("Europe/Malta")
NOON = "2026-11-01T12:00:00+00:00"
AGED = """
insert into leadsync.attempts (attempt_id, flow, source, status, started_at, beat_at, finished_at, counts, cost, errors)
values (coalesce(%(id)s, gen_random_uuid()), 'primary-zoho-sync', 'zoho', %(status)s, %(at)s, %(at)s,
    case when %(status)s <> 'running' then %(at)s::timestamptz end, %(counts)s, %(cost)s, %(errors)s)
"""
RECORD = """
insert into leadsync.records (source, source_id, place, lead_id, reason, first_seen_at, placed_at)
values (%s, gen_random_uuid()::text, %s, %s, %s, %s, %s)
"""


def report(backoffice: Backoffice, days: int = 30) -> dict[str, Any]:
    told: dict[str, Any] = backoffice.session().call("leadsync_report", "Europe/Malta", days)
    return told


def noon(days_ago: int) -> datetime:
    """Noon in Malta so many days ago, so that no test depends on the hour in which it runs."""
    return datetime.now(MALTA).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def day(days_ago: int) -> str:
    return str(noon(days_ago).date())


def attempt(backoffice: Backoffice, at: datetime, *, status: str = "completed", **more: object) -> None:
    given = {"id": None, "counts": {}, "cost": None, "errors": [], **more}
    made = {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in given.items()}
    with psycopg.connect(backoffice.dsns["postgres"], autocommit=True) as connection:
        connection.execute(AGED, {"at": at, "status": status, **made})


def record(
    backoffice: Backoffice,
    at: datetime,
    *,
    source: str = "zoho",
    lead: str | None = None,
    place: str = "linked",
    reason: str | None = None,
) -> None:
    backoffice.rows(RECORD, source, place, lead, reason, at, at)


def test_a_new_installation_has_nothing_to_tell(backoffice: Backoffice) -> None:
    told = report(backoffice)
    assert told["began"] is None
    assert (told["runs"], told["failures"], told["days"], told["met"], told["known"]) == ([], [], [], [], {})
    assert (told["completed"], told["waiting"], told["leads"], told["credits_left"]) == ({}, {}, 0, None)


def test_freshness_is_told_as_leadsync_freshness_tells_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    session.close(session.open(), watermark=NOON)
    assert report(backoffice)["completed"] == session.call("leadsync_freshness")["completed"] != {}


@pytest.mark.parametrize(("days", "shown"), [(30, 30), (1, 1), (0, 1), (1000, 31)])
def test_the_first_day_begins_at_midnight_in_malta_and_there_are_31_at_most(
    backoffice: Backoffice, days: int, shown: int
) -> None:
    since = datetime.fromisoformat(report(backoffice, days)["since"])
    told = since.astimezone(MALTA)
    assert (told.hour, told.minute, told.second) == (0, 0, 0)
    assert str(told.date()) in {day(shown - 1), day(shown)}  # midnight may pass


def test_runs_are_counted_by_flow_hour_and_outcome(backoffice: Backoffice) -> None:
    for minutes, status in [(1, "completed"), (20, "completed"), (59, "findings")]:
        attempt(backoffice, noon(3) + timedelta(minutes=minutes), status=status)
    attempt(backoffice, noon(40))
    flow, hour = "primary-zoho-sync", noon(3).astimezone(UTC).isoformat()
    assert report(backoffice)["runs"] == [
        {"flow": flow, "hour": hour, "status": "completed", "runs": 2},
        {"flow": flow, "hour": hour, "status": "findings", "runs": 1},
    ]


def test_a_silent_run_counts_as_crashed_and_one_that_beats_as_running(backoffice: Backoffice) -> None:
    attempt(backoffice, noon(1), status="running")
    backoffice.session().open()
    told = report(backoffice)
    assert sorted(runs["status"] for runs in told["runs"]) == ["crashed", "running"]
    assert [failure["status"] for failure in told["failures"]] == ["crashed"]


def test_the_last_five_failures_are_told_with_their_first_reason(backoffice: Backoffice) -> None:
    errors = [{"system": "Zoho", "cause": "it is away", "cure": "Wait."}, {"system": "X", "cause": "y", "cure": "z"}]
    ids = [new_id() for _ in range(7)]
    for ago, attempt_id in enumerate(ids, 1):
        attempt(backoffice, noon(ago), status="failed", id=attempt_id, errors=errors)
    attempt(backoffice, noon(1))
    failures = report(backoffice)["failures"]
    assert [failure["attempt_id"] for failure in failures] == ids[:5]
    assert {(one["system"], one["cause"], one["cure"]) for one in failures} == {("Zoho", "it is away", "Wait.")}


def test_changes_and_cost_are_summed_by_the_days_of_malta(backoffice: Backoffice) -> None:
    cost = {"calls": 3, "credits": 52, "tokens": 1, "credits_left": None}
    just_before_midnight = noon(2).replace(hour=23, minute=59)
    for at in (just_before_midnight, just_before_midnight + timedelta(minutes=2), noon(1)):
        attempt(backoffice, at, counts={"fetched": 3, "inserted": 1, "updated": 2}, cost=cost)
    one = {"inserted": 1, "updated": 2, "calls": 3, "credits": 52}
    assert report(backoffice)["days"] == [
        {"day": day(2), **one},
        {"day": day(1), **{name: 2 * number for name, number in one.items()}},
    ]


def test_what_a_crashed_run_wrote_is_counted_from_the_journal(backoffice: Backoffice) -> None:
    session = backoffice.session()
    crashed = session.open()
    settle(session, crashed, 1)
    settle(session, crashed, 2, batch=2)
    told = report(backoffice)
    assert [(one["inserted"], one["updated"]) for one in told["days"]] == [(2, 0)]


def test_the_last_word_on_credits_is_told_with_its_time(backoffice: Backoffice) -> None:
    for ago, left in [(3, 900), (2, 700), (1, None)]:
        attempt(backoffice, noon(ago), cost={"calls": 1, "credits": 1, "tokens": 0, "credits_left": left})
    assert report(backoffice)["credits_left"] == {"credits": 700, "at": noon(2).astimezone(UTC).isoformat()}


def test_a_lead_is_met_once_on_the_day_of_its_first_record_by_all_that_have_it(backoffice: Backoffice) -> None:
    only_zoho, only_portal, both, old = (new_id() for _ in range(4))
    record(backoffice, noon(2), lead=only_zoho)
    record(backoffice, noon(1), lead=only_zoho)  # a twin
    record(backoffice, noon(2), lead=only_portal, source="portal")
    record(backoffice, noon(2), lead=both)
    record(backoffice, noon(1), lead=both, source="portal")
    record(backoffice, noon(60), lead=old)
    record(backoffice, noon(1), lead=old, source="portal")
    assert report(backoffice)["met"] == [{"day": day(2), "zoho": 1, "portal": 1, "both": 1}]


def test_waiting_is_told_by_age_and_reason(backoffice: Backoffice) -> None:
    now = datetime.now(UTC)
    for days in (0.5, 3, 3, 20, 90):
        record(backoffice, now - timedelta(days=days), place="review", reason="identity changed")
    record(backoffice, now - timedelta(days=2), place="review", reason="was deleted")
    record(backoffice, now, place="dead_letter", reason="neither e-mail nor phone")
    record(backoffice, now, place="ignored", reason="its person is forgotten")
    told = report(backoffice)["waiting"]
    assert set(told) == {"review", "dead_letters"}
    assert (told["review"]["count"], told["review"]["ages"]) == (6, [1, 3, 1, 1])
    assert datetime.fromisoformat(told["review"]["oldest"]) == now - timedelta(days=90)
    assert told["review"]["reasons"] == [
        {"reason": "identity changed", "count": 5},
        {"reason": "was deleted", "count": 1},
    ]
    assert told["dead_letters"]["count"] == 1


def test_only_the_five_most_frequent_reasons_are_told(backoffice: Backoffice) -> None:
    for number in range(1, 8):
        for _ in range(number):
            record(backoffice, noon(1), place="review", reason=f"reason {number}")
    reasons = report(backoffice)["waiting"]["review"]["reasons"]
    assert [reason["count"] for reason in reasons] == [7, 6, 5, 4, 3]


def test_open_conflicts_wait_and_closed_ones_do_not(backoffice: Backoffice) -> None:
    insert = (
        "insert into leadsync.conflicts (lead_id, field, source, source_id, ours, theirs, attempt_id, closed_at) "
        "values (gen_random_uuid(), 'phone', 'zoho', '1', '\"1\"', %s, gen_random_uuid(), %s)"
    )
    for theirs, closed in [('"2"', None), (None, None), (None, None), ('"2"', noon(1))]:
        backoffice.rows(insert, theirs, closed)
    conflicts = report(backoffice)["waiting"]["conflicts"]
    assert conflicts["count"] == 3
    assert conflicts["reasons"] == [{"reason": "cleared at source", "count": 2}, {"reason": "changed here", "count": 1}]


def test_leads_and_known_records_are_counted_without_those_that_are_gone(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt_id = session.open()
    settle(session, attempt_id, 1)
    deleted = settle(session, attempt_id, 2, batch=2)
    backoffice.rows("update public.leads set deleted_at = now() where id = %s", deleted)
    gone = [{"source_id": zoho(2)["source_id"], "deleted_time": NOON}]
    session.call("leadsync_mark_deleted", attempt_id, "zoho", Jsonb(gone))
    told = report(backoffice)
    assert told["leads"] == 1
    assert told["known"] == {"zoho": {"records": 2, "gone": 1}}


def test_nothing_of_a_person_is_told(backoffice: Backoffice) -> None:
    session: Session = backoffice.session()
    attempt_id = session.open(trigger="somebody@mail.example")
    lead = settle(session, attempt_id, 1)
    asked = zoho(2, emails=["waiting@mail.example"])
    waiting = item(session.match(asked), asked, "review", reason="was deleted", content={"Last_Name": "Borg"})
    session.apply(attempt_id, waiting, batch=2)
    session.close(attempt_id, counts={**BALANCED, "review": 1, "fetched": 4})
    text = json.dumps(report(backoffice))
    for told in ("mail.example", "Person 1", "Borg", "9900", lead, asked["source_id"]):
        assert told not in text


def test_old_records_are_not_read_however_many_there_are(own_backoffice: Backoffice) -> None:
    own_backoffice.rows(
        "insert into leadsync.records (source, source_id, place, lead_id, first_seen_at) "
        "select 'zoho', n::text, 'linked', gen_random_uuid(), now() - make_interval(days => 40) "
        "from generate_series(1, 20000) as n"
    )
    record(own_backoffice, noon(1), lead=new_id())
    own_backoffice.rows("analyze leadsync.records")
    connection = own_backoffice.connect(autocommit=False)
    met = connection.execute("select leadsync.report_met(%s, 'Europe/Malta')", (noon(29),)).fetchall()
    connection.execute("select leadsync.report_waiting()")
    read = connection.execute(
        "select seq_tup_read, idx_tup_fetch from pg_stat_xact_user_tables where relname = 'records'"
    ).fetchall()
    assert met == [([{"day": day(1), "zoho": 1, "portal": 0, "both": 0}],)]
    ((scanned, fetched),) = read
    assert (scanned, fetched < 100) == (0, True)
