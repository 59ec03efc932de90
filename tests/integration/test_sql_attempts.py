"""An attempt's life: opened, beating, closed, crashed; its watermark and its row of sync_metadata."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from systems.backoffice import SCHEMA_VERSION
from tests.integration.backoffice_sql import BALANCED, Backoffice, Json, new_id, settle

NOON = "2026-11-01T12:00:00+00:00"
ONE = "2026-11-01T13:00:00+00:00"
SILENT = "update leadsync.attempts set beat_at = now() - interval '121 seconds' where attempt_id = %s"


def metadata(backoffice: Backoffice, attempt: str) -> Json:
    row: Json = backoffice.value("select to_jsonb(m) from public.sync_metadata as m where attempt_id = %s", attempt)
    return row


def ended(closed: Json) -> Json:
    """An answer of leadsync_close without what waits for a person."""
    return {name: value for name, value in closed.items() if name != "waiting"}


def test_opening_tells_all_that_a_run_needs(backoffice: Backoffice) -> None:
    session = backoffice.session()
    session.call("leadsync_cache_put", "token", Jsonb({"t": 1}), datetime.now(UTC) + timedelta(hours=1))
    session.close(session.open(), watermark=NOON)
    attempt = new_id()

    opened = session.call(
        "leadsync_open", Jsonb({"attempt_id": attempt, "flow": "primary-zoho-sync", "source": "zoho"})
    )

    assert opened["attempt_id"] == attempt
    assert opened["crashed"] == []
    assert opened["installation_id"] == str(backoffice.value("select id from leadsync.installation"))
    assert opened["schema_version"] == SCHEMA_VERSION
    assert datetime.fromisoformat(opened["now"]) > datetime.now(UTC) - timedelta(minutes=1)
    assert opened["watermarks"] == {"zoho": NOON}
    assert opened["columns"]["name"] == {
        "type": "character varying",
        "length": 255,
        "nullable": False,
        "default": False,
    }
    plain = {"type": "numeric", "length": None, "nullable": True, "default": False}
    assert opened["columns"]["total_price"] == plain
    assert opened["cache"]["token"]["value"] == {"t": 1}


def test_columns_that_cannot_be_written_are_not_told(own_backoffice: Backoffice) -> None:
    own_backoffice.rows("alter table public.leads add column shout text generated always as (upper(name)) stored")

    assert "shout" not in own_backoffice.session().call("leadsync_context")["columns"]


def test_opening_twice_opens_once(backoffice: Backoffice) -> None:
    session = backoffice.session()
    dead = session.open()
    backoffice.rows(SILENT, dead)
    attempt = {"attempt_id": new_id(), "flow": "primary-zoho-sync", "source": "zoho"}

    first, second = (session.call("leadsync_open", Jsonb(attempt)) for _ in range(2))

    assert first["crashed"] == second["crashed"] == [dead]
    assert backoffice.value("select count(*) from leadsync.attempts") == 2
    assert backoffice.value("select count(*) from public.sync_metadata") == 2


def test_a_running_attempt_is_on_record_and_claims_no_success(backoffice: Backoffice) -> None:
    session = backoffice.session()
    run = new_id()
    attempt = session.open(trigger="schedule", flow_run_id=run)

    row = metadata(backoffice, attempt)

    assert row["sync_type"] == "zoho"
    assert row["status"] == "running"
    assert row["errors"] == [{"status": "running"}]
    assert row["last_sync_at"] == row["started_at"] == row["created_at"]
    assert (row["records_pulled"], row["records_pushed"]) == (0, 0)
    assert (row["trigger"], row["flow_run_id"]) == ("schedule", run)


def test_closing_completes_the_record(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()

    closed = session.close(attempt, watermark=NOON, window={"from": NOON, "to": ONE})

    assert ended(closed) == {"status": "completed", "watermark": NOON}
    row = metadata(backoffice, attempt)
    assert row["status"] == "completed"
    assert row["errors"] == []
    assert row["last_sync_at"] == NOON
    assert row["records_pulled"] == 2
    assert row["counts"] == BALANCED
    assert row["finished_at"]
    assert backoffice.rows("select window_from, window_to from leadsync.attempts") == [
        (datetime.fromisoformat(NOON), datetime.fromisoformat(ONE))
    ]


@pytest.mark.parametrize("status", ["findings", "skipped", "failed"])
def test_whatever_is_not_completed_has_errors(backoffice: Backoffice, status: str) -> None:
    session = backoffice.session()
    told = [{"system": "Zoho", "cause": "a cause", "cure": "a cure"}]
    silent, telling = session.open(), session.open()
    session.close(silent, status=status)
    session.close(telling, status=status, errors=told)

    assert metadata(backoffice, silent)["errors"] == [{"status": status}]
    assert metadata(backoffice, telling)["errors"] == told


def test_a_repeated_close_changes_nothing(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    first = session.close(attempt, watermark=NOON)

    assert session.close(attempt, status="failed", watermark=ONE) == first
    assert metadata(backoffice, attempt)["status"] == "completed"


def test_an_attempt_that_nobody_opened_has_no_end(backoffice: Backoffice) -> None:
    assert ended(backoffice.session().close(new_id())) == {"status": None, "watermark": None}


@pytest.mark.parametrize("status", ["completed", "findings"])
def test_unbalanced_counts_fail_the_attempt(backoffice: Backoffice, status: str) -> None:
    session = backoffice.session()
    attempt = session.open()

    closed = session.close(attempt, status=status, counts={"fetched": 5, "inserted": 4}, watermark=NOON)

    assert ended(closed) == {"status": "failed", "watermark": None}
    assert "1 of 5 records" in metadata(backoffice, attempt)["errors"][0]["cause"]


def test_the_schema_itself_refuses_unbalanced_counts(backoffice: Backoffice) -> None:
    attempt = backoffice.session().open()

    with pytest.raises(psycopg.errors.CheckViolation, match="attempts_balance"):
        backoffice.rows(
            "update leadsync.attempts set status = 'completed', finished_at = now(), counts = %s where attempt_id = %s",
            Jsonb({"fetched": 1}),
            attempt,
        )


def test_the_watermark_never_moves_back(backoffice: Backoffice) -> None:
    session = backoffice.session()
    first, second = session.open(), session.open()

    assert session.close(first, watermark=ONE)["watermark"] == ONE
    assert session.close(second, watermark=NOON)["watermark"] == ONE
    assert session.call("leadsync_context")["watermarks"] == {"zoho": ONE}


@pytest.mark.parametrize(("status", "moved"), [("findings", True), ("failed", False), ("skipped", False)])
def test_only_a_good_end_moves_the_watermark(backoffice: Backoffice, status: str, moved: bool) -> None:  # noqa: FBT001 - a case
    session = backoffice.session()

    closed = session.close(session.open(), status=status, watermark=NOON)

    assert ended(closed) == {"status": status, "watermark": NOON if moved else None}


def test_after_a_failure_the_record_tells_the_last_safe_watermark(backoffice: Backoffice) -> None:
    session = backoffice.session()
    session.close(session.open(), watermark=NOON)
    attempt = session.open()
    session.close(attempt, status="failed", watermark=ONE)

    assert metadata(backoffice, attempt)["last_sync_at"] == NOON


def test_a_silent_attempt_of_the_same_flow_crashes(backoffice: Backoffice) -> None:
    session = backoffice.session()
    dead, alive = session.open(), session.open()
    other = session.open(flow="backup-portal-sync", source="portal")
    for silent in (dead, other):
        backoffice.rows(SILENT, silent)

    session.open()

    assert session.call("leadsync_beat", dead) == {"running": False}
    assert session.call("leadsync_beat", alive) == {"running": True}
    assert session.call("leadsync_beat", other) == {"running": True}
    assert metadata(backoffice, dead)["status"] == "crashed"
    assert metadata(backoffice, dead)["errors"] == [{"status": "crashed"}]


def test_a_beat_keeps_an_attempt_alive(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    backoffice.rows(SILENT, attempt)

    session.call("leadsync_beat", attempt)
    session.open()

    assert session.call("leadsync_beat", attempt) == {"running": True}


def test_applying_and_marking_beat_too(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    backoffice.rows(SILENT, attempt)
    session.apply(attempt)
    session.open()
    backoffice.rows(SILENT, attempt)
    session.call("leadsync_mark_deleted", attempt, "zoho", Jsonb([]))
    session.open()

    assert session.call("leadsync_beat", attempt) == {"running": True}


def test_a_crashed_attempt_writes_nothing_and_moves_nothing(backoffice: Backoffice) -> None:
    session = backoffice.session()
    dead = session.open()
    backoffice.rows(SILENT, dead)
    session.open()

    with pytest.raises(psycopg.Error) as applied:
        session.apply(dead)
    with pytest.raises(psycopg.Error) as marked:
        session.call("leadsync_mark_deleted", dead, "zoho", Jsonb([]))

    assert (applied.value.sqlstate, marked.value.sqlstate) == ("LS001", "LS001")
    assert ended(session.close(dead, watermark=NOON)) == {"status": "crashed", "watermark": None}


def test_many_callers_open_at_once(backoffice: Backoffice) -> None:
    sessions = [backoffice.session() for _ in range(8)]
    dead = sessions[0].open()
    backoffice.rows(SILENT, dead)

    def attempt(number: int) -> Json:
        opened: Json = sessions[number].call(
            "leadsync_open", Jsonb({"attempt_id": new_id(), "flow": "primary-zoho-sync", "source": "zoho"})
        )
        return opened

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(attempt, range(8)))

    assert [found for one in opened for found in one["crashed"]] == [dead]
    assert backoffice.value("select count(*) from leadsync.attempts where status = 'running'") == 8


def test_an_attempt_in_the_middle_of_a_batch_is_not_taken_for_dead(backoffice: Backoffice) -> None:
    busy = backoffice.session(autocommit=False)
    session = backoffice.session()
    attempt = session.open()
    backoffice.rows(SILENT, attempt)
    busy.apply(attempt)

    session.open()
    busy.connection.commit()

    assert session.call("leadsync_beat", attempt) == {"running": True}


def test_deleted_records_are_marked_once_and_their_leads_stay(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    updated = backoffice.value("select updated_at from public.leads where id = %s", lead)
    gone = Jsonb(
        [
            {"source_id": "7000000001", "deleted_time": NOON},
            {"source_id": "404", "deleted_time": NOON},
        ]
    )

    assert session.call("leadsync_mark_deleted", attempt, "zoho", gone) == {"deleted_at_source": 1}
    assert session.call("leadsync_mark_deleted", attempt, "zoho", gone) == {"deleted_at_source": 0}
    assert backoffice.value("select deleted_at_source from leadsync.records") == datetime.fromisoformat(NOON)
    assert backoffice.value("select updated_at from public.leads where id = %s", lead) == updated


def test_what_has_expired_is_neither_told_nor_kept(backoffice: Backoffice) -> None:
    session = backoffice.session()
    now = datetime.now(UTC)
    session.call("leadsync_cache_put", "old", Jsonb(1), now - timedelta(seconds=1))

    assert session.call("leadsync_context")["cache"] == {}

    for value in (2, 3):
        session.call("leadsync_cache_put", "new", Jsonb(value), now + timedelta(hours=1))
    assert backoffice.rows("select key, value from leadsync.cache") == [("new", 3)]
