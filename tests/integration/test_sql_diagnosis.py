"""What leadsync_diagnosis tells of a database, on every PostgreSQL."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from tests.integration.backoffice_sql import Backoffice

PROBES = {
    "every": {"name": "A", "email": "a@mail.example", "phone": "1", "status": "new"},
    "converted": {"name": "A", "email": "a@mail.example", "phone": "1", "status": "converted"},
    "long": {"name": "A", "email": "a@mail.example", "phone": "1", "status": "far too long for this column"},
}


def diagnosis(backoffice: Backoffice) -> dict[str, Any]:
    told: dict[str, Any] = backoffice.session().call("leadsync_diagnosis", Jsonb(PROBES))
    return told


def test_a_type_that_cannot_hold_a_value_is_told_once_and_without_a_name(backoffice: Backoffice) -> None:
    assert diagnosis(backoffice)["checks"] == [{"name": None, "columns": [], "refused": ["long"]}]


def test_checks_are_asked_with_the_defaults_of_what_a_probe_leaves_out(own_backoffice: Backoffice) -> None:
    own_backoffice.rows(
        "alter table leads add constraint stepped check (current_step is not null and current_step < 9)"
    )
    own_backoffice.rows("alter table leads add constraint scored check (lead_score + quality_score > 0)")

    checks = {check["name"]: check for check in diagnosis(own_backoffice)["checks"]}
    assert set(checks) == {None, "scored"}
    assert checks["scored"]["refused"] == ["converted", "every"]
    assert set(checks["scored"]["columns"]) == {"lead_score", "quality_score"}


def test_a_check_that_itself_fails_refuses(own_backoffice: Backoffice) -> None:
    own_backoffice.rows("alter table leads add constraint divided check (1 / (length(status) - 3) < 9)")

    (check,) = [check for check in diagnosis(own_backoffice)["checks"] if check["name"] == "divided"]
    assert check["refused"] == ["every"]


def test_a_default_from_a_sequence_is_not_drawn(own_backoffice: Backoffice) -> None:
    own_backoffice.rows("alter table leads add column number serial")
    before = own_backoffice.value("select last_value from leads_number_seq")
    diagnosis(own_backoffice)

    assert own_backoffice.value("select last_value from leads_number_seq") == before


def test_unique_rules_are_told_with_the_columns_of_expressions_and_predicates(own_backoffice: Backoffice) -> None:
    assert diagnosis(own_backoffice)["uniques"] == []
    own_backoffice.rows("create unique index once on leads (lower(email)) where phone <> ''")

    (rule,) = diagnosis(own_backoffice)["uniques"]
    assert (rule["name"], rule["partial"], sorted(rule["columns"])) == ("once", True, ["email", "phone"])


def test_a_table_without_status_has_no_statuses(own_backoffice: Backoffice) -> None:
    own_backoffice.rows("alter table leads drop column status")

    assert diagnosis(own_backoffice)["statuses"] == {}


def test_the_last_attempts_of_each_flow_come_last_first(backoffice: Backoffice) -> None:
    session = backoffice.session()
    opened = [session.open() for _ in range(22)]
    other = session.open(flow="backup-portal-sync", source="portal")
    session.close(other)

    attempts = diagnosis(backoffice)["attempts"]
    assert attempts[0]["attempt_id"] == other
    assert [one["attempt_id"] for one in attempts[1:]] == opened[:1:-1]
    assert (attempts[0]["status"], attempts[0]["error"], attempts[0]["silent"]) == ("completed", None, False)
    assert datetime.fromisoformat(attempts[0]["finished_at"]).tzinfo is not None


def test_a_running_attempt_without_a_sign_of_life_is_silent(backoffice: Backoffice) -> None:
    backoffice.session().open()
    backoffice.rows("update leadsync.attempts set beat_at = beat_at - interval '3 minutes' where true")

    assert [one["silent"] for one in diagnosis(backoffice)["attempts"]] == [True]
