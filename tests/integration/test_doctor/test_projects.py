"""Portal and backoffice from outside: addresses, keys, projects mistaken for each other, clocks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import time_machine

from sandbox.keys import BACKOFFICE
from sandbox.migrations import MIGRATIONS, apply_file, apply_migrations
from sandbox.world import World
from tests.integration.test_doctor.doctor import Wrong, found, look

NOWHERE = "http://127.0.0.1:9"


ANOTHER = "its key is wrong, revoked, of another project"
KEYS = ("PORTAL_SUPABASE_SERVICE_KEY", "BACKOFFICE_SUPABASE_SERVICE_KEY")
STRANGE = "sb_secret_0123456789012345678901_01234567"


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong({KEYS[0]: BACKOFFICE.secret_key}, "portal-answers", "error", ANOTHER, KEYS[0]),
        Wrong({KEYS[0]: BACKOFFICE.legacy_service_key}, "portal-answers", "error", ANOTHER, KEYS[0]),
        Wrong({KEYS[1]: STRANGE}, "backoffice-answers", "error", ANOTHER, KEYS[1]),
        Wrong({"PORTAL_SUPABASE_URL": NOWHERE}, "portal-answers", "error", "no connection", "PORTAL_SUPABASE_URL"),
        Wrong({"BACKOFFICE_SUPABASE_URL": NOWHERE}, "backoffice-answers", "error", "no connection", "BACKOFFICE"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("settled_world")
def test_a_project_that_does_not_let_us_in_is_named(wrong: Wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in wrong.environment.items():
        monkeypatch.setenv(name, value)
    ((severity, system, what, remedy),) = found(wrong.check)
    assert (severity, system.lower()) == (wrong.severity, wrong.check.removesuffix("-answers"))
    assert wrong.cause in what
    assert wrong.cure in remedy


def test_one_address_for_both_is_named(settled_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SUPABASE_URL", settled_world.backoffice_url)
    ((severity, system, what, remedy),) = found("one-database")
    assert (severity, system) == ("warning", "Portal")
    assert "one database, so every backup run is skipped" in what
    assert "PORTAL_SUPABASE_URL" in remedy


def test_one_project_behind_two_addresses_is_named(settled_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SUPABASE_URL", settled_world.backoffice_url.replace("127.0.0.1", "localhost"))
    monkeypatch.setenv("PORTAL_SUPABASE_SERVICE_KEY", settled_world.backoffice_secret_key)
    assert [severity for severity, *_ in found("one-database")] == ["warning"]


@pytest.mark.usefixtures("settled_world")
def test_two_projects_are_two() -> None:
    names = ("one-database", "portal-answers", "portal-columns", "portal-statuses", "backoffice-answers", "migrations")
    assert {finding.severity.value for finding in look(*names)} <= {"ok", "not looked at"}


def test_missing_migrations_are_named_and_the_rest_is_not_looked_at(
    settled_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKOFFICE_SUPABASE_URL", settled_world.portal_url)
    monkeypatch.setenv("BACKOFFICE_SUPABASE_SERVICE_KEY", settled_world.portal_secret_key)
    findings = {
        finding.check: finding for finding in look("backoffice-answers", "migrations", "leads-needs", "freshness")
    }
    assert findings["backoffice-answers"].severity == "ok"
    assert findings["migrations"].severity == "error"
    assert findings["migrations"].cause == "its migrations are missing"
    assert "supabase db push" in findings["migrations"].cure
    assert {findings["leads-needs"].severity, findings["freshness"].severity} == {"not looked at"}


def test_old_migrations_are_named_with_both_versions(old_migrations: None) -> None:
    assert old_migrations is None
    ((severity, _, what, remedy),) = found("migrations")
    assert severity == "error"
    assert "its migrations are of version 1, and this leadsync needs" in what
    assert "supabase db push" in remedy
    assert {finding.severity for finding in look("leads-columns", "attempts", "waiting")} == {"not looked at"}


@pytest.mark.usefixtures("settled_world")
def test_migrations_without_doctors_own_are_named(backoffice_db: psycopg.Connection) -> None:
    # By another name it keeps everybody's rights to it.
    backoffice_db.execute("alter function public.leadsync_diagnosis rename to leadsync_diagnosis_away")
    try:
        ((severity, _, what, _),) = found("migrations")
        others = {finding.check: finding.severity for finding in look("leads-checks", "leads-columns", "waiting")}
    finally:
        backoffice_db.execute("alter function public.leadsync_diagnosis_away rename to leadsync_diagnosis")
    assert severity == "warning"
    assert "older than this leadsync" in what
    assert others["leads-checks"] == "not looked at"
    assert others["waiting"] == "ok"


@pytest.fixture
def old_migrations(settled_world: World) -> Iterator[None]:
    apply_file(settled_world.backoffice_dsn, MIGRATIONS / "20261124000300_attempts.sql")
    yield
    apply_migrations(settled_world.backoffice_dsn)


@contextmanager
def portal_row(portal: psycopg.Connection, status: str = "new") -> Iterator[None]:
    portal.execute("insert into leads (name, email, status) values ('A', 'a@mail.example', %s)", (status,))
    yield
    portal.execute("delete from leads where true")


@pytest.mark.usefixtures("settled_world")
def test_columns_that_the_portal_lacks_are_named(portal_db: psycopg.Connection) -> None:
    portal_db.execute("alter table leads rename column roof_area to roof")
    try:
        with portal_row(portal_db):
            ((severity, _, what, _),) = found("portal-columns")
    finally:
        portal_db.execute("alter table leads rename column roof to roof_area")
    assert severity == "warning"
    assert "its leads lack roof_area" in what


@pytest.mark.usefixtures("settled_world")
def test_a_status_of_the_portal_without_a_counterpart_is_named(portal_db: psycopg.Connection) -> None:
    with (
        portal_row(portal_db, "negotiating"),
        portal_row(portal_db, "anna@private.example"),
        portal_row(portal_db, "New"),
    ):
        ((severity, _, what, remedy),) = found("portal-statuses")
    assert severity == "warning"
    assert "do not know" not in what
    assert "(not shown), `negotiating`" in what
    assert "leads/lifecycle.py" in remedy


@pytest.mark.parametrize(
    ("seconds", "told"), [(45, "4[0-9] s ahead of"), (-45, "4[0-9] s behind"), (-600, "(9|10) min behind")]
)
@pytest.mark.usefixtures("settled_world")
def test_a_clock_of_ours_that_is_off_is_named(seconds: int, told: str) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds)):
        ((severity, system, what, remedy),) = found("clock")
    assert (severity, system) == ("warning", "Clock")
    assert re.search(f"this machine's clock is {told} that of the backoffice and Zoho", what), what
    assert "NTP" in remedy


@pytest.mark.usefixtures("settled_world")
def test_a_clock_is_looked_at_with_whoever_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_CLIENT_ID", "")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=45)):
        ((severity, _, what, _),) = found("clock")
    assert severity == "warning"
    assert re.search("the clock of the backoffice is 4[0-9] s behind this machine's", what), what


@pytest.mark.usefixtures("settled_world")
def test_clocks_that_agree_are_in_order() -> None:
    assert found("clock") == []
