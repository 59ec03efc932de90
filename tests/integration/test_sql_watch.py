"""What the watch is told in one call, on the real function."""

from datetime import datetime

from tests.integration.backoffice_sql import Backoffice, Json, Session, zoho
from tests.integration.test_sql_review import RECORD, decide, send_to_review


def watch(session: Session, since: str | None = None) -> Json:
    told: Json = session.call("leadsync_watch", since)
    return told


def ids(told: Json) -> list[str]:
    return [one["source_id"] for one in told["news"]["first"]]


def test_of_an_empty_backoffice_there_is_nothing_to_tell(backoffice: Backoffice) -> None:
    told = watch(backoffice.session())
    assert (told["news"], told["day"], told["completed"]) == ({"count": 0, "newest": None, "first": []}, {}, {})
    assert told["waiting"]["review"]["count"] == 0


def test_records_that_came_into_review_since_a_time_are_told_with_the_next_time(backoffice: Backoffice) -> None:
    session = backoffice.session()
    send_to_review(session, 1)
    first = watch(session)
    assert (ids(first), first["news"]["count"]) == ([zoho(1)["source_id"]], 1)

    send_to_review(session, 2)
    second = watch(session, first["news"]["newest"])
    assert ids(second) == [zoho(2)["source_id"]]
    assert second["news"]["first"] == [
        {"source": "zoho", "source_id": zoho(2)["source_id"], "lead_id": None, "reason": "was deleted"}
    ]
    assert watch(session, second["news"]["newest"])["news"]["count"] == 0


def test_a_record_that_a_person_has_decided_on_is_no_news(backoffice: Backoffice) -> None:
    session = backoffice.session()
    send_to_review(session)
    assert decide(session, RECORD, "separate")["decided"]
    assert watch(session)["news"] == {"count": 0, "newest": None, "first": []}


def test_of_many_the_first_ten_are_named_and_all_are_counted(backoffice: Backoffice) -> None:
    session = backoffice.session()
    for number in range(12):
        send_to_review(session, number)
    news = watch(session)["news"]
    assert (news["count"], len(news["first"])) == (12, 10)
    last = backoffice.value("select max(placed_at) from leadsync.records")
    assert datetime.fromisoformat(news["newest"]) == last


def test_the_attempts_of_a_day_are_added_up_by_flow(backoffice: Backoffice) -> None:
    session = backoffice.session()
    for _ in range(2):
        session.close(session.open())
    session.close(session.open(), status="failed", counts={}, errors=[])
    session.close(old := session.open())
    backoffice.rows("update leadsync.attempts set started_at = now() - interval '25 hours' where attempt_id = %s", old)
    session.open(flow="backup-portal-sync", source="portal")

    facts = {"runs": 3, "failed": 1, "inserted": 2, "updated": 2, "review": 0, "rejected": 0}
    assert watch(session)["day"] == {"primary-zoho-sync": facts}
