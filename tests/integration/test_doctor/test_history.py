"""What happened lately: failing attempts, stale data, people let wait, two schedulers."""

import re
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.integration.test_doctor.doctor import BACKUP, PRIMARY, REVOKED, History, found, look

FAILED: dict[str, Any] = {"status": "failed", "error": REVOKED}


@dataclass(frozen=True)
class Past:
    """Attempts of the primary flow, the last one first, and what is found of it."""

    attempts: tuple[dict[str, Any], ...]
    severity: str
    cause: str
    cure: str


@pytest.mark.parametrize(
    "past",
    [
        Past((FAILED, {}), "warning", "last attempt of .* failed because of Zoho: .* is revoked$", "Create a new one"),
        Past((FAILED, FAILED, {}), "warning", "the last 2 attempts of primary-zoho-sync failed, .*revoked", "Create"),
        Past((FAILED, FAILED, FAILED), "error", "the last 3 attempts of primary-zoho-sync failed", "Create"),
        Past(({"status": "crashed"},), "warning", "failed because its process died", "leadsync run primary"),
        Past(({"status": "running", "silent": True},), "warning", "because its process died", "the worker's own log"),
    ],
    ids=lambda past: past.cause,
)
def test_attempts_that_fail_are_named_with_the_last_cause(past: Past, history: History) -> None:
    for number, attempt in enumerate(past.attempts):
        history.attempt(**{"minutes": 10 * number + 5, **attempt})
    ((severity, system, cause, cure),) = found("attempts")
    assert (severity, system) == (past.severity, "Backoffice")
    assert re.search(past.cause, cause), cause
    assert re.search(past.cure, cure), cure


@pytest.mark.parametrize("last", [{}, {"status": "findings"}, {"status": "skipped"}, {"status": "running"}])
def test_failures_before_a_good_end_are_the_past(last: dict[str, Any], history: History) -> None:
    history.attempt(minutes=5, **last)
    history.attempt(minutes=10)
    history.attempt(minutes=15, **FAILED)
    assert found("attempts") == []


def test_a_running_attempt_excuses_no_failures(history: History) -> None:
    history.attempt(minutes=0, status="running")
    for number in range(3):
        history.attempt(minutes=10 + number, **FAILED)
    assert [severity for severity, *_ in found("attempts")] == ["error"]


def test_a_flow_that_never_did_its_work_is_named(history: History) -> None:
    history.attempt(BACKUP)
    ((severity, _, cause, cure),) = found("freshness")
    assert (severity, cause) == ("warning", "primary-zoho-sync has never completed")
    assert "leadsync run primary --dry-run" in cure


@pytest.mark.parametrize(("flow", "minutes"), [(PRIMARY, 130), (BACKUP, 27 * 60)])
def test_a_flow_that_did_no_work_for_too_long_is_named(flow: str, minutes: int, history: History) -> None:
    for one in (PRIMARY, BACKUP):
        history.attempt(one, minutes=minutes if one == flow else 5)
    ((severity, _, cause, cure),) = found("freshness")
    assert severity == "error"
    assert cause.startswith(f"{flow} has not completed for")
    assert "leadsync run" in cure


def test_freshness_is_not_asked_of_a_flow_without_settings(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    history.attempt()
    monkeypatch.setenv("PORTAL_SUPABASE_URL", "")
    monkeypatch.setenv("PORTAL_SUPABASE_SERVICE_KEY", "")
    assert [finding.severity.value for finding in look("freshness")] == ["ok", "not looked at"]


@pytest.mark.parametrize(("days", "severities"), [(0, ["ok"] * 3), (2, ["warning", "warning", "warning"])])
def test_what_waits_for_a_person_for_days_is_named(
    days: int, severities: list[str], history: History, backoffice_db: psycopg.Connection
) -> None:
    history.attempt()
    backoffice_db.execute(
        """
        insert into leadsync.records (source, source_id, place, reason, placed_at)
        select 'zoho', place, place, 'contradicted', now() - make_interval(days => %s)
        from unnest(array['review', 'dead_letter']) as place
        """,
        (days,),
    )
    backoffice_db.execute(
        """
        insert into leadsync.conflicts (lead_id, field, source, source_id, attempt_id, first_seen_at)
        values (gen_random_uuid(), 'phone', 'zoho', '1', gen_random_uuid(), now() - make_interval(days => %s))
        """,
        (days,),
    )
    findings = look("waiting")
    assert [finding.severity.value for finding in findings] == severities
    assert findings[0].cause.startswith("1 record in review waits for a person")
    assert days == 0 or "leadsync review" in findings[0].cure


def test_two_schedulers_of_one_flow_are_named(history: History) -> None:
    history.attempt(minutes=130, trigger="cron")
    history.attempt(minutes=60, trigger="manual")
    history.attempt(minutes=30, trigger="schedule")
    assert found("schedulers") == []
    history.attempt(minutes=5, trigger="cron")
    ((severity, _, cause, cure),) = found("schedulers")
    assert severity == "warning"
    assert "primary-zoho-sync is started by Prefect's schedule and by the cron endpoint's caller" in cause
    assert "Let one do it" in cure


def test_a_scheduler_that_took_over_is_alone(history: History) -> None:
    history.attempt(minutes=4, trigger="schedule")
    history.attempt(minutes=64, trigger="cron")
    history.attempt(minutes=60 * 49, trigger="cron")
    history.attempt(minutes=60 * 49 + 10, trigger="schedule")
    assert found("schedulers") == []


def test_one_scheduler_for_each_flow_is_in_order(history: History) -> None:
    history.attempt(PRIMARY, minutes=5, trigger="cron")
    history.attempt(BACKUP, minutes=10, trigger="schedule")
    assert found("schedulers") == []
