"""A look of the watch, with a real Prefect server, a real backoffice, and a stand-in for Telegram's API."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sandbox.world import World
from tests.integration.telegram_api import TOKEN, TelegramApi
from tests.integration.test_flows.server import ask, deploy_once, deployment

PRIMARY, BACKUP = "primary-zoho-sync", "backup-portal-sync"
HOURLY, DAILY = f"{PRIMARY}/hourly", f"{BACKUP}/daily"
NOWHERE = "http://127.0.0.1:9"
REVOKED = "failed: fetched 0. Zoho: the refresh token is <revoked>. Create a new one."

ATTEMPT = """
insert into leadsync.attempts (attempt_id, flow, source, status, started_at, finished_at, watermark)
select gen_random_uuid(), %s, %s, 'completed', began, began, began
from (select now() - make_interval(hours => %s) as began) as a
"""
WAITS = """
insert into leadsync.records (source, source_id, place, reason, content, placed_at)
values ('zoho', %s, 'review', 'identity changed', '{"Email": "anna@mail.example"}', now() - make_interval(hours => %s))
"""


@pytest.fixture(autouse=True)
def _installed(company: World, prefect_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation without any past, and without a daily line."""
    deploy_once(prefect_url)
    forget_all()
    monkeypatch.setenv("LEADSYNC_WATCH_DAILY_HOUR", "23" if datetime.now(UTC).hour < 12 else "0")
    if datetime.now(UTC).hour >= 12:
        ask("POST", "/variables/", name="leadsync_watch", value={"day": "2999-01-01"})
    assert company
    yield
    forget_all()


def forget_all() -> None:
    for run in ask("POST", "/flow_runs/filter"):
        if not run["auto_scheduled"]:
            ask("DELETE", f"/flow_runs/{run['id']}")
    for variable in ask("POST", "/variables/filter"):
        ask("DELETE", f"/variables/{variable['id']}")


def look() -> Any:  # noqa: ANN401 - a Prefect state
    """A look without a flow run of its own, which would take a second; test_alarms.py has those."""
    from flows.watch import watch  # noqa: PLC0415 - imports Prefect

    return watch.fn()


def end_a_run(name: str, kind: str, *, message: str = "", called: str = "", **parameters: object) -> None:
    state = {"type": kind, "message": message, **({"name": called} if called else {})}
    first = {"type": "SCHEDULED"}
    run = ask("POST", f"/deployments/{deployment(name)['id']}/create_flow_run", state=first, parameters=parameters)
    ask("POST", f"/flow_runs/{UUID(run['id'])}/set_state", state=state, force=True)


def test_a_failure_is_told_once_however_often_it_happens_and_so_is_its_end(telegram: TelegramApi) -> None:
    end_a_run(HOURLY, "FAILED", message=REVOKED)
    assert look().message == "1 incidents going on, 1 of 1 messages told"
    end_a_run(HOURLY, "CRASHED")
    look()
    ((tier, text),) = telegram.take()
    assert tier == "admin"
    assert text.startswith(
        "🔴 <b>primary-zoho-sync failed</b>\nfailed: fetched 0. Zoho: the refresh token is &lt;revoked"
    )
    assert "/runs/flow-run/" in text

    end_a_run(HOURLY, "COMPLETED", called="Completed with findings")
    look()
    look()
    ((tier, text),) = telegram.take()
    assert (tier, text.splitlines()[0]) == ("admin", "🟢 Over: <b>primary-zoho-sync failed</b>")


def test_what_prefect_says_of_a_crash_is_not_repeated(telegram: TelegramApi) -> None:
    end_a_run(DAILY, "CRASHED", message="Flow run encountered an exception: KeyError: 'anna@mail.example'")
    look()
    ((_, text),) = telegram.take()
    assert text.startswith("🔴 <b>backup-portal-sync crashed</b>\nIts log says why.")
    assert "anna" not in text


def test_a_dry_run_neither_begins_nor_ends_an_incident(telegram: TelegramApi) -> None:
    end_a_run(HOURLY, "FAILED", dry_run=True)
    look()
    assert telegram.take() == []
    end_a_run(HOURLY, "FAILED")
    end_a_run(HOURLY, "COMPLETED", dry_run=True)
    look()
    look()
    assert [tier for tier, _ in telegram.take()] == ["admin"]


def test_a_run_that_does_not_end_is_told(telegram: TelegramApi, monkeypatch: pytest.MonkeyPatch) -> None:
    end_a_run(HOURLY, "RUNNING")
    look()
    assert telegram.take() == []
    monkeypatch.setenv("LEADSYNC_WATCH_STUCK_MINUTES", "0.001")
    look()
    ((tier, text),) = telegram.take()
    assert (tier, text.splitlines()[0]) == ("admin", "🔴 <b>a run of primary-zoho-sync does not end</b>")


def test_silence_is_told_by_what_the_backoffice_knows_and_its_end_too(
    telegram: TelegramApi, backoffice_db: psycopg.Connection
) -> None:
    end_a_run(HOURLY, "COMPLETED")
    for flow, source, hours in ((PRIMARY, "zoho", 3), (BACKUP, "portal", 25)):
        backoffice_db.execute(ATTEMPT, (flow, source, hours))
    look()
    look()
    ((tier, text),) = telegram.take()
    assert (tier, text.splitlines()[0]) == ("admin", "🔴 <b>no completed run of primary-zoho-sync for 2 hours</b>")
    backoffice_db.execute(ATTEMPT, (PRIMARY, "zoho", 0))
    look()
    assert [text.splitlines()[1] for _, text in telegram.take()] == ["It lasted 3 h."]


def test_a_flow_that_a_person_paused_may_be_silent(telegram: TelegramApi, backoffice_db: psycopg.Connection) -> None:
    backoffice_db.execute(ATTEMPT, (BACKUP, "portal", 30))
    with paused(DAILY):
        look()
    assert telegram.take() == []
    look()
    assert [text.splitlines()[0] for _, text in telegram.take()] == [
        "🔴 <b>no completed run of backup-portal-sync for 26 hours</b>"
    ]


@contextmanager
def paused(name: str) -> Iterator[None]:
    path = f"/deployments/{deployment(name)['id']}"
    ask("PATCH", path, paused=True)
    try:
        yield
    finally:
        ask("PATCH", path, paused=False)


def test_records_in_review_are_told_to_the_team_at_once_and_a_queue_of_a_day_once_more(
    telegram: TelegramApi, backoffice_db: psycopg.Connection
) -> None:
    backoffice_db.execute(WAITS, ("7001", 0))
    look()
    look()
    ((tier, text),) = telegram.take()
    assert (tier, text.splitlines()[0]) == ("team", "🟡 <b>1 record waits for a person's decision</b>")
    assert "zoho:7001: identity changed https://crm.zoho.eu/crm/tab/Leads/7001" in text
    assert "anna" not in text

    backoffice_db.execute("update leadsync.records set placed_at = placed_at - interval '25 hours' where true")
    backoffice_db.execute(WAITS, ("7002", 0))
    look()
    look()
    first, second = [(tier, text.splitlines()[0]) for tier, text in telegram.take()]
    assert first == ("team", "🟡 <b>records have waited in review for more than a day</b>")
    assert second == ("team", "🟡 <b>1 record waits for a person's decision</b>")
    backoffice_db.execute("delete from leadsync.records where true")
    look()
    assert [text.splitlines()[0] for _, text in telegram.take()] == [
        "🟢 Over: <b>records have waited in review for more than a day</b>"
    ]


def test_without_the_backoffice_failures_and_silence_are_told_all_the_same(
    telegram: TelegramApi, backoffice_db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, company: World
) -> None:
    backoffice_db.execute(WAITS, ("7001", 30))
    look()
    assert len(telegram.take()) == 2
    monkeypatch.setenv("BACKOFFICE_SUPABASE_URL", NOWHERE)
    end_a_run(HOURLY, "FAILED", message="failed: fetched 0. Backoffice: no connection could be made. Try again later.")
    look()
    titles = [text.splitlines()[0] for _, text in telegram.take()]
    assert titles == ["🔴 <b>primary-zoho-sync failed</b>", "🔴 <b>the backoffice does not answer the watch</b>"]
    monkeypatch.setenv("BACKOFFICE_SUPABASE_URL", company.backoffice_url)
    look()
    assert [text.splitlines()[0] for _, text in telegram.take()] == [
        "🟢 Over: <b>the backoffice does not answer the watch</b>"
    ]


def test_the_daily_line_says_counts_freshness_and_what_waits_once(
    telegram: TelegramApi, backoffice_db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADSYNC_WATCH_DAILY_HOUR", "0")
    monkeypatch.setenv("LEADSYNC_PUBLIC_URL", "https://leadsync.example")
    forget_all()
    backoffice_db.execute(ATTEMPT, (PRIMARY, "zoho", 1))
    backoffice_db.execute('update leadsync.attempts set counts = \'{"fetched": 3, "inserted": 3}\' where true')
    look()
    look()
    ((tier, text),) = telegram.take()
    assert tier == "everything"
    assert text.startswith("<b>leadsync, ")
    assert '<a href="https://leadsync.example/report?until=' in text
    assert "primary-zoho-sync: 1 run; 3 new, 0 changed, 0 to review, 0 rejected" in text
    assert "primary-zoho-sync is fresh: 60 min ago" in text
    assert "Waiting for a person: 0 records in review, 0 dead letters" in text


def test_what_telegram_did_not_take_is_told_later_and_once(telegram: TelegramApi) -> None:
    end_a_run(HOURLY, "FAILED", message=REVOKED)
    telegram.status = 502
    state = look()
    assert (state.name, state.message) == (
        "Failed",
        "Telegram: it answers with status 502. Try again later. 1 incidents going on, 0 of 1 messages told.",
    )
    telegram.status = 200
    look()
    look()
    assert len(telegram.take()) == 1


@pytest.mark.parametrize(
    ("name", "value", "cause"),
    [
        ("TELEGRAM_BOT_TOKEN", TOKEN[:-1] + "9", "the token in TELEGRAM_BOT_TOKEN is wrong or revoked"),
        (
            "TELEGRAM_ADMIN_CHAT_ID",
            "-4711",
            "the bot of TELEGRAM_BOT_TOKEN cannot write to the chat in TELEGRAM_ADMIN_CHAT",
        ),
        ("TELEGRAM_API_URL", NOWHERE, "no connection could be made"),
        ("TELEGRAM_BOT_TOKEN", "a word", "TELEGRAM_BOT_TOKEN is no bot's token"),
    ],
)
def test_a_look_that_cannot_tell_fails_with_the_cause_and_no_secret(
    name: str, value: str, cause: str, telegram: TelegramApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_a_run(HOURLY, "FAILED")
    monkeypatch.setenv(name, value)
    state = look()
    assert state.name == "Failed"
    assert cause in state.message
    assert value not in state.message.replace(NOWHERE, "")
    assert telegram.take() == []


def test_where_nobody_is_to_be_told_the_watch_still_looks(
    telegram: TelegramApi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TELEGRAM_ADMIN_CHAT_ID", "PLACEHOLDER")
    end_a_run(HOURLY, "FAILED")
    assert look().message == "1 incidents going on, 0 of 1 messages told"
    assert "the tier admin has no bot or no chat, so nobody is told: primary-zoho-sync failed" in caplog.text
    assert telegram.take() == []


def test_what_is_kept_fits_however_much_is_wrong_and_what_cannot_be_read_is_begun_anew(telegram: TelegramApi) -> None:
    for name in (HOURLY, DAILY, "retention/weekly", "reconcile/weekly"):
        end_a_run(name, "FAILED")
    look()
    (variable,) = ask("POST", "/variables/filter")
    assert len(str(variable["value"])) < 2_000
    ask("PATCH", f"/variables/{variable['id']}", value={"incidents": 7, "day": "2999-01-01"})
    assert len(telegram.take()) == 4
    assert look().is_completed()
    assert len(telegram.take()) >= 4
