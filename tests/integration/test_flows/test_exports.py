"""All leads by an export: the same as by pages, for fewer calls, and through everything that can happen to a job."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from sandbox.samples.seed import seed
from sandbox.world import World
from tests.integration.test_flows.runs import ZOHO_LEAD, leads, plant, run

ORDER = "POST /crm/bulk/v8/read"


def people(count: int, **fields: object) -> list[dict[str, Any]]:
    return [
        {"First_Name": "Anna", "Last_Name": f"Borg{n}", "Email": f"anna{n}@mail.example", **fields}
        for n in range(count)
    ]


def change(world: World, **settings: object) -> None:
    httpx.patch(f"{world.zoho_control_url}/settings", json=settings, trust_env=False).raise_for_status()


def calls(world: World) -> dict[str, int]:
    counts: dict[str, int] = httpx.get(f"{world.zoho_control_url}/calls", trust_env=False).json()["counts"]
    return counts


def forget_calls(world: World) -> None:
    httpx.delete(f"{world.zoho_control_url}/calls", trust_env=False).raise_for_status()


def fail_jobs(world: World, times: int) -> None:
    httpx.post(f"{world.zoho_control_url}/fail-bulk", json={"times": times}, trust_env=False).raise_for_status()


def comparable(backoffice: psycopg.Connection) -> list[dict[str, Any]]:
    generated = ("id", "updated_at")
    rows = ({name: value for name, value in lead.items() if name not in generated} for lead in leads(backoffice))
    return sorted(rows, key=str)


def linked(backoffice: psycopg.Connection) -> set[tuple[str, str]]:
    """What each record said, as a digest."""
    statement = "select source_id, digest from leadsync.records where place = 'linked'"
    return set(backoffice.execute(statement).fetchall())


@pytest.fixture
def exporting(company: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A company whose reads of everything go by an export."""
    monkeypatch.setenv("LEADSYNC_EXPORT_ABOVE", "3")
    change(company, count_lag=0)
    return company


def test_an_export_says_of_every_lead_what_its_pages_say(exporting: World, backoffice_db: psycopg.Connection) -> None:
    seed(exporting)
    plant(exporting, *people(3, Campaign_Source={"id": "910000000000000077", "name": "Spring fair"}))
    by_export = run("primary", confirm_first_import=True)
    assert calls(exporting)[ORDER] == 1
    landed, said = comparable(backoffice_db), linked(backoffice_db)
    assert sum(lead["source_campaign"] == "Spring fair" for lead in landed) == 3

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADSYNC_EXPORT_ABOVE", "1000000")
        by_pages = run("primary", mode="full")

    assert by_export.counts.inserted > 50
    assert (by_pages.counts.inserted, by_pages.counts.updated) == (0, 0)
    assert comparable(backoffice_db) == landed
    assert linked(backoffice_db) == said


def test_an_export_in_parts_reads_each_lead_once(exporting: World, backoffice_db: psycopg.Connection) -> None:
    change(exporting, limits={"bulk_rows": 2})
    plant(exporting, *people(7))
    outcome = run("primary")
    assert (outcome.status, outcome.counts.inserted) == ("completed", 7)
    assert calls(exporting)[ORDER] == 4
    assert len(leads(backoffice_db)) == 7


def test_what_changes_while_the_export_is_made_arrives_in_the_same_run(
    exporting: World, backoffice_db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from systems.zoho_export import Export  # noqa: PLC0415 - patched

    plant(exporting, *people(5))
    fetch = Export.fetch

    def late(self: Export, part: int, into: Any) -> None:  # noqa: ANN401 - a file
        fetch(self, part, into)
        plant(exporting, {**ZOHO_LEAD, "Modified_Time": datetime.now(UTC).isoformat(timespec="seconds")})

    monkeypatch.setattr(Export, "fetch", late)
    assert run("primary").counts.inserted == 6
    assert "Anna Zammit" in {lead["name"] for lead in leads(backoffice_db)}


def test_a_job_that_fails_is_ordered_again(exporting: World) -> None:
    plant(exporting, *people(5))
    fail_jobs(exporting, 1)
    outcome = run("primary")
    assert (outcome.status, outcome.counts.inserted) == ("completed", 5)
    assert calls(exporting)[ORDER] == 2


def test_jobs_that_keep_failing_end_the_run_and_say_so(exporting: World) -> None:
    plant(exporting, *people(5))
    fail_jobs(exporting, 5)
    outcome = run("primary")
    assert outcome.status == "failed"
    assert "could not make an export" in outcome.message
    assert run("primary").status == "failed"


def test_an_export_that_is_gone_on_with_overwrites_nothing_that_was_read_since_it_was_ordered(
    exporting: World, backoffice_db: psycopg.Connection
) -> None:
    from tasks.desk import Desk  # noqa: PLC0415 - patched
    from tasks.fetch_zoho import ZohoWalk  # noqa: PLC0415 - patched

    old, *_ = plant(exporting, *people(5, City="Rabat"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Desk, "apply", crash)
        assert run("primary", confirm_first_import=True).status == "failed"
    edited = {**people(1, City="Mosta")[0], "id": old}
    plant(exporting, {**edited, "Modified_Time": (datetime.now(UTC) + timedelta(seconds=1)).isoformat("T", "seconds")})
    assert run("primary", since="2026-01-01T00:00:00Z").counts.inserted == 5
    with pytest.MonkeyPatch.context() as patch:
        # It dies before it reads what has changed since the order.
        patch.setattr(ZohoWalk, "read", crash)
        outcome = run("primary", mode="full")
    assert (outcome.status, outcome.counts.fetched) == ("failed", 5)
    assert calls(exporting)[ORDER] == 1
    assert [lead["locality"] for lead in leads(backoffice_db)].count("Mosta") == 1


def test_a_crash_orders_nothing_twice(exporting: World) -> None:
    from tasks.desk import Desk  # noqa: PLC0415 - patched

    plant(exporting, *people(5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Desk, "apply", crash)
        assert run("primary").status == "failed"
    outcome = run("primary")
    assert (outcome.status, outcome.counts.inserted) == ("completed", 5)
    assert calls(exporting)[ORDER] == 1
    assert run("primary", mode="full").counts.inserted == 0
    assert calls(exporting)[ORDER] == 2


def crash(*_: object) -> None:
    message = "the process died"
    raise RuntimeError(message)


def test_a_job_that_zoho_has_forgotten_is_ordered_again(exporting: World, backoffice_db: psycopg.Connection) -> None:
    plant(exporting, *people(5))
    with pytest.MonkeyPatch.context() as patch:
        from tasks.desk import Desk  # noqa: PLC0415 - patched

        patch.setattr(Desk, "apply", crash)
        run("primary")
    statement = "update leadsync.cache set value = jsonb_set(value, '{jobs}', '[\"1\"]') where key = 'zoho_export'"
    assert backoffice_db.execute(statement).rowcount == 1
    assert run("primary").counts.inserted == 5
    assert calls(exporting)[ORDER] == 2


def test_without_the_scope_for_exports_pages_do_and_a_note_names_it(exporting: World) -> None:
    plant(exporting, *people(5))
    scopes = ["ZohoCRM.modules.leads.READ", "ZohoCRM.settings.fields.READ"]
    httpx.post(f"{exporting.zoho_control_url}/scopes", json={"scopes": scopes}, trust_env=False).raise_for_status()
    outcome = run("primary")
    assert (outcome.status, outcome.counts.inserted) == ("completed", 5)
    assert any("ZohoCRM.bulk.READ" in note for note in outcome.notes)


def test_a_dry_run_reads_an_export_too_and_keeps_nothing_of_it(
    exporting: World, backoffice_db: psycopg.Connection
) -> None:
    plant(exporting, *people(5))
    assert run("primary", dry_run=True).counts.inserted == 5
    assert backoffice_db.execute("select count(*) from leadsync.cache").fetchall() == [(0,)]


def test_a_run_from_the_watermark_asks_for_no_export(exporting: World) -> None:
    plant(exporting, *people(5))
    run("primary")
    forget_calls(exporting)
    run("primary")
    assert ORDER not in calls(exporting)
