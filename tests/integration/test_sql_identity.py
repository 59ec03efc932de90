"""What the second identity migration adds: sessions, tombstones, how long something waits."""

from datetime import datetime
from typing import Any

import pytest

from tests.integration.backoffice_sql import Backoffice, Json, insert, item, new_id, settle, values, zoho

SESSION = "3f2a9c1e-0b6d-4c57-9a33-1f0e5d7c8b21"


def forget(backoffice: Backoffice, kind: str, value: str) -> None:
    erasure = new_id()
    backoffice.rows("insert into leadsync.erasures values (%s, now(), 'test', false, 1)", erasure)
    backoffice.rows(
        "insert into leadsync.tombstones values (leadsync.tomb(%s, %s), %s, %s)", kind, value, kind, erasure
    )


def placed(backoffice: Backoffice) -> datetime:
    at: datetime = backoffice.value("select placed_at from leadsync.records")
    return at


def test_a_session_finds_the_lead_of_another_record_that_names_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = zoho(1, session=SESSION)
    entry = insert(session.match(asked), asked, values(1), session=SESSION)
    session.apply(attempt, entry)

    again = zoho(2, session=SESSION)
    assert session.match(again)["records"][0]["hits"]["session"] == [entry["lead_id"]]
    assert session.match(zoho(3))["records"][0]["hits"]["session"] == []


def test_a_session_that_gets_a_lead_meanwhile_moves_the_ground(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    first, second = zoho(1, session=SESSION), zoho(2, session=SESSION)
    late = insert(session.match(second), second, values(2), session=SESSION)
    session.apply(attempt, insert(session.match(first), first, values(1), session=SESSION))

    assert session.apply(attempt, late, batch=2)[0]["outcome"] == "raced"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("record", f"zoho:{zoho(1)['source_id']}"),
        ("email", "person1@mail.example"),
        ("person", "99000001|one person"),
    ],
)
def test_a_tombstone_is_met_by_its_key_alone(backoffice: Backoffice, kind: str, value: str) -> None:
    forget(backoffice, kind, value)
    session = backoffice.session()

    met: list[Json] = session.match(zoho(1, persons=["99000001|one person"]))["records"][0]["erased"]

    assert [tombstone["kind"] for tombstone in met] == [kind]
    assert "erased" not in session.match(zoho(2))["records"][0]


def test_a_person_who_is_forgotten_meanwhile_moves_the_ground(backoffice: Backoffice) -> None:
    session = backoffice.session()
    asked = zoho(1)
    entry = insert(session.match(asked), asked, values(1))
    forget(backoffice, "email", "person1@mail.example")

    assert session.apply(session.open(), entry)[0]["outcome"] == "raced"
    assert backoffice.value("select count(*) from leads") == 0


def test_tombstones_of_another_installation_say_nothing(backoffice: Backoffice) -> None:
    assert backoffice.value("select length(leadsync.tomb('email', 'a@mail.example'))") == 32
    before = backoffice.value("select leadsync.tomb('email', 'a@mail.example')::text")
    backoffice.rows("update leadsync.installation set pepper = sha256('other') where true")
    assert backoffice.value("select leadsync.tomb('email', 'a@mail.example')::text") != before


def waits(backoffice: Backoffice, attempt: str, batch: int, reason: str = "identity changed") -> None:
    session = backoffice.session()
    asked = zoho(1)
    session.apply(attempt, item(session.match(asked), asked, "review", reason=reason, content={"raw": 1}), batch=batch)


def test_what_is_found_waiting_again_waits_since_the_first_time(backoffice: Backoffice) -> None:
    attempt = backoffice.session().open()
    waits(backoffice, attempt, 1)
    since = placed(backoffice)
    waits(backoffice, attempt, 2)
    assert placed(backoffice) == since
    waits(backoffice, attempt, 3, reason="was deleted")
    assert placed(backoffice) > since


@pytest.mark.parametrize("column", ["decided_at", "recalled_at"])
def test_what_a_person_asked_for_is_done_once_it_is_placed_again(backoffice: Backoffice, column: str) -> None:
    session = backoffice.session()
    attempt = session.open()
    waits(backoffice, attempt, 1)
    backoffice.rows(f"update leadsync.records set {column} = clock_timestamp() where true")  # noqa: S608 - our own name
    assert session.call("leadsync_context")["recalled"] == {"zoho": 1}

    waits(backoffice, attempt, 2)

    assert session.call("leadsync_context")["recalled"] == {}


def test_context_and_close_say_what_waits_for_a_person(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 2)
    asked, bad = zoho(2, digest="second"), {"n": 1, "source_id": "digest:x", "action": "rejected", "reason": "no name"}
    conflict = {"field": "name", "base": "a", "ours": "b", "theirs": "c"}
    entry = item(session.match(asked), asked, "unchanged", lead_id=lead, conflicts=[conflict])
    session.apply(attempt, entry, bad, batch=2)
    waits(backoffice, attempt, 3)

    told: dict[str, Any] = session.call("leadsync_context")["waiting"]

    assert {name: queue["count"] for name, queue in told.items()} == {"review": 1, "dead_letters": 1, "conflicts": 1}
    assert all(queue["oldest"] for queue in told.values())
    assert session.close(attempt)["waiting"] == told


def test_the_table_says_which_columns_fill_themselves(backoffice: Backoffice) -> None:
    columns = backoffice.session().call("leadsync_context")["columns"]
    assert (columns["status"]["default"], columns["name"]["default"]) == (True, False)
