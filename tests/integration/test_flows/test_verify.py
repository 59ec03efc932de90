"""Verifying the whole chain with a test lead, against a stand-in for the portal's lead API."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import psycopg
import pytest

from sandbox.lead_api.process import EMAIL, PHONE, LeadApiServer, lead_api
from sandbox.world import World
from tests.integration.test_flows.runs import Attempts, leads, order

if TYPE_CHECKING:
    from flows.verification.verified import Verified

LINKS = ["READY", "PORTAL", "ZOHO", "PRIMARY", "BACKUP", "RECORD", "REMOVAL"]


@pytest.fixture(scope="module")
def _server(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeadApiServer]:
    with lead_api(tmp_path_factory.mktemp("lead-api"), world) as server:
        yield server


@pytest.fixture
def portal_api(_server: LeadApiServer, company: World, monkeypatch: pytest.MonkeyPatch) -> LeadApiServer:
    """The stand-in as at first, and the settings of somebody who may verify; Zoho's search lags behind by nothing."""
    httpx.delete(f"{_server.control_url}/manner", trust_env=False).raise_for_status()
    for name, value in {**_server.settings(), "VERIFY_SECONDS": "0.5"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("flows.verification.earlier.SEARCHABLE_AFTER", 0.0)
    settings = {"index_delay": 0}
    httpx.patch(f"{company.zoho_control_url}/settings", json=settings, trust_env=False).raise_for_status()
    return _server


def behave(server: LeadApiServer, **manner: object) -> None:
    httpx.put(f"{server.control_url}/manner", json=manner, trust_env=False).raise_for_status()


def submissions(server: LeadApiServer) -> int:
    return int(httpx.get(f"{server.control_url}/calls", trust_env=False).json())


def verify(*, confirm_side_effects: bool = True) -> "Verified":
    from flows.verify import verify as flow  # noqa: PLC0415 - imports Prefect

    body: Any = flow
    state = body(confirm_side_effects=confirm_side_effects, return_state=True)
    return cast("Verified", state.result(raise_on_failure=False))


def verdicts(done: "Verified") -> list[str]:
    assert [one.link.name for one in done.verdicts] == LINKS
    return [one.result.value for one in done.verdicts]


def command(*words: str) -> int:
    from cli.main import app  # noqa: PLC0415 - imports Prefect

    code: int = app(list(words), exit_on_error=False)
    return code


def personal_data_in(*texts: str) -> list[str]:
    """What of the operator's own address and number stands in a text."""
    return [
        word for word in (EMAIL.partition("@")[0] + "+", EMAIL, PHONE, PHONE[-8:]) for text in texts if word in text
    ]


def broken_at(link: str, *, removal: str = "good") -> list[str]:
    place = LINKS.index(link)
    return ["good"] * place + ["broken"] + ["not tried"] * (len(LINKS) - place - 2) + [removal]


def artifact() -> str:
    """What the last verification left in Prefect's UI."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - takes seconds
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey  # noqa: PLC0415 - the same
    from prefect.client.schemas.sorting import ArtifactSort  # noqa: PLC0415 - the same

    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=["leadsync-verify"]))
        return str(client.read_artifacts(artifact_filter=wanted, sort=ArtifactSort.CREATED_DESC, limit=1)[0].data)


def execute(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def trigger() -> Iterator[Callable[..., None]]:
    """Has every insert into `leads` of a database, or update, do something else besides, until the test is over."""
    dsns: list[str] = []

    def make(dsn: str, body: str, event: str = "insert") -> None:
        dsns.append(dsn)
        execute(
            dsn,
            f"create function public.meddle() returns trigger language plpgsql as $$ begin {body} return new; end $$",
            f"create trigger meddle before {event} on leads for each row execute function public.meddle()",
        )

    yield make
    for dsn in dsns:
        execute(dsn, "drop function public.meddle cascade")


def test_a_test_lead_goes_through_all_links_and_leaves_the_backoffice(
    portal_api: LeadApiServer,
    backoffice_db: psycopg.Connection,
    attempts: Attempts,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = verify()
    assert (done.error, verdicts(done)) == (None, ["good"] * 7)
    assert done.message.startswith(f"good: {done.name} went through all links")
    (lead,) = leads(backoffice_db)
    assert str(lead["id"]) == done.ids["lead"]
    assert (lead["name"], lead["zoho_lead_id"]) == (done.name, done.ids["zoho"])
    assert str(lead["portal_lead_id"]) == done.ids["portal"]
    assert lead["deleted_at"] is not None
    assert all(any(done.ids[system] in one for one in done.left) for system in ("portal", "zoho"))
    assert [row["sync_type"] for row in attempts()] == ["zoho", "portal", "portal"]
    assert {(row["status"], row["trigger"]) for row in attempts()} == {("completed", "verify")}
    assert submissions(portal_api) == 1
    shown = artifact()
    assert done.ids["lead"] in shown
    assert (
        personal_data_in(shown, caplog.text, "".join(capsys.readouterr()), str(attempts()), str(done.as_json())) == []
    )
    removal = str(attempts()[-1]["attempt_id"])
    assert command("undo", removal) == 0
    assert leads(backoffice_db)[0]["deleted_at"] is None


def test_a_second_verification_is_told_from_the_first_whether_that_was_removed_or_not(
    portal_api: LeadApiServer, company: World, backoffice_db: psycopg.Connection, portal_db: psycopg.Connection
) -> None:
    first, second = verify(), verify()
    assert (second.error, verdicts(second)) == (None, ["good"] * 7)
    assert second.ids == first.ids, "the portal takes the phone's lead and writes over it"
    assert "of an earlier test lead" in second.verdicts[1].said
    (lead,) = leads(backoffice_db)
    assert lead["name"] == second.name != first.name
    assert lead["deleted_at"] is not None
    gone = [{"id": int(second.ids["zoho"])}]
    httpx.post(f"{company.zoho_control_url}/deleted", json=gone, trust_env=False).raise_for_status()
    refused = verify()
    assert verdicts(refused) == broken_at("READY", removal="not tried")
    assert f"(row {second.ids['portal']}), which is no longer in Zoho CRM" in refused.message
    assert (refused.exit_code, submissions(portal_api)) == (2, 2)
    portal_db.execute("delete from leads where true")
    third = verify()
    assert (third.error, verdicts(third)) == (None, ["good"] * 7)
    assert not set(third.ids.values()) & set(second.ids.values())
    assert [lead["deleted_at"] is not None for lead in leads(backoffice_db)] == [True, True]
    assert submissions(portal_api) == 3


@pytest.mark.parametrize(
    ("status", "exit_code", "cause"),
    [
        (500, 1, "its lead API did not take the test lead (HTTP 500)"),
        (403, 1, "its lead API did not take the test lead (HTTP 403)"),
        (404, 2, "there is no lead API at that address (HTTP 404)"),
    ],
)
def test_a_portal_that_refuses_is_named(
    portal_api: LeadApiServer, attempts: Attempts, status: int, exit_code: int, cause: str
) -> None:
    behave(portal_api, status=status)
    done = verify()
    assert verdicts(done) == broken_at("PORTAL")
    assert done.error is not None
    assert (done.error.system, done.error.cause, done.exit_code) == ("Portal", cause, exit_code)
    assert done.message == f"broken at portal: {done.error}"
    assert (done.ids, done.left) == ({}, ["Nothing of it was found in portal and Zoho CRM."])
    assert (submissions(portal_api), attempts()) == (1, [])


def test_a_portal_whose_table_is_another_one_is_named_and_what_it_wrote_is_told(portal_api: LeadApiServer) -> None:
    behave(portal_api, portal=False)
    done = verify()
    assert verdicts(done) == broken_at("PORTAL")
    assert "its table leads has no row of it" in done.message
    assert done.ids.keys() == {"zoho"}
    assert any(done.ids["zoho"] in one for one in done.left)


def test_a_portal_that_does_not_write_zoho_is_named_after_a_while(portal_api: LeadApiServer) -> None:
    behave(portal_api, zoho=False)
    done = verify()
    assert verdicts(done) == broken_at("ZOHO")
    assert "Portal: its test lead did not reach Zoho CRM within 0.5 s" in done.message
    assert done.verdicts[2].seconds < 5
    assert done.ids.keys() == {"portal"}
    assert any("the next sync brings them" in one for one in done.left)
    assert artifact().startswith("# verify: broken at portal to Zoho CRM: Portal: its test lead did not reach")


def test_a_zoho_that_comes_late_is_waited_for_and_the_command_tells_each_link(
    portal_api: LeadApiServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    behave(portal_api, zoho_after_s=0.8)
    monkeypatch.setenv("VERIFY_SECONDS", "20")
    assert command("verify", "--confirm-side-effects", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["broken"]) == ("completed", None)
    assert [one["link"].upper() for one in told["links"]] == LINKS
    assert {one["verdict"] for one in told["links"]} == {"good"}
    assert told["links"][2]["seconds"] > 0.5
    assert told["attempts"].keys() == {"primary-zoho-sync", "backup-portal-sync"}


def test_a_primary_run_that_fails_is_named(
    portal_api: LeadApiServer, company: World, capsys: pytest.CaptureFixture[str]
) -> None:
    order(company.backoffice_control_url, path="rpc/leadsync_open", status=503, body="{}", times=None)
    assert command("verify", "--confirm-side-effects") == 1
    told = capsys.readouterr()
    assert portal_api.url not in told.out + told.err
    assert "Backoffice: primary-zoho-sync failed: " in told.err
    assert "What is left:" in told.out


def test_a_lead_that_the_primary_does_not_bring_is_named_with_its_place(
    portal_api: LeadApiServer, company: World, trigger: Callable[..., None]
) -> None:
    trigger(company.backoffice_dsn, "raise exception 'no';")
    done = verify()
    assert verdicts(done) == broken_at("PRIMARY")
    assert "the primary sync did not link the test lead (its place is dead letter: refused by the" in done.message
    assert f"`leadsync history zoho:{done.ids['zoho']}`" in done.message
    assert portal_api.url


def test_a_lead_that_is_there_twice_after_the_backup_is_named_and_removed(
    portal_api: LeadApiServer, company: World, trigger: Callable[..., None], backoffice_db: psycopg.Connection
) -> None:
    trigger(company.portal_dsn, "new.email := 'other@leadsync.example';")
    done = verify()
    assert verdicts(done) == broken_at("BACKUP")
    assert "the test lead is there 2 times after the backup sync" in done.message
    assert [lead["deleted_at"] is not None for lead in leads(backoffice_db)] == [True, True]
    assert portal_api.url


def test_a_row_that_the_backup_does_not_link_is_named_with_its_place(
    portal_api: LeadApiServer, company: World, trigger: Callable[..., None]
) -> None:
    trigger(company.portal_dsn, "new.name := '';")
    done = verify()
    assert verdicts(done) == broken_at("BACKUP")
    assert "the backup sync did not link the portal's row to the test lead (its place is dead letter" in done.message
    assert portal_api.url


def test_a_verification_that_is_ended_from_outside_says_where_its_lead_is(
    portal_api: LeadApiServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.verification.chain.Chain._run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verify()
    (told,) = [record for record in caplog.records if "ended from outside" in record.message]
    assert "'portal': " in told.message
    assert "'zoho': " in told.message
    assert submissions(portal_api) == 1


def test_a_run_that_logged_an_error_is_named_and_so_is_a_backoffice_that_keeps_the_lead(
    portal_api: LeadApiServer,
    company: World,
    trigger: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    backoffice_db: psycopg.Connection,
) -> None:
    monkeypatch.setattr("flows.primary.note_all", lambda *_: logging.getLogger("leadsync.tasks").error("oh"))
    trigger(company.backoffice_dsn, "if new.deleted_at is not null then raise exception 'no'; end if;", "update")
    done = verify()
    assert verdicts(done) == broken_at("RECORD", removal="broken")
    assert "the runs logged 1 errors" in done.message
    assert f"it refuses to mark lead {done.ids['lead']}" in done.verdicts[-1].said
    assert f"Backoffice: lead {done.ids['lead']}; soft-delete it there." in done.left
    assert leads(backoffice_db)[0]["deleted_at"] is None
    assert portal_api.url


def test_one_database_for_portal_and_backoffice_is_verified_without_a_backup(
    portal_api: LeadApiServer,
    company: World,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    backoffice_db: psycopg.Connection,
) -> None:
    monkeypatch.setenv("PORTAL_SUPABASE_URL", company.backoffice_url)
    monkeypatch.setenv("PORTAL_SUPABASE_SERVICE_KEY", company.backoffice_secret_key)
    with lead_api(tmp_path, replace(company, portal_dsn=company.backoffice_dsn)) as server:
        monkeypatch.setenv("VERIFY_LEAD_API_URL", server.url)
        done = verify()
    assert (done.error, verdicts(done)) == (None, ["good"] * 7)
    assert done.ids["lead"] == done.ids["portal"]
    assert [lead["deleted_at"] is not None for lead in leads(backoffice_db)] == [True]
    assert portal_api.url


def test_nothing_is_submitted_before_somebody_confirms(portal_api: LeadApiServer, attempts: Attempts) -> None:
    done = verify(confirm_side_effects=False)
    assert verdicts(done) == broken_at("READY", removal="not tried")
    assert done.exit_code == 2
    assert "nothing was done: Parameters: a test lead causes a contract, an e-mail, an SMS" in done.message
    assert (submissions(portal_api), attempts(), done.left) == (0, [], [])


@pytest.mark.parametrize("where", ["portal", "backoffice"])
def test_nothing_is_submitted_where_the_portal_would_write_over_a_person(
    portal_api: LeadApiServer, company: World, where: str
) -> None:
    dsn = {"portal": company.portal_dsn, "backoffice": company.backoffice_dsn}[where]
    person = ("Anna", "anna@mail.example", f"0044 {PHONE[3:7]} {PHONE[7:]}")
    with psycopg.connect(dsn) as connection:
        connection.execute("insert into leads (name, email, phone) values (%s, %s, %s)", person)
    done = verify()
    assert verdicts(done) == broken_at("READY", removal="not tried")
    assert "leads have the number of VERIFY_PHONE, which the portal would write over" in done.message
    assert (done.exit_code, submissions(portal_api)) == (2, 0)
    assert personal_data_in(done.message) == []
