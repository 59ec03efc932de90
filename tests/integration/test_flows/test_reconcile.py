"""Comparing everything: what differs is found with its cause, and healed when asked for."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import httpx
import psycopg
import pytest

from sandbox.world import World
from tests.integration.tables import contents
from tests.integration.test_flows.runs import PERSON, ZOHO_LEAD, add_row, leads, plant, run

if TYPE_CHECKING:
    from flows.reconciled import Reconciled

LONG_AGO = (datetime.now(UTC) - timedelta(days=2)).isoformat(timespec="seconds")


def reconcile(**asked: object) -> "Reconciled":
    return cast("Reconciled", reconcile_for_state(**asked).result(raise_on_failure=False))


def reconcile_for_state(**asked: object) -> Any:  # noqa: ANN401 - a Prefect state
    from flows.reconcile import reconcile as flow  # noqa: PLC0415 - imports Prefect

    body: Any = flow
    return body(**asked, return_state=True)


def found(done: "Reconciled") -> list[tuple[str, str | None, str | None]]:
    return sorted((one.kind.value, one.source.value if one.source else None, one.record) for one in done.findings)


def causes(done: "Reconciled") -> set[str]:
    return {one.cause for one in done.findings}


@pytest.fixture
def in_step(company: World, portal_db: psycopg.Connection) -> tuple[str, str]:
    """A person whom both sources know and one of each source's own; all have been read."""
    zoho_id, _ = plant(company, ZOHO_LEAD, {"Last_Name": "Vella", "Email": "carmen@mail.example"})
    portal_id = add_row(portal_db)
    add_row(portal_db, "paul@mail.example", "Paul Camilleri")
    assert [run("primary").status, run("backup").status] == ["completed", "completed"]
    return zoho_id, portal_id


def test_systems_in_step_differ_in_nothing_and_nothing_is_written(
    in_step: tuple[str, str], backoffice_db: psycopg.Connection
) -> None:
    before = contents(backoffice_db)
    done = reconcile()
    assert (found(done), done.message) == ([], "no difference.")
    assert [outcome.status for outcome in done.outcomes] == ["completed", "completed"]
    assert contents(backoffice_db) == before
    assert in_step


def test_a_value_that_changes_without_a_time_is_found_and_healed(
    in_step: tuple[str, str], company: World, backoffice_db: psycopg.Connection
) -> None:
    zoho_id, _ = in_step
    plant(company, {**ZOHO_LEAD, "id": zoho_id, "City": "Sliema", "Modified_Time": LONG_AGO})
    assert run("primary").counts.updated == 0
    done = reconcile()
    assert found(done) == [("differing", "zoho", zoho_id)]
    assert causes(done) == {"changed without a new time (locality)"}
    assert reconcile(heal=True).message == "1 differing. What could be healed is."
    assert "Sliema" in {lead["locality"] for lead in leads(backoffice_db)}
    assert found(reconcile()) == []


def test_a_record_that_no_run_was_told_of_is_found_and_healed(
    in_step: tuple[str, str], company: World, backoffice_db: psycopg.Connection
) -> None:
    (lost,) = plant(company, {"Last_Name": "Lost", "Email": "lost@mail.example", "Modified_Time": LONG_AGO})
    assert run("primary").counts.inserted == 0
    state = reconcile_for_state(only="zoho")
    done = cast("Reconciled", state.result())
    assert state.name == "Completed with findings"
    assert found(done) == [("missing", "zoho", lost)]
    assert causes(done) == {"no run has read it, though it is no news"}
    reconcile(heal=True)
    assert "Lost" in {lead["name"] for lead in leads(backoffice_db)}
    assert found(reconcile()) == []
    assert in_step


def test_a_record_that_its_source_lost_long_ago_is_found_and_marked(
    in_step: tuple[str, str], portal_db: psycopg.Connection, backoffice_db: psycopg.Connection, company: World
) -> None:
    _, portal_id = in_step
    portal_db.execute("delete from leads where id = %s", (portal_id,))
    done = reconcile()
    assert found(done) == [("extra", "portal", portal_id)]
    assert done.findings[0].leads
    before = leads(backoffice_db)
    reconcile(heal=True)
    statement = "select deleted_at_source is not null from leadsync.records where source_id = %s"
    assert backoffice_db.execute(statement, (portal_id,)).fetchall() == [(True,)]
    assert leads(backoffice_db) == before
    assert found(reconcile()) == []
    assert company.portal_url


def test_what_zoho_says_to_be_deleted_is_no_difference(in_step: tuple[str, str], company: World) -> None:
    zoho_id, _ = in_step
    gone = [{"id": int(zoho_id)}]
    httpx.post(f"{company.zoho_control_url}/deleted", json=gone, trust_env=False).raise_for_status()
    assert found(reconcile()) == []


def test_leads_that_share_a_key_and_what_waits_are_listed(
    in_step: tuple[str, str], company: World, backoffice_db: psycopg.Connection
) -> None:
    statement = "insert into leads (name, email, phone) values ('Anna Z.', %s, '') returning id::text"
    ((other,),) = backoffice_db.execute(statement, (f" {PERSON.upper()} ",)).fetchall()
    (bad,) = plant(company, {"Last_Name": "", "Email": "nobody@mail.example"})
    run("primary")
    done = reconcile()
    assert found(done) == [("double", None, None), ("missing", "zoho", bad)]
    (double,) = (one for one in done.findings if one.kind.value == "double")
    assert other in double.leads
    assert double.cause == "they share their e-mail"
    assert PERSON not in str(done.as_json())
    assert in_step


def test_a_source_that_cannot_be_read_fails_the_run_and_the_other_is_compared(
    in_step: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOHO_CLIENT_SECRET", "wrong")
    monkeypatch.setenv("ZOHO_REFRESH_TOKEN", "wrong")
    done = reconcile()
    assert [outcome.status for outcome in done.outcomes] == ["failed", "completed"]
    assert done.as_json()["status"] == "failed"
    assert "Zoho" in done.message
    assert in_step


def test_the_command_lists_what_differs(
    in_step: tuple[str, str], company: World, capsys: pytest.CaptureFixture[str]
) -> None:
    from cli.main import app  # noqa: PLC0415 - imports Prefect

    (lost,) = plant(company, {"Last_Name": "Lost", "Email": "lost@mail.example", "Modified_Time": LONG_AGO})
    assert app(["reconcile"], exit_on_error=False) == 0
    told = capsys.readouterr().out
    assert lost in told
    assert "no run has read it, though it is no news" in told
    assert told.splitlines()[-1] == "reconcile: 1 missing."
    assert in_step
