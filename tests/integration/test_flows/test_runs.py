"""Both flows on real parts: what lands, what is recorded, and what happens when something goes wrong."""

import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from sandbox.world import World
from tests.integration.test_flows.runs import (
    PERSON,
    ZOHO_LEAD,
    Attempts,
    Which,
    add_row,
    leads,
    order,
    plant,
    run,
    run_for_state,
    watermark,
)


@pytest.mark.parametrize("first", ["primary", "backup"])
def test_one_person_in_both_sources_is_one_lead_whichever_flow_comes_first(
    first: Which, company: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    (zoho_id,) = plant(company, ZOHO_LEAD | {"Email": PERSON.title()})
    portal_id = add_row(portal_db)
    second: Which = "backup" if first == "primary" else "primary"
    assert [run(which).status for which in (first, second)] == ["completed", "completed"]
    (lead,) = leads(backoffice_db)
    assert (lead["zoho_lead_id"], str(lead["portal_lead_id"])) == (zoho_id, portal_id)


def test_a_run_over_unchanged_data_writes_no_lead(
    company: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ZOHO_LEAD)
    add_row(portal_db, "carmen@mail.example", "Carmen Vella")
    for which in ("primary", "backup"):
        run(which)
    before = leads(backoffice_db)
    again = [run("primary"), run("backup")]
    assert [(outcome.counts.inserted, outcome.counts.updated) for outcome in again] == [(0, 0), (0, 0)]
    assert [outcome.counts.unchanged for outcome in again] == [1, 1]
    assert leads(backoffice_db) == before


def test_a_change_in_the_portal_is_carried_over_though_its_updated_at_stays(
    company: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    add_row(portal_db)
    run("backup")
    portal_db.execute("update leads set locality = 'Sliema'")
    assert run("backup").counts.updated == 1
    assert [lead["locality"] for lead in leads(backoffice_db)] == ["Sliema"]
    assert company.portal_url


def test_an_attempt_is_on_record_with_its_run_window_and_counts(
    company: World, attempts: Attempts, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ZOHO_LEAD)
    outcome = run("primary")
    (record,) = attempts()
    assert str(record["attempt_id"]) == outcome.attempt_id
    assert (record["sync_type"], record["status"], record["errors"]) == ("zoho", "completed", [])
    assert record["counts"] == outcome.counts.as_dict()
    assert record["flow_run_id"] is not None
    assert outcome.window.end is not None
    assert watermark(backoffice_db) == outcome.window.end


def test_the_next_run_reads_on_from_the_watermark_with_an_overlap(company: World) -> None:
    plant(company, ZOHO_LEAD)
    first, second = run("primary"), run("primary")
    assert first.window.start is None
    assert first.window.end is not None
    assert second.window.start == first.window.end - timedelta(minutes=15)


def test_a_dry_run_shows_masked_differences_and_writes_nothing(
    company: World, attempts: Attempts, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ZOHO_LEAD)
    outcome = run("primary", dry_run=True)
    assert outcome.attempt_id is None
    assert (outcome.counts.fetched, outcome.counts.inserted) == (1, 1)
    assert outcome.preview is not None
    assert {"email", "name"} <= {row.field for row in outcome.preview.rows}
    assert "Zammit" not in repr(outcome)
    assert PERSON not in repr(outcome)
    assert attempts() == []
    assert leads(backoffice_db) == []
    assert backoffice_db.execute("select count(*) from leadsync.cache").fetchone() == (0,)


@pytest.mark.parametrize(
    "parameters",
    [
        {"maximum": 1},
        {"since": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()},
        {"dry_run": True},
    ],
)
def test_a_run_that_leaves_a_gap_does_not_move_the_watermark(
    parameters: dict[str, object], company: World, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ZOHO_LEAD, {"Last_Name": "Vella", "Email": "carmen@mail.example"})
    assert run("primary", **parameters).status == "completed"
    assert watermark(backoffice_db) is None


def test_a_maximum_is_kept(company: World) -> None:
    plant(company, *({"Last_Name": f"Vella {n}", "Email": f"vella{n}@mail.example"} for n in range(5)))
    assert run("primary", maximum=3).counts.fetched == 3


def test_a_maximum_is_kept_by_the_backup(company: World, portal_db: psycopg.Connection) -> None:
    for number in range(5):
        add_row(portal_db, f"vella{number}@mail.example", f"Carmen Vella {number}")
    assert run("backup", maximum=3).counts.fetched == 3
    assert company.portal_url


def test_more_deletions_than_zoho_lists_fail_no_run(company: World) -> None:
    ids = plant(company, *[{**ZOHO_LEAD, "Email": f"gone{n}@mail.example"} for n in range(201)])
    assert run("primary").counts.inserted == 201
    gone = [{"id": lead} for lead in ids]
    httpx.post(f"{company.zoho_control_url}/deleted", json=gone, trust_env=False).raise_for_status()
    limits = {"limits": {"deleted": 200}}
    httpx.patch(f"{company.zoho_control_url}/settings", json=limits, trust_env=False).raise_for_status()
    outcome = run("primary")
    assert (outcome.status, outcome.counts.deleted_at_source) == ("completed", 200)
    assert any("deleted leads" in note for note in outcome.notes)


def test_a_lead_deleted_in_zoho_is_marked_and_stays(company: World, backoffice_db: psycopg.Connection) -> None:
    (zoho_id,) = plant(company, ZOHO_LEAD)
    run("primary")
    gone = [{"id": zoho_id, "type": "recycle"}]
    httpx.post(f"{company.zoho_control_url}/deleted", json=gone, trust_env=False).raise_for_status()
    before = leads(backoffice_db)
    assert run("primary").counts.deleted_at_source == 1
    assert leads(backoffice_db) == before


def test_a_record_that_is_restored_at_its_source_is_taken_up_again(
    company: World, backoffice_db: psycopg.Connection
) -> None:
    (zoho_id,) = plant(company, ZOHO_LEAD)
    run("primary")
    gone = [{"id": zoho_id, "type": "recycle"}]
    httpx.post(f"{company.zoho_control_url}/deleted", json=gone, trust_env=False).raise_for_status()
    run("primary")
    deleted = "select deleted_at_source is not null, place from leadsync.records"
    assert backoffice_db.execute(deleted).fetchall() == [(True, "linked")]

    plant(company, {"id": zoho_id, **ZOHO_LEAD, "City": "Mdina"})
    counts = run("primary").counts

    assert (counts.updated, counts.deleted_at_source) == (1, 0)
    assert backoffice_db.execute(deleted).fetchall() == [(False, "linked")]
    assert leads(backoffice_db)[0]["locality"] == "Mdina"


def test_a_record_that_cannot_be_a_lead_is_a_finding_and_stops_nobody(
    company: World, attempts: Attempts, backoffice_db: psycopg.Connection
) -> None:
    plant(company, {"Last_Name": "", "Email": "nobody@mail.example"}, ZOHO_LEAD)
    outcome = run("primary")
    assert outcome.status == "findings"
    assert (outcome.counts.rejected, outcome.counts.inserted) == (1, 1)
    (record,) = attempts()
    assert record["status"] == "findings"
    assert [error["system"] for error in record["errors"]] == ["Backoffice"]
    assert watermark(backoffice_db) == outcome.window.end


def test_a_clock_that_is_off_is_a_finding(company: World) -> None:
    late = {"offset_s": -3600}
    httpx.patch(f"{company.zoho_control_url}/settings", json=late, trust_env=False).raise_for_status()
    outcome = run("primary")
    assert outcome.status == "findings"
    assert ["clock" in remark.cause for remark in outcome.remarks] == [True]


def test_findings_show_in_the_name_of_the_final_state(company: World) -> None:
    plant(company, {"Last_Name": "", "Email": "nobody@mail.example"})
    state = run_for_state("primary")
    assert (state.name, state.is_completed()) == ("Completed with findings", True)


def test_when_zoho_is_down_the_attempt_fails_on_record_and_the_watermark_stays(
    company: World, attempts: Attempts, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ZOHO_LEAD)
    run("primary")
    before = watermark(backoffice_db)
    plant(company, ZOHO_LEAD | {"Email": "carmen@mail.example", "First_Name": "Carmen", "Phone": None})
    order(company.zoho_control_url, path="crm/v8/Leads", status=503, html="<html>down</html>", times=None)
    state = run_for_state("primary")
    assert state.is_failed()
    assert "Zoho" in state.message
    record = attempts()[-1]
    assert record["status"] == "failed"
    assert record["errors"][0]["system"] == "Zoho"
    assert watermark(backoffice_db) == before
    httpx.delete(f"{company.zoho_control_url}/faults", trust_env=False).raise_for_status()
    assert run("primary").counts.inserted == 1


def test_an_outage_shorter_than_the_tasks_retry_fails_nothing(company: World) -> None:
    plant(company, ZOHO_LEAD)
    order(company.zoho_control_url, path="crm/v8/Leads", status=503, html="<html>down</html>", times=5)
    assert run("primary").status == "completed"


def test_an_answer_lost_after_the_commit_makes_nothing_twice(company: World, backoffice_db: psycopg.Connection) -> None:
    plant(company, ZOHO_LEAD)
    for function in ("leadsync_open", "leadsync_apply", "leadsync_close"):
        order(company.backoffice_control_url, path=function, cut="after", times=4)
    outcome = run("primary")
    assert (outcome.status, outcome.counts.inserted) == ("completed", 1)
    assert len(leads(backoffice_db)) == 1
    assert backoffice_db.execute("select count(*) from sync_metadata").fetchone() == (1,)


def test_when_the_backoffice_is_down_the_log_says_that_nothing_is_on_record(
    company: World, attempts: Attempts, caplog: pytest.LogCaptureFixture
) -> None:
    order(company.backoffice_control_url, path="leadsync_open", status=503, body="{}", times=None)
    outcome = run("primary")
    assert (outcome.status, outcome.attempt_id) == ("failed", None)
    assert "not on record" in caplog.text
    assert attempts() == []


def test_when_the_backoffice_goes_down_in_between_the_next_run_closes_the_attempt_as_crashed(
    company: World, attempts: Attempts, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ZOHO_LEAD)
    order(company.backoffice_control_url, path="leadsync_(apply|close)", status=503, body="{}", times=None)
    assert run("primary").status == "failed"
    assert [record["status"] for record in attempts()] == ["running"]
    httpx.delete(f"{company.backoffice_control_url}/faults", trust_env=False).raise_for_status()
    backoffice_db.execute("update leadsync.attempts set beat_at = beat_at - interval '3 minutes'")
    assert run("primary").counts.inserted == 1
    assert [record["status"] for record in attempts()] == ["crashed", "completed"]


def test_the_primary_needs_no_setting_of_the_portal(company: World, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, company, "PORTAL_")
    assert run("primary").status == "completed"


def test_the_backup_needs_no_setting_of_zoho(company: World, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, company, "ZOHO_")
    assert run("backup").status == "completed"


def forget(monkeypatch: pytest.MonkeyPatch, world: World, prefix: str) -> None:
    for name in world.settings():
        if name.startswith(prefix):
            monkeypatch.delenv(name)


def test_missing_settings_are_named_all_at_once_before_anything_is_read(
    company: World, attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(monkeypatch, company, "ZOHO_")
    outcome = run("primary")
    assert (outcome.status, outcome.exit_code) == ("failed", 2)
    assert {"ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"} <= set(
        re.findall(r"ZOHO_\w+", outcome.remarks[0].cause)
    )
    assert attempts() == []


def test_a_revoked_token_is_refused_with_the_cure_and_on_record(company: World, attempts: Attempts) -> None:
    httpx.post(f"{company.zoho_control_url}/revoke", json={}, trust_env=False).raise_for_status()
    outcome = run("primary")
    assert (outcome.status, outcome.exit_code) == ("failed", 2)
    assert "ZOHO_REFRESH_TOKEN" in outcome.remarks[0].cure
    assert [record["status"] for record in attempts()] == ["failed"]


def test_an_attempt_on_older_migrations_writes_nothing_and_is_closed(
    company: World, backoffice_db: psycopg.Connection, attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(company, ZOHO_LEAD)
    monkeypatch.setattr("systems.backoffice.SCHEMA_VERSION", 99)
    assert "supabase db push" in run("primary").message
    assert [record["status"] for record in attempts()] == ["failed"]
    assert leads(backoffice_db) == []


@pytest.mark.parametrize("parameters", [{"since": "yesterday"}, {"maximum": -1}, {"since": "2999-01-01"}])
def test_a_parameter_that_cannot_be_meant_is_refused_in_one_sentence(
    parameters: dict[str, object], company: World, attempts: Attempts
) -> None:
    outcome = run("primary", **parameters)
    assert (outcome.status, outcome.exit_code) == ("failed", 2)
    assert attempts() == []
    assert company.zoho_api_domain


def test_where_portal_and_backoffice_are_one_database_the_backup_skips(
    company: World, attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SUPABASE_URL", company.backoffice_url)
    monkeypatch.setenv("PORTAL_SUPABASE_SERVICE_KEY", company.backoffice_secret_key)
    state = run_for_state("backup")
    assert (state.name, state.is_completed()) == ("Skipped", True)
    (record,) = attempts()
    assert (record["status"], record["counts"]["fetched"]) == ("skipped", 0)


def test_one_database_behind_two_addresses_is_seen_too(company: World, monkeypatch: pytest.MonkeyPatch) -> None:
    by_name = company.backoffice_url.replace("127.0.0.1", "localhost")
    assert by_name != company.backoffice_url
    monkeypatch.setenv("PORTAL_SUPABASE_URL", by_name)
    monkeypatch.setenv("PORTAL_SUPABASE_SERVICE_KEY", company.backoffice_secret_key)
    assert run("backup").status == "skipped"


def test_fields_that_the_organisation_lacks_are_left_out_with_one_warning_and_asked_for_once_a_day(
    company: World,
) -> None:
    lacking = {"missing": ["Description"]}
    httpx.patch(f"{company.zoho_control_url}/settings", json=lacking, trust_env=False).raise_for_status()
    plant(company, ZOHO_LEAD)
    outcomes = [run("primary"), run("primary")]
    assert [outcome.status for outcome in outcomes] == ["completed", "completed"]
    assert [["Description" in note for note in outcome.notes] for outcome in outcomes] == [[True], [True]]
    assert calls(company, "settings/fields") == 1


def calls(world: World, path: str) -> int:
    report = httpx.get(f"{world.zoho_control_url}/calls", trust_env=False).json()
    return sum(number for call, number in report["counts"].items() if path in call)


def test_the_final_state_and_the_artifact_carry_the_counts_and_nobody(company: World) -> None:
    plant(company, ZOHO_LEAD)
    state = run_for_state("primary")
    assert (state.name, state.message) == ("Completed", "completed: fetched 1, inserted 1.")
    text = artifact("leadsync-primary")
    assert "| inserted | 1 |" in text
    assert "Zammit" not in text
    assert PERSON not in text


def artifact(key: str) -> str:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    with get_client(sync_client=True) as client:
        answer = client.request("GET", "/artifacts/{key}/latest", path_params={"key": key})
    return str(answer.json()["data"])


def test_a_number_of_thousands_of_digits_costs_only_itself(
    company: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    row = add_row(portal_db)
    portal_db.execute("update leads set total_price = repeat('9', 5000)::numeric where id = %s", (row,))
    assert run("backup").counts.inserted == 1
    backoffice_db.execute("update leads set total_price = repeat('9', 5000)::numeric where name <> ''")
    plant(company, ZOHO_LEAD)
    assert run("primary").counts.updated == 1


def test_a_deletion_that_cannot_be_read_stops_nobody(company: World, backoffice_db: psycopg.Connection) -> None:
    (zoho_id,) = plant(company, ZOHO_LEAD)
    run("primary")
    gone = [{"id": "\\u0000"}, {"id": zoho_id, "deleted_time": "garbage"}, {"id": "1", "deleted_time": {"a": 1}}, 7]
    body = json.dumps({"data": gone, "info": {"more_records": False}})
    order(company.zoho_control_url, path="/Leads/deleted", body=body, times=1)
    outcome = run("primary")
    assert (outcome.status, outcome.counts.deleted_at_source) == ("completed", 1)
    assert len(leads(backoffice_db)) == 1
