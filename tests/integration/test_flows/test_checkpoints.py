"""A long walk over changes that dies goes on where it had come to, and never beyond what was written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from sandbox.world import World
from systems.backoffice import Backoffice
from tests.integration.test_flows.runs import leads, plant, run, watermark

BATCH = 200
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)


@pytest.fixture
def long(company: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Three batches of changes, a second apart."""
    monkeypatch.setenv("LEADSYNC_BATCH_SIZE", str(BATCH))
    plant(company, *(person(number) for number in range(3 * BATCH)))
    return company


def person(number: int, **fields: object) -> dict[str, Any]:
    stamp = (BEGIN + timedelta(seconds=number)).isoformat()
    named = {"First_Name": "Anna", "Last_Name": f"Borg{number}", "Email": f"anna{number}@mail.example"}
    return {**named, "Created_Time": datetime.now(UTC).isoformat(), "Modified_Time": stamp, **fields}


def dies_at(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies before it writes that batch."""
    apply = Backoffice.apply

    def mortal(self: Backoffice, attempt_id: str, number: int, plan: Any) -> Any:  # noqa: ANN401 - as `apply`
        if number == batch:
            message = "the process died"
            raise RuntimeError(message)
        return apply(self, attempt_id, number, plan)

    monkeypatch.setattr(Backoffice, "apply", mortal)


def first_since(world: World) -> str | None:
    """From when on the first page of the last run was asked for."""
    log = httpx.get(f"{world.zoho_control_url}/calls", trust_env=False).json()["calls"]
    pages = [call for call in log if call["path"] == "/crm/v8/Leads"]
    httpx.delete(f"{world.zoho_control_url}/calls", trust_env=False).raise_for_status()
    since: str | None = pages[0].get("if_modified_since")
    return since


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_crash_repeats_at_most_one_batch(batch: int, long: World, backoffice_db: psycopg.Connection) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dies_at(batch, patch)
        assert run("primary", confirm_first_import=True).status == "failed"
    written = len(leads(backoffice_db))
    assert (batch - 1) * (BATCH - 1) <= written <= (batch - 1) * BATCH
    assert watermark(backoffice_db) is None
    outcome = run("primary")
    assert (outcome.status, written + outcome.counts.inserted) == ("completed", 3 * BATCH)
    assert outcome.counts.fetched <= 3 * BATCH - written + BATCH
    assert watermark(backoffice_db) == outcome.window.end
    assert long.zoho_control_url


def test_after_a_good_end_nothing_is_left_to_go_on_with(long: World, backoffice_db: psycopg.Connection) -> None:
    run("primary")
    first_since(long)
    backoffice_db.execute("delete from leadsync.watermarks where true")
    assert run("primary").counts.unchanged == 3 * BATCH
    assert first_since(long) is None


def test_a_checkpoint_counts_only_for_the_window_that_it_was_made_in(
    long: World, backoffice_db: psycopg.Connection
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dies_at(3, patch)
        run("primary", confirm_first_import=True)
    first_since(long)
    assert run("primary", mode="full", maximum=10).counts.fetched == 10
    assert first_since(long) is None
    earlier = BEGIN + timedelta(seconds=50)
    statement = """
    insert into leadsync.watermarks (source, watermark, attempt_id)
    select 'zoho', %s, attempt_id from leadsync.attempts limit 1
    """
    backoffice_db.execute(statement, (earlier,))
    assert len(leads(backoffice_db)) + run("primary").counts.inserted == 3 * BATCH
    assert first_since(long) == (earlier - timedelta(minutes=15)).isoformat()


def test_what_changes_behind_a_checkpoint_is_read_all_the_same(long: World, backoffice_db: psycopg.Connection) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dies_at(3, patch)
        run("primary", confirm_first_import=True)
    (zoho_id,) = backoffice_db.execute("select zoho_lead_id from leads where name = 'Anna Borg0'").fetchall()[0]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    plant(long, person(0, id=zoho_id, City="Sliema", Modified_Time=now))
    run("primary")
    assert backoffice_db.execute("select locality from leads where name = 'Anna Borg0'").fetchall() == [("Sliema",)]
