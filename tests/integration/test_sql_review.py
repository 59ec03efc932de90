"""What waits for a person, and what a person decides, on the real functions."""

from typing import Any

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

RECORD = {"source": "zoho", "source_id": zoho(1)["source_id"]}


def decide(session: Session, subject: Json, decision: str, lead: str | None = None, field: str | None = None) -> Json:
    answer: Json = session.call("leadsync_decide", Jsonb(subject), decision, lead, field, "test")
    return answer


def refused(session: Session, *decision: Any) -> str:  # noqa: ANN401 -- as decide takes them
    answer = decide(session, *decision)
    assert answer["decided"] is False
    return str(answer["remark"])


def send_to_review(
    session: Session, number: int = 1, *, attempt: str | None = None, reason: str = "was deleted"
) -> None:
    asked = zoho(number, digest=new_id())
    waits = item(
        session.match(asked), asked, "review", reason=reason, content={"id": asked["source_id"]}, snapshot=None
    )
    session.apply(attempt or session.open(), waits)


def conflicting(backoffice: Backoffice, session: Session, theirs: object, *, ours: str = "+356 2155 0000") -> str:
    """A lead whose phone a person changed before its record said `theirs`."""
    lead = settle(session, session.open(), 1)
    backoffice.rows("update leads set phone = %s where id = %s", ours, lead)
    asked = zoho(1, digest=new_id())
    found = {"field": "phone", "base": "+356 9900 0001", "ours": ours, "theirs": theirs}
    session.apply(session.open(), item(session.match(asked), asked, "unchanged", lead_id=lead, conflicts=[found]))
    return lead


def record(backoffice: Backoffice, source_id: str = str(RECORD["source_id"])) -> Json:
    row: Json = backoffice.value("select to_jsonb(r) from leadsync.records as r where source_id = %s", source_id)
    return row


def lead_row(backoffice: Backoffice, lead: str) -> Json:
    row: Json = backoffice.value("select to_jsonb(l) from leads as l where id = %s", lead)
    return row


def test_what_waits_is_told_oldest_first_and_without_content(backoffice: Backoffice) -> None:
    session = backoffice.session()
    send_to_review(session, 2)
    lead = conflicting(backoffice, session, None)
    send_to_review(session, 3)
    letter = {"n": 0, "source_id": "digest:x", "action": "rejected", "reason": "no name", "content": {"Email": "e"}}
    session.apply(session.open(), letter)

    told = session.call("leadsync_waiting")

    assert [entry["source_id"] for entry in told["records"]] == [zoho(2)["source_id"], zoho(3)["source_id"], "digest:x"]
    assert {entry["place"] for entry in told["records"]} == {"review", "dead_letter"}
    assert [(c["lead_id"], c["field"], c["kind"]) for c in told["conflicts"]] == [(lead, "phone", "cleared at source")]
    assert "content" not in told["records"][0]


@pytest.mark.parametrize("decision", ["same", "separate", "ignore", "retry"])
def test_a_decision_is_noted_for_the_next_run(backoffice: Backoffice, decision: str) -> None:
    session = backoffice.session()
    lead = settle(session, session.open(), 2)
    send_to_review(session)

    assert decide(session, RECORD, decision, lead if decision == "same" else None) == {"decided": True, "remark": None}

    recalled = session.call("leadsync_recalled", "zoho", "", 10)
    assert [(r["source_id"], r["content"]) for r in recalled] == [(RECORD["source_id"], {"id": RECORD["source_id"]})]
    assert session.call("leadsync_context")["recalled"] == {"zoho": 1}
    noted = session.match(zoho(1))["records"][0]["record"]
    if decision != "retry":
        assert (noted["decision"], noted["decision_open"]) == (decision, True)


def test_a_decision_may_change_as_long_as_it_is_not_carried_out(backoffice: Backoffice) -> None:
    session = backoffice.session()
    send_to_review(session)
    decide(session, RECORD, "ignore")
    decide(session, RECORD, "separate")
    assert record(backoffice)["decision"] == "separate"


def test_decisions_that_make_no_sense_are_refused_and_change_nothing(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    settle(session, attempt, 1)
    gone = settle(session, attempt, 2, batch=2)
    backoffice.rows("update leads set deleted_at = now() where id = %s", gone)
    send_to_review(session, 3)
    waiting = {"source": "zoho", "source_id": zoho(3)["source_id"]}
    before = backoffice.rows("select *, xmin::text from leadsync.records order by source_id")

    assert "no such record" in refused(session, {"source": "zoho", "source_id": "404"}, "ignore")
    assert "linked" in refused(session, RECORD, "separate")
    assert "no such decision" in refused(session, waiting, "perhaps")
    assert "needs a lead" in refused(session, waiting, "same")
    assert "deleted" in refused(session, waiting, "same", gone)
    assert "no such lead" in refused(session, waiting, "same", new_id())
    assert "not linked" in refused(session, waiting, "split", gone)
    assert "no open conflict" in refused(session, {"lead_id": gone}, "take", None, "phone")
    assert backoffice.rows("select *, xmin::text from leadsync.records order by source_id") == before


def test_the_record_that_made_a_lead_cannot_be_split_from_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle(session, session.open(), 1)
    assert "made the lead" in refused(session, RECORD, "split", lead)


def merged(backoffice: Backoffice, session: Session) -> tuple[str, str]:
    """A lead of record 1 that record 2 was wrongly linked to, and had its way with."""
    lead = settle(session, session.open(), 1, total_price=None)
    asked = zoho(2)
    wrong = update(session.match(asked), asked, lead, {"phone": "+356 9999 9999", "total_price": 777})
    session.apply(session.open(), wrong)
    assert lead_row(backoffice, lead)["total_price"] == 777
    return lead, str(asked["source_id"])


def test_a_split_takes_back_what_the_record_wrote_and_makes_it_wait_for_its_own_lead(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead, source_id = merged(backoffice, session)

    assert decide(session, {"source": "zoho", "source_id": source_id}, "split", lead)["decided"]

    row, parted = lead_row(backoffice, lead), record(backoffice, source_id)
    assert (row["phone"], row["total_price"]) == (values(1)["phone"], None)
    assert (parted["place"], parted["decision"], parted["reason"]) == ("review", "separate", "split from its lead")
    (recalled,) = session.call("leadsync_recalled", "zoho", "", 10)
    assert (recalled["content"], recalled["snapshot"]) == ({"said": source_id}, {"said": source_id})
    attempts = backoffice.rows("select flow, status, counts from leadsync.attempts where flow = 'review'")
    assert attempts == [("review", "completed", {"fetched": 1, "updated": 1})]
    assert (
        backoffice.value(
            "select status from sync_metadata where attempt_id in"
            " (select attempt_id from leadsync.attempts where flow = 'review')"
        )
        == "completed"
    )


def test_a_record_that_leaves_a_lead_takes_its_id_with_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle(session, session.open(), 1)
    other = settle(session, session.open(), 2)
    send_to_review(session, reason="identity changed")

    assert decide(session, RECORD, "same", other)["decided"]

    assert lead_row(backoffice, lead)["zoho_lead_id"] is None
    base = backoffice.value("select columns -> 'zoho_lead_id' from leadsync.bases where lead_id = %s", lead)
    assert base == {"value": None, "origin": "backoffice"}
    assert session.match(zoho(1))["records"][0]["hits"]["email"] == [lead]


def test_keep_ends_a_disagreement_and_leaves_the_lead(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = conflicting(backoffice, session, "+356 7777 7777")
    before = backoffice.rows("select *, xmin::text from leads")

    for _ in range(2):
        assert decide(session, {"lead_id": lead}, "keep", None, "phone")["decided"]

    assert backoffice.rows("select *, xmin::text from leads") == before
    assert session.call("leadsync_waiting")["conflicts"] == []
    assert backoffice.rows("select decision, decided_by from leadsync.conflicts") == [("keep", "test")]


@pytest.mark.parametrize("subject", ["lead", "record"])
def test_take_lets_the_sources_word_stand_and_can_be_undone(backoffice: Backoffice, subject: str) -> None:
    session = backoffice.session()
    lead = conflicting(backoffice, session, "+356 7777 7777")

    assert decide(session, {"lead_id": lead} if subject == "lead" else RECORD, "take", None, "phone")["decided"]

    assert lead_row(backoffice, lead)["phone"] == "+356 7777 7777"
    base = backoffice.value("select columns -> 'phone' from leadsync.bases where lead_id = %s", lead)
    assert base == {"value": "+356 7777 7777", "origin": f"zoho:{RECORD['source_id']}"}
    decided = backoffice.value("select attempt_id from leadsync.attempts where flow = 'review'")
    undone = session.call("leadsync_undo", session.open(flow="undo"), decided, 1, None, None)
    assert [entry["field"] for entry in undone["restored"]] == ["phone"]
    assert lead_row(backoffice, lead)["phone"] == "+356 2155 0000"


def test_clear_empties_what_the_source_emptied(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = conflicting(backoffice, session, None)
    assert "keep" in refused(session, {"lead_id": lead}, "take", None, "phone")

    assert decide(session, {"lead_id": lead}, "clear", None, "phone")["decided"]

    assert lead_row(backoffice, lead)["phone"] == ""


def test_a_lead_that_was_changed_since_is_not_overruled(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = conflicting(backoffice, session, "+356 7777 7777")
    backoffice.rows("update leads set phone = '+356 1111 1111' where id = %s", lead)
    assert "look again" in refused(session, {"lead_id": lead}, "take", None, "phone")
    assert decide(session, {"lead_id": lead}, "keep", None, "phone")["decided"]


def test_a_value_that_the_backoffice_refuses_is_not_taken_and_leaves_no_attempt(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle(session, session.open(), 1)
    asked = zoho(1, digest=new_id())
    found = {"field": "status", "base": "new", "ours": "new", "theirs": "dreaming"}
    session.apply(session.open(), item(session.match(asked), asked, "unchanged", lead_id=lead, conflicts=[found]))

    assert "refused" in refused(session, {"lead_id": lead}, "take", None, "status")

    assert backoffice.value("select count(*) from leadsync.attempts where flow = 'review'") == 0
    assert len(session.call("leadsync_waiting")["conflicts"]) == 1


def test_recalled_records_come_page_by_page(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    for number in range(1, 4):
        asked = zoho(number)
        waits = item(session.match(asked), asked, "review", reason="was deleted", content={"id": number})
        session.apply(attempt, waits, batch=number)
        decide(session, {"source": "zoho", "source_id": asked["source_id"]}, "retry")

    first = session.call("leadsync_recalled", "zoho", None, 2)
    rest = session.call("leadsync_recalled", "zoho", first[-1]["source_id"], 2)

    assert [r["content"]["id"] for r in [*first, *rest]] == [1, 2, 3]
    assert session.call("leadsync_recalled", "portal", None, 2) == []


def test_an_ignored_record_without_content_waits_for_its_source(backoffice: Backoffice) -> None:
    session = backoffice.session()
    asked = zoho(1)
    ignored = item(session.match(asked), asked, "ignored", reason="a person said to ignore it", snapshot=None)
    session.apply(session.open(), ignored)

    told = decide(session, RECORD, "separate")

    assert told["decided"]
    assert "source sends" in told["remark"]
    assert session.call("leadsync_context")["recalled"] == {}
    assert insert(session.match(asked), asked, values(1))["seen"]
