"""A person in all systems is forgotten, and no run brings them back."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import httpx
import psycopg
import pytest

from cli.main import app
from sandbox.world import World
from systems.errors import LeadsyncError

if TYPE_CHECKING:
    from flows.outcome import Outcome

EMAIL = "anna.zammit@mail.example"
ANNA = {"First_Name": "Anna", "Last_Name": "Zammit", "Email": EMAIL, "Phone": "+35679000001", "Street": "7 Triq Zammit"}
CARMEN = {"First_Name": "Carmen", "Last_Name": "Vella", "Email": "carmen@mail.example", "Phone": "+35679000002"}
WORDS = ("zammit", "79000001", "triq zammit")


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Leadsync = Callable[..., Done]


@pytest.fixture
def leadsync(capsys: pytest.CaptureFixture[str]) -> Leadsync:
    """The command in this process, without a terminal."""

    def call(*arguments: str) -> Done:
        capsys.readouterr()
        try:
            code = app(arguments, exit_on_error=False)
        except LeadsyncError as error:
            return Done(error.exit_code, capsys.readouterr().out, str(error))
        return Done(code, *capsys.readouterr())

    return call


def run(which: str, **parameters: object) -> "Outcome":
    from flows.backup import portal_to_backoffice  # noqa: PLC0415 - imports Prefect
    from flows.primary import zoho_to_backoffice  # noqa: PLC0415 - imports Prefect

    flow: Any = {"primary": zoho_to_backoffice, "backup": portal_to_backoffice}[which]
    return cast("Outcome", flow(**parameters, return_state=True).result())


def plant(world: World, *leads: dict[str, Any]) -> list[str]:
    answer = httpx.post(f"{world.zoho_control_url}/leads", json=leads, trust_env=False).raise_for_status()
    return cast("list[str]", answer.json()["ids"])


def add_row(portal: psycopg.Connection, name: str, email: str, phone: str) -> str:
    statement = "insert into leads (name, email, phone) values (%s, %s, %s) returning id::text"
    row = portal.execute(statement, (name, email, phone)).fetchone()
    assert row is not None
    return str(row[0])


def mentions(backoffice: psycopg.Connection, *words: str) -> set[str]:
    """The tables of our schema, and sync_metadata, with a row that holds one of the words in any column."""
    tables = backoffice.execute(
        "select oid::regclass::text from pg_class where relkind = 'r' "
        "and (relnamespace = 'leadsync'::regnamespace or oid = 'public.sync_metadata'::regclass)"
    ).fetchall()
    return {name for (name,) in tables if _holds(backoffice, name, words)}


def _holds(backoffice: psycopg.Connection, table: str, words: tuple[str, ...]) -> bool:
    statement = (
        f"select exists (select from {table} as t, unnest(%s::text[]) as w "  # noqa: S608 - our own tables
        "where position(lower(w) in lower(t::text)) > 0)"
    )
    row = backoffice.execute(statement.encode(), (list(words),)).fetchone()
    return bool(row and row[0])


def lead_of(backoffice: psycopg.Connection, email: str) -> dict[str, Any]:
    with backoffice.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        row = cursor.execute("select * from leads where email = %s", (email,)).fetchone()
    assert row is not None
    return row


@pytest.fixture
def anna(company: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection) -> dict[str, str]:
    """Anna and Carmen are in all systems, and a colleague corrected what the portal says of Anna."""
    zoho_id, _ = plant(company, ANNA, CARMEN)
    assert run("primary").counts.inserted == 2
    lead = str(lead_of(backoffice_db, EMAIL)["id"])
    backoffice_db.execute("update leads set address = '9 Triq Zammit' where id = %s", (lead,))
    portal_id = add_row(portal_db, "Anna Zammit", EMAIL, "79000001")
    add_row(portal_db, "Carmen Vella", "carmen@mail.example", "79000002")
    portal_db.execute("update leads set address = '8 Triq Zammit' where id = %s", (portal_id,))
    assert run("backup").counts.updated == 2
    return {"lead": lead, "zoho": zoho_id, "portal": portal_id}


@pytest.fixture
def zoho_anna(company: World, backoffice_db: psycopg.Connection) -> str:
    """Anna is in Zoho and in the backoffice; the id of her lead."""
    plant(company, ANNA)
    assert run("primary").counts.inserted == 1
    return str(lead_of(backoffice_db, EMAIL)["id"])


@pytest.mark.parametrize(("by", "anonymise"), [("lead", True), ("portal", True), ("zoho", False)])
def test_a_forgotten_person_leaves_no_word_and_no_run_brings_them_back(
    *, by: str, anonymise: bool, leadsync: Leadsync, anna: dict[str, str], backoffice_db: psycopg.Connection
) -> None:
    words = (*WORDS, *anna.values())
    tables = {f"leadsync.{name}" for name in ("records", "journal", "bases", "conflicts")}
    assert tables <= mentions(backoffice_db, *words)
    before = lead_of(backoffice_db, EMAIL)
    subject = anna["lead"] if by == "lead" else f"{by}:{anna[by]}"

    done = leadsync("forget", subject, "--yes", "--json", *(["--anonymise-lead"] if anonymise else []))

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["records"], told["lead_anonymised"], told["waiting"]) == (2, anonymise, 0)
    assert told["sources"] == sorted([f"portal:{anna['portal']}", f"zoho:{anna['zoho']}"])
    assert "zammit" not in (done.stdout + done.stderr).lower()
    assert mentions(backoffice_db, *words) == set()
    again = [run(which, mode="full") for which in ("primary", "backup")]
    assert [(one.status, one.counts.balanced) for one in again] == [("completed", True)] * 2
    assert [(one.counts.unchanged, one.counts.ignored) for one in again] == [(1, 1)] * 2
    assert mentions(backoffice_db, *words) == set()
    assert "carmen" in str(lead_of(backoffice_db, "carmen@mail.example"))
    assert backoffice_db.execute("select count(*) from leads").fetchone() == (2,)
    if anonymise:
        (row,) = backoffice_db.execute("select to_jsonb(l) from leads as l where id = %s", (anna["lead"],)).fetchall()
        assert row[0]["deleted_at"] is not None
        assert not [word for word in (*WORDS, anna["zoho"], anna["portal"]) if word in str(row).lower()]
    else:
        assert lead_of(backoffice_db, EMAIL) == before


def test_a_record_that_is_made_after_the_erasure_waits_for_a_person(
    company: World,
    leadsync: Leadsync,
    anna: dict[str, str],
    portal_db: psycopg.Connection,
    backoffice_db: psycopg.Connection,
) -> None:
    assert leadsync("forget", anna["lead"], "--yes", "--anonymise-lead").returncode == 0
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    (new,) = plant(company, {**ANNA, "Created_Time": later, "Modified_Time": later})
    old = add_row(portal_db, "A. Zammit", EMAIL, "21000009")
    portal_db.execute("update leads set created_at = '2026-01-01Z' where id = %s", (old,))

    outcomes = [run(which, mode="full") for which in ("primary", "backup")]

    assert [(one.counts.review, one.counts.ignored) for one in outcomes] == [(1, 1), (0, 2)]
    waiting = backoffice_db.execute("select source_id, reason from leadsync.records where place = 'review'").fetchall()
    assert waiting == [(new, "was forgotten")]
    assert not mentions(backoffice_db, old)


def test_a_dead_letter_of_the_person_is_told_and_goes_when_it_is_named(
    company: World, leadsync: Leadsync, zoho_anna: str, backoffice_db: psycopg.Connection
) -> None:
    (dead,) = plant(company, {"Last_Name": "", "Email": EMAIL})
    assert run("primary").counts.rejected == 1
    told = json.loads(leadsync("forget", zoho_anna, "--yes", "--json").stdout)
    assert (told["waiting"], told["look_at"]) == (1, [f"zoho:{dead}"])
    assert mentions(backoffice_db, EMAIL) == {"leadsync.records"}

    done = leadsync("forget", f"zoho:{dead}", "--yes")

    assert f"zoho:{dead}" in done.stdout
    assert mentions(backoffice_db, EMAIL, dead) == set()
    assert run("primary", mode="full").counts.ignored == 2
    assert mentions(backoffice_db, EMAIL, dead) == set()


NAMELESS = {"Last_Name": "", "Street": "a doorstep of Annas"}
CARMENS_ADDRESS = {"Last_Name": "Doorstep", "Email": CARMEN["Email"], "Phone": "+35621000007"}


@pytest.mark.parametrize(("first_words", "place"), [(NAMELESS, "dead_letter"), (CARMENS_ADDRESS, "review")])
def test_a_record_that_waited_and_turns_out_to_be_a_forgotten_persons_goes_with_what_it_said(
    first_words: dict[str, str], place: str, company: World, leadsync: Leadsync, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ANNA, CARMEN)
    assert run("primary").counts.inserted == 2
    (waits,) = plant(company, first_words)
    run("primary")
    places = "select place from leadsync.records where source_id = %s"
    assert backoffice_db.execute(places, (waits,)).fetchall() == [(place,)]
    lead = str(lead_of(backoffice_db, EMAIL)["id"])
    assert leadsync("forget", lead, "--yes", "--anonymise-lead").returncode == 0
    plant(company, {"id": waits, "Created_Time": "2026-01-01T00:00:00+00:00", **ANNA})

    outcome = run("primary")

    assert (outcome.status, outcome.counts.balanced) == ("completed", True)
    assert mentions(backoffice_db, waits, "doorstep", *WORDS) == set()
    assert run("primary", mode="full").counts.ignored == 2
    assert mentions(backoffice_db, waits, *WORDS) == set()


def test_what_is_left_to_do_is_said(
    leadsync: Leadsync, anna: dict[str, str], backoffice_db: psycopg.Connection
) -> None:
    backoffice_db.execute("insert into quotes (lead_id, total_price) values (%s, 1)", (anna["lead"],))
    backoffice_db.execute("update leads set property_type = 'villa' where id = %s", (anna["lead"],))

    done = leadsync("forget", anna["lead"], "--yes", "--anonymise-lead")

    assert "2 records, 2 journal entries and 1 conflicts will go. The lead will be anonymised." in done.stderr
    for left in ("property_type", "public.quotes", f"zoho:{anna['zoho']}", f"portal:{anna['portal']}"):
        assert left in done.stdout


def test_nobody_at_the_terminal_and_no_yes_is_refused(
    leadsync: Leadsync, zoho_anna: str, backoffice_db: psycopg.Connection
) -> None:
    done = leadsync("forget", zoho_anna)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert done.stdout == ""
    assert mentions(backoffice_db, EMAIL)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_at_a_terminal_only_a_yes_forgets(
    leadsync: Leadsync, zoho_anna: str, backoffice_db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for said, code in (("\n", 2), ("no\n", 2), ("", 2), ("Y\n", 0)):
        assert mentions(backoffice_db, EMAIL)
        monkeypatch.setattr("sys.stdin", Terminal(said))
        assert leadsync("forget", zoho_anna).returncode == code
    assert not mentions(backoffice_db, EMAIL)


@pytest.mark.parametrize("command", [("forget", "--yes"), ("export",)])
def test_a_lead_that_nobody_knows_is_refused(command: tuple[str, ...], leadsync: Leadsync, company: World) -> None:
    done = leadsync(*command, "aaaaaaaa-0000-4000-8000-000000000001")
    assert (done.returncode, done.stdout) == (2, "")
    assert "it holds nothing" in done.stderr
    assert company.backoffice_url


def test_a_record_that_was_forgotten_before_it_was_known_waits_and_can_be_forgotten_with_its_keys(
    company: World, leadsync: Leadsync, backoffice_db: psycopg.Connection
) -> None:
    (zoho_id,) = plant(company, ANNA)
    done = leadsync("forget", f"zoho:{zoho_id}", "--yes")
    assert done.returncode == 0
    assert "Nothing is known of that record" in done.stderr
    assert run("primary").counts.review == 1
    waiting = backoffice_db.execute("select reason from leadsync.records").fetchall()
    assert waiting == [("was forgotten",)]

    assert leadsync("forget", f"zoho:{zoho_id}", "--yes").returncode == 0

    assert run("primary", mode="full").counts.ignored == 1
    assert mentions(backoffice_db, *WORDS, zoho_id) == set()
    assert backoffice_db.execute("select count(*) from leads").fetchone() == (0,)


def test_an_export_is_all_that_is_held_and_nothing_of_others(
    company: World, leadsync: Leadsync, anna: dict[str, str], portal_db: psycopg.Connection
) -> None:
    stranger = add_row(portal_db, "Paul Grech", EMAIL, "21000008")
    run("backup")

    by_lead, by_record = (leadsync("export", subject) for subject in (anna["lead"], f"zoho:{anna['zoho']}"))

    told = json.loads(by_lead.stdout)
    assert json.loads(by_record.stdout) == told
    assert told["lead"]["email"] == EMAIL
    assert {record["source_id"] for record in told["records"]} == {anna["zoho"], anna["portal"]}
    assert len(told["journal"]) == 2
    assert {conflict["field"] for conflict in told["conflicts"]} == {"address"}
    assert [record["source_id"] for record in told["may_be_theirs"]] == [stranger]
    assert "Grech" not in by_lead.stdout
    assert by_lead.stderr == ""
    assert company.portal_url


def by_flow() -> str:
    from flows.retention import retention  # noqa: PLC0415 - imports Prefect

    state: Any = retention(return_state=True)
    assert state.is_completed(), state.message
    return str(state.message)


@pytest.mark.parametrize("way", ["flow", "command"])
def test_what_is_old_goes_and_what_is_young_stays(
    way: str, leadsync: Leadsync, anna: dict[str, str], backoffice_db: psycopg.Connection
) -> None:
    tidy = by_flow if way == "flow" else lambda: leadsync("tidy").stdout
    assert "nothing" in tidy()
    backoffice_db.execute(
        "update leadsync.attempts set finished_at = finished_at - interval '401 days' where flow like 'primary%'"
    )

    assert "journal 2" in tidy()

    assert backoffice_db.execute("select count(*) from leadsync.journal").fetchone() == (2,)
    assert mentions(backoffice_db, anna["lead"]) >= {"leadsync.records", "leadsync.bases"}
    assert "nothing" in tidy()


def test_retention_that_fails_says_why_in_its_state(company: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.retention import retention  # noqa: PLC0415 - imports Prefect

    monkeypatch.setenv("BACKOFFICE_SUPABASE_URL", "")
    state: Any = retention(return_state=True)
    assert state.is_failed()
    assert "BACKOFFICE_SUPABASE_URL is missing" in state.message
    assert company.backoffice_url
