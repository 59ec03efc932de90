"""A dry run says what the real run right after it does, and leaves no trace."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import psycopg
import pytest

from cli.main import app
from leads.fields import BY_COLUMN
from leads.items import NEW
from sandbox.samples.case import Case
from sandbox.samples.seed import seed
from sandbox.world import World
from tests.integration.tables import contents
from tests.integration.test_flows.runs import ZOHO_LEAD, plant, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.outcome import Outcome
    from leads.items import Difference


class Change(NamedTuple):
    """A field of a lead that a record changes; values as JSON."""

    record: str
    lead: str
    field: str
    old: str
    new: str

    @classmethod
    def of(cls, record: str, lead: str, field: str, old: object, new: object) -> "Change":
        return cls(record, lead, field, as_text(old), as_text(new))


def as_text(value: object) -> str:
    """Numbers are equal however they are written."""
    return json.dumps(json.loads(json.dumps(value), parse_int=float), sort_keys=True)


@pytest.fixture
def foreseen(monkeypatch: pytest.MonkeyPatch) -> "list[Difference]":
    """What dry runs show, before it is masked."""
    from flows.preview import Preview  # noqa: PLC0415 - imports Prefect

    told: list[Difference] = []
    add = Preview.add

    def listen(preview: Preview, differences: "Iterable[Difference]") -> None:
        heard = list(differences)
        told.extend(heard)
        add(preview, heard)

    monkeypatch.setattr(Preview, "add", listen)
    return told


@pytest.fixture
def defaults(backoffice_db: psycopg.Connection) -> dict[str, Any]:
    """What a new lead holds of which nobody says anything."""
    with backoffice_db.transaction(force_rollback=True), backoffice_db.cursor() as cursor:
        statement = "insert into leads as l (name, email, phone) values ('', '', '') returning to_jsonb(l)"
        (row,) = cursor.execute(statement).fetchall()
    return dict(row[0])


def planned(told: "list[Difference]", defaults: dict[str, Any]) -> Counter[Change]:
    """The changes of a dry run; an insert writes every column, with its default where nothing is said."""
    changes: dict[tuple[str, str, str], tuple[object, object]] = {}
    for one in told:
        if one.column is None:
            continue
        assert one.lead is not None
        if one.action.value == "insert":
            for column in BY_COLUMN:
                changes.setdefault((one.source_id, one.lead, column), (None, defaults[column]))
        new = defaults[one.column] if one.new is None else one.new
        changes[one.source_id, one.lead, one.column] = (one.old, new)
    return Counter(Change.of(*key, *values) for key, values in changes.items())


def journalled(backoffice: psycopg.Connection, outcome: "Outcome") -> Counter[Change]:
    statement = """
    select
        c.source_id,
        case when exists (
            select from leadsync.journal as j
            where j.attempt_id = c.attempt_id and j.lead_id = c.lead_id and j.before is null
        ) then %s else c.lead_id::text end,
        c.field, c.old_value, c.new_value
    from leadsync.changes as c
    where c.attempt_id = %s
    """
    return Counter(Change.of(*row) for row in backoffice.execute(statement, (NEW, outcome.attempt_id)))


def test_a_dry_run_foretells_what_the_real_run_does_and_writes_nothing(
    company: World,
    portal_db: psycopg.Connection,
    backoffice_db: psycopg.Connection,
    foreseen: "list[Difference]",
    defaults: dict[str, Any],
) -> None:
    sample = seed(company)
    seen = []
    for happens in (nothing, nothing, people_and_sources_speak, zoho_makes_other_offers):
        happens(company, portal_db, backoffice_db, sample)
        for which in ("primary", "backup"):
            foreseen.clear()
            before = contents(backoffice_db)
            dry = run(which, mode="full", dry_run=True)
            assert contents(backoffice_db) == before
            real = run(which, mode="full")
            assert (dry.status, dry.counts, dry.remarks) == (real.status, real.counts, real.remarks)
            assert planned(foreseen, defaults) == journalled(backoffice_db, real)
            assert told_apart(foreseen) == left_apart(backoffice_db, real)
            seen.append((real.counts, [one for one in foreseen if one.column and one.new is None]))
    assert [bool(counts.inserted + counts.updated) for counts, _ in seen] == [True] * 2 + [False] * 2 + [True] * 3 + [
        False
    ]
    assert sum(counts.deleted_at_source for counts, _ in seen) > 20
    assert {"panel_brand", "with_battery"} <= {one.column for _, emptied in seen for one in emptied}


def told_apart(told: "list[Difference]") -> Counter[tuple[str, str]]:
    """Records that a dry run says go to no lead, and why."""
    return Counter((one.source_id, one.why) for one in told if one.column is None)


def left_apart(backoffice: psycopg.Connection, outcome: "Outcome") -> Counter[tuple[str, str]]:
    statement = "select source_id, reason from leadsync.records where seen_by = %s and place <> 'linked'"
    return Counter(backoffice.execute(statement, (outcome.attempt_id,)).fetchall())


def nothing(*_: object) -> None:
    pass


def people_and_sources_speak(
    company: World, portal: psycopg.Connection, backoffice: psycopg.Connection, sample: tuple[Case, ...]
) -> None:
    """People of the company edit leads; both sources say other things and fewer; leads of Zoho are deleted."""
    backoffice.execute("update leads set total_price = coalesce(total_price, 0) + 100 where hashtext(name) % 5 = 0")
    backoffice.execute("update leads set status = 'contacted' where hashtext(name) % 5 = 1")
    backoffice.execute("update leads set locality = null, phone = '' where hashtext(name) % 5 in (1, 2)")
    portal.execute("update leads set locality = 'Rabat', panel_brand = null, notes = 'x' where hashtext(name) % 3 = 0")
    portal.execute("""
    update leads set total_price = 12345, system_size_kw = 6, panel_brand = 'Sunny', with_battery = true,
        battery_size_kwh = 10
    where hashtext(name) % 3 = 1""")
    said = [{**lead, "Modified_Time": now()} for case in sample for lead in case.zoho]
    for number, lead in enumerate(said):
        if number % 3 == 0:
            lead |= {"Quote_Amount": 9000 + number, "System_Size": 7.5, "Panel_Brand": None, "Panel_Model": None}
        if number % 4 == 0:
            lead |= {"Lead_Status": "Qualified", "City": "Sliema"}
        if number % 5 == 0:
            lead |= {"Email_Opt_Out": True, "Description": "Called back."}
    plant(company, *said[::2])
    gone = [{"id": lead["id"]} for lead in said[1::10] if lead.get("id")]
    httpx.post(f"{company.zoho_control_url}/deleted", json=gone, trust_env=False).raise_for_status()


def zoho_makes_other_offers(
    company: World, portal: psycopg.Connection, _backoffice: psycopg.Connection, _sample: tuple[Case, ...]
) -> None:
    """People whom only the portal knew get a record in Zoho, with an offer of its own."""
    statement = "select name, email, phone from leads where with_battery and email like '%@%' order by id"
    people = portal.execute(statement).fetchall()
    offer = {"Quote_Amount": 8000, "System_Size": 5, "Panel_Count": 12, "Modified_Time": now()}
    plant(company, *({"Last_Name": name, "Email": email, "Phone": phone, **offer} for name, email, phone in people))


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def test_a_dry_run_sees_what_its_own_earlier_batches_would_write(
    company: World,
    backoffice_db: psycopg.Connection,
    foreseen: "list[Difference]",
    defaults: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEADSYNC_BATCH_SIZE", "200")
    people: list[dict[str, Any]] = [{"Last_Name": f"Anna B{n}", "Email": f"anna{n}@mail.example"} for n in range(250)]
    again = [{**person, "City": "Sliema"} for person in people[:5]]
    records = [*people, *again]
    begin = datetime.now(UTC) - timedelta(seconds=len(records))
    for n, one in enumerate(records):
        one["Modified_Time"] = (begin + timedelta(seconds=n)).isoformat(timespec="seconds")
    plant(company, *records)
    dry = run("primary", dry_run=True)
    real = run("primary")
    assert (dry.counts, dry.remarks) == (real.counts, real.remarks)
    assert (real.counts.inserted, real.counts.updated) == (250, 5)
    assert planned(foreseen, defaults) == journalled(backoffice_db, real)


def test_a_dry_run_takes_up_what_is_recalled_before_its_source_sends_it_again(
    company: World, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ZOHO_LEAD)
    (spouse,) = plant(company, {**ZOHO_LEAD, "First_Name": "Paul", "Last_Name": "Vella", "Phone": "+35679990002"})
    assert run("primary").counts.review == 1
    app(["review", f"zoho:{spouse}", "separate"], exit_on_error=False)
    before = contents(backoffice_db)
    dry = run("primary", mode="full", dry_run=True)
    assert contents(backoffice_db) == before
    real = run("primary", mode="full")
    assert dry.counts == real.counts
    assert (real.counts.fetched, real.counts.inserted, real.counts.unchanged) == (3, 1, 2)
