"""When a flow counts as having done its work, as leadsync_freshness tells it."""

from datetime import datetime, timedelta

import pytest

from tests.integration.backoffice_sql import BALANCED, Backoffice, Session

NOON = "2026-11-01T12:00:00+00:00"
AGE = "update leadsync.attempts set finished_at = finished_at - interval '3 hours' where attempt_id = %s"


def completed(session: Session) -> dict[str, datetime]:
    told = session.call("leadsync_freshness")["completed"]
    return {flow: datetime.fromisoformat(moment) for flow, moment in told.items()}


def test_before_the_first_run_no_flow_is_told(backoffice: Backoffice) -> None:
    told = backoffice.session().call("leadsync_freshness")

    assert told["completed"] == {}
    assert datetime.fromisoformat(told["now"]).utcoffset() == timedelta(0)


@pytest.mark.parametrize("status", ["completed", "findings"])
def test_a_run_to_the_end_counts_from_its_end(backoffice: Backoffice, status: str) -> None:
    session = backoffice.session()
    attempt = session.open()
    session.close(attempt, status=status, watermark=NOON)

    ended = backoffice.value("select finished_at from leadsync.attempts where attempt_id = %s", attempt)
    assert completed(session) == {"primary-zoho-sync": ended}


def test_a_skipped_run_counts(backoffice: Backoffice) -> None:
    session = backoffice.session()
    session.close(session.open(flow="backup-portal-sync", source="portal"), status="skipped", counts={})

    assert list(completed(session)) == ["backup-portal-sync"]


@pytest.mark.parametrize(
    "result",
    [
        pytest.param({"status": "failed", "watermark": NOON}, id="failed"),
        pytest.param({"status": "completed"}, id="stopped early"),
        pytest.param({"watermark": NOON, "counts": {**BALANCED, "fetched": 4}}, id="unbalanced"),
    ],
)
def test_what_did_not_do_all_of_its_work_does_not_count(backoffice: Backoffice, result: dict[str, object]) -> None:
    session = backoffice.session()
    session.close(session.open(), **result)
    session.open()

    assert completed(session) == {}


def test_the_last_good_end_counts_whatever_came_after(backoffice: Backoffice) -> None:
    session = backoffice.session()
    first, second = session.open(), session.open()
    session.close(first, watermark=NOON)
    session.close(second, watermark=NOON)
    backoffice.rows(AGE, first)
    session.close(session.open(), status="failed")

    ended = backoffice.value("select finished_at from leadsync.attempts where attempt_id = %s", second)
    assert completed(session) == {"primary-zoho-sync": ended}
