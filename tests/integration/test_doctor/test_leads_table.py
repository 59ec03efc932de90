"""A table `leads` that would refuse leads, lacks columns, has other words or doubles: made so for real, and named."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from sandbox.world import World
from tests.integration.test_doctor.doctor import found, look

CHECKS = ("leads-columns", "leads-needs", "leads-checks", "leads-uniques", "leads-statuses", "leads-doubles")
WORDS = "check (status in ('new', 'contacted', 'qualified', 'converted', 'lost'))"
EMPTIED = "delete from leads where true"
STATUSES = f"alter table leads add constraint leads_status_check {WORDS}"


@dataclass(frozen=True)
class Flaw:
    """What is done to the table and taken back, and the finding that says so; cause and cure: regular expressions."""

    check: str
    severity: str
    cause: str
    cure: str
    done: str
    undone: str

    def __str__(self) -> str:
        return f"{self.check}: {self.cause[:40]}"


FLAWS = [
    Flaw(
        *("leads-columns", "warning", "lacks the columns panel_brand, .*panel_model", "docs/fields.md"),
        "alter table leads rename panel_brand to brand; alter table leads rename panel_model to model",
        "alter table leads rename brand to panel_brand; alter table leads rename model to panel_model",
    ),
    Flaw(
        *("leads-needs", "error", "wants a value for company_id, .*every new lead is refused", "a default"),
        "alter table leads add column company_id integer not null",
        "alter table leads drop column company_id",
    ),
    Flaw(
        *("leads-needs", "warning", "wants a value for company_id, which only a trigger can fill", "a default"),
        """
        alter table leads add column company_id integer not null;
        create trigger fill before insert on leads for each row execute function update_updated_at_column()
        """,
        "drop trigger fill on leads; alter table leads drop column company_id",
    ),
    Flaw(
        *("leads-needs", "warning", "wants a value for locality, total_price, and refuses", "become dead letters"),
        "alter table leads alter locality set not null, alter total_price set not null",
        "alter table leads alter locality drop not null, alter total_price drop not null",
    ),
    Flaw(
        *(
            "leads-checks",
            "warning",
            "check leads_status_check .*refuses .*`converted`, .*`qualified`$",
            "dead letters",
        ),
        """
        alter table leads drop constraint leads_status_check;
        alter table leads add constraint leads_status_check check (status in ('new', 'contacted', 'lost'))
        """,
        f"alter table leads drop constraint leads_status_check; {STATUSES}",
    ),
    Flaw(
        *("leads-checks", "warning", "check reachable of leads refuses leads without an e-mail address$", "Widen it"),
        "alter table leads add constraint reachable check (email like '%@%')",
        "alter table leads drop constraint reachable",
    ),
    Flaw(
        *("leads-checks", "warning", "check years of leads refuses leads with a quote$", "Widen it"),
        "alter table leads add constraint years check (loan_term <= 30)",
        "alter table leads drop constraint years",
    ),
    Flaw(
        *("leads-checks", "error", "check local of leads refuses every new lead", "Widen it"),
        "alter table leads add constraint local check (phone ~ '^[0-9]+$' and id is not null)",
        "alter table leads drop constraint local",
    ),
    Flaw(
        *("leads-checks", "warning", "types of leads' columns refuses leads with a quote", "Widen it"),
        "alter table leads alter payment_method type varchar(2)",
        "alter table leads alter payment_method type text",
    ),
    Flaw(
        *("leads-uniques", "warning", "unique rule once .*same email, and a second one without email$", "plain index"),
        "create unique index once on leads (lower(email))",
        "drop index once",
    ),
    Flaw(
        *("leads-uniques", "warning", "unique rule once .*same email$", "plain index"),
        "create unique index once on leads (email) where email <> ''",
        "drop index once",
    ),
    Flaw(
        *("leads-uniques", "warning", "unique rule once .*same name and phone, .*without name and phone$", "plain"),
        "alter table leads add constraint once unique (name, phone)",
        "alter table leads drop constraint once",
    ),
    Flaw(
        *("leads-uniques", "warning", "foreign key known .*source_campaign its table does not know", "fill that table"),
        """
        create table campaigns (name varchar(255) primary key);
        alter table leads add constraint known foreign key (source_campaign) references campaigns
        """,
        "alter table leads drop constraint known; drop table campaigns",
    ),
    Flaw(
        *("leads-statuses", "warning", r"not know: `site_visit` \(2\), \(not shown\) \(1\);", "lifecycle.py"),
        """
        alter table leads drop constraint leads_status_check;
        insert into leads (name, email, phone, status)
        values ('A', 'a@mail.example', '1', 'site_visit'), ('B', 'b@mail.example', '2', 'site_visit'),
            ('C', 'c@mail.example', '3', 'c@mail.example'), ('D', 'd@mail.example', '4', 'new')
        """,
        f"{EMPTIED}; {STATUSES}",
    ),
    Flaw(
        *("leads-doubles", "warning", "1 Zoho id on 2 leads", "merge"),
        """
        insert into leads (name, email, phone, zoho_lead_id, deleted_at)
        values ('A', 'a@mail.example', '1', '77', null), ('B', ' A@mail.example', '2', '77', null),
            ('C', 'A@Mail.Example', '3', null, null), ('D', 'a@mail.example', '4', '77', now()),
            ('E', '', '5', '78', null), ('F', '', '6', '', null)
        """,
        EMPTIED,
    ),
]


@pytest.fixture(scope="module")
def cleaned(clean: Callable[[], World]) -> World:
    """The world without leads; each test here leaves it so."""
    return clean()


@contextmanager
def made(backoffice: psycopg.Connection, flaw: Flaw) -> Iterator[None]:
    backoffice.execute(flaw.done.encode())
    try:
        yield
    finally:
        backoffice.execute(flaw.undone.encode())


@pytest.mark.parametrize("flaw", FLAWS, ids=str)
@pytest.mark.usefixtures("environment", "cleaned")
def test_each_flaw_of_the_table_is_named_with_its_cure(flaw: Flaw, backoffice_db: psycopg.Connection) -> None:
    with made(backoffice_db, flaw):
        ((severity, system, cause, cure),) = found(flaw.check)
    assert (severity, system) == (flaw.severity, "Backoffice")
    assert re.search(flaw.cause, cause), cause
    assert re.search(flaw.cure, cure), cure
    assert "mail.example" not in cause + cure


@pytest.mark.usefixtures("environment", "cleaned")
def test_doubles_are_counted_by_key_and_only_among_live_leads(backoffice_db: psycopg.Connection) -> None:
    with made(backoffice_db, FLAWS[-1]):
        ((_, _, cause, _),) = found("leads-doubles")
    assert {*cause.split(": ")[1].split("; ")} == {"1 Zoho id on 2 leads", "1 e-mail address on 3 leads"}


@pytest.mark.usefixtures("environment", "cleaned")
def test_the_company_table_is_in_order() -> None:
    assert [(finding.check, finding.severity.value) for finding in look(*CHECKS)] == [(name, "ok") for name in CHECKS]


@pytest.mark.usefixtures("environment", "cleaned")
def test_unique_ids_are_in_order(backoffice_db: psycopg.Connection) -> None:
    ids = Flaw("", "", "", "", "create unique index once on leads (zoho_lead_id)", "drop index once")
    with made(backoffice_db, ids):
        assert found("leads-uniques") == []


@pytest.mark.usefixtures("environment", "cleaned")
def test_nothing_is_written_by_looking(backoffice_db: psycopg.Connection) -> None:
    assert look(*CHECKS)
    assert backoffice_db.execute("select count(*) from leads").fetchone() == (0,)
