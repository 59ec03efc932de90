"""What peers lose: leads in the watermark's second, and everybody else's beside one bad record."""

from typing import Any

import httpx
import psycopg
import pytest

from sandbox.world import World
from tests.integration.test_flows.runs import plant, run

SECOND = "2026-11-24T09:30:00+01:00"
FIVE = range(5)
MANY = 5_000


def person(number: int, **fields: object) -> dict[str, Any]:
    named = {"First_Name": "Anna", "Last_Name": f"Borg{number}", "Email": f"anna{number}@mail.example"}
    return {**named, "Modified_Time": SECOND, "Created_Time": SECOND, **fields}


def stand_still(world: World) -> None:
    """Zoho's clock stands in the second in which everything happens."""
    answer = httpx.patch(f"{world.zoho_control_url}/settings", json={"fixed": SECOND}, trust_env=False)
    answer.raise_for_status()


def values(backoffice: psycopg.Connection, column: str) -> set[Any]:
    statement = f"select {column} from leads"  # noqa: S608 - our own names
    return {value for (value,) in backoffice.execute(statement.encode()).fetchall()}


@pytest.fixture
def boundary(company: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A run without overlap has read up to the second, which goes on."""
    monkeypatch.setenv("LEADSYNC_OVERLAP_MINUTES", "0")
    stand_still(company)
    plant(company, person(100))
    run("primary")
    return company


def test_other_leads_in_the_watermarks_second_arrive_all_five(
    boundary: World, backoffice_db: psycopg.Connection
) -> None:
    for number in FIVE:
        plant(boundary, person(number))
        assert run("primary").counts.inserted == 1
    assert {f"anna{number}@mail.example" for number in FIVE} <= values(backoffice_db, "email")


def test_the_same_lead_changed_again_in_that_second_arrives_all_five_times(
    boundary: World, backoffice_db: psycopg.Connection
) -> None:
    (zoho_id,) = plant(boundary, person(200))
    run("primary")
    for number in FIVE:
        plant(boundary, person(200, id=zoho_id, City=f"Town {number}"))
        assert run("primary").counts.updated == 1
        assert f"Town {number}" in values(backoffice_db, "locality")


POISON: dict[str, dict[str, Any]] = {
    "NUL in a text": {"City": "Ra\x00bat"},
    "no id": {"id": None},
    "no time of modification": {"Modified_Time": None},
    "text in a number": {"Quote_Amount": "about nine thousand"},
    "impossible date": {"Created_Time": "2026-02-31T00:00:00+01:00"},
    "a text of 60 KB": {"City": "x" * 60_000},
    "no name": {"First_Name": None, "Last_Name": None},
}
WAITS = {"no id", "no name"}
"""The others land, with what could be read of them."""

LANDED = {
    "NUL in a text": ("locality", "Rabat"),
    "no time of modification": ("locality", None),
    "text in a number": ("total_price", None),
    "impossible date": ("locality", None),
    "a text of 60 KB": ("locality", "x" * 60_000),
}


def test_one_bad_record_of_each_kind_among_thousands_stops_nobody_and_clears_when_it_is_repaired(
    company: World, backoffice_db: psycopg.Connection
) -> None:
    poison = {kind: person(MANY + n, **odd) for n, (kind, odd) in enumerate(POISON.items())}
    good = [person(number) for number in range(MANY - len(poison))]
    ids = dict(zip([*poison], plant(company, *poison.values()), strict=True))
    plant(company, *good)

    counts = run("primary", confirm_first_import=True).counts

    assert (counts.fetched, counts.inserted, counts.rejected) == (MANY, MANY - len(WAITS), len(WAITS))
    reasons = backoffice_db.execute("select reason from leadsync.records where place = 'dead_letter'").fetchall()
    assert sorted(reason.split()[0] for (reason,) in reasons) == ["name", "zoho_lead_id"]
    assert all(content for (content,) in backoffice_db.execute("select content from leadsync.dead_letters").fetchall())

    for kind, (column, value) in LANDED.items():
        asked = f"select {column} from leads where zoho_lead_id = %s"  # noqa: S608 - our own names
        assert backoffice_db.execute(asked.encode(), (ids[kind],)).fetchone() == (value,), kind

    good_again = [person(MANY + n, id=ids[kind]) for n, kind in enumerate(POISON)]
    plant(company, *({name: said for name, said in one.items() if name != "Modified_Time"} for one in good_again))
    repaired = run("primary").counts

    assert (repaired.inserted, repaired.rejected) == (len(WAITS), 0)
    assert len(values(backoffice_db, "email")) == MANY


def test_one_id_twice_in_one_read_is_one_lead_with_the_newer_words(
    company: World, backoffice_db: psycopg.Connection
) -> None:
    newer = "2026-11-24T09:31:00+01:00"
    (zoho_id,) = plant(company, person(1, City="Old"))
    plant(company, {**person(1, City="New"), "id": int(zoho_id), "Modified_Time": newer})
    counts = run("primary").counts
    assert (counts.fetched, counts.inserted, counts.ignored) == (2, 1, 1)
    assert values(backoffice_db, "locality") == {"New"}
