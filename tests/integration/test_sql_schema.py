"""The migrations on a company's database: what they add, what they leave, and that they can be run again."""

import re
from pathlib import Path

import psycopg
import pytest

from sandbox.migrations import MIGRATIONS, apply_migrations
from tests.integration.backoffice_sql import Backoffice, insert, item, settle, update, values, zoho

SHAPE = """
select 'column', c.table_schema, c.table_name, c.column_name, c.data_type, c.column_default, c.is_nullable
from information_schema.columns as c where c.table_schema in ('public', 'leadsync')
union all
select 'index', schemaname, tablename, indexname, indexdef, null, null from pg_indexes
where schemaname in ('public', 'leadsync')
union all
select 'function', n.nspname, p.proname, pg_get_functiondef(p.oid), p.proacl::text, null, null
from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace where n.nspname in ('public', 'leadsync')
union all
select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), null, null, null
from pg_constraint where connamespace::regnamespace::text in ('public', 'leadsync')
union all
select 'policy', schemaname, tablename, policyname, qual, with_check, null from pg_policies
union all
select 'table', relnamespace::regnamespace::text, relname, relacl::text, relrowsecurity::text, null, null
from pg_class where relnamespace::regnamespace::text in ('public', 'leadsync') and relkind in ('r', 'v')
order by 1, 2, 3, 4
"""
KEPT = ["leads", "sync_metadata"]
STATE = ["installation", "attempts", "watermarks", "records", "bases", "journal", "batches", "cache"]


def content(backoffice: Backoffice) -> dict[str, list[tuple[object, ...]]]:
    tables = [f"public.{name}" for name in KEPT] + [f"leadsync.{name}" for name in STATE]
    return {name: backoffice.rows(f"select t.*, t.xmin::text from {name} as t order by 1, 2") for name in tables}  # noqa: S608


def test_a_second_run_changes_nothing_and_loses_nothing(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    settle(session, attempt, 1)
    shape, data = backoffice.rows(SHAPE), content(backoffice)

    apply_migrations(backoffice.dsns["postgres"])

    assert backoffice.rows(SHAPE) == shape
    assert content(backoffice) == data
    assert session.call("leadsync_beat", attempt) == {"running": True}


def test_leads_gets_the_portals_id_and_plain_indexes(bare: Backoffice) -> None:
    lead = bare.value("insert into public.leads (name, email, phone) values ('A', 'a@mail.example', '1') returning id")
    before = bare.rows("select * from public.leads")

    apply_migrations(bare.dsns["postgres"])

    assert bare.value("select pg_typeof(portal_lead_id)::text from public.leads where id = %s", lead) == "uuid"
    assert [row[:-1] for row in bare.rows("select * from public.leads")] == before
    indexes = bare.rows("select indexdef from pg_indexes where indexname like 'leadsync_leads%%'")
    assert len(indexes) == 5
    assert not [definition for (definition,) in indexes if "UNIQUE" in definition]


@pytest.mark.parametrize("kind", ["text", "varchar(60)", "uuid"])
def test_a_portal_id_of_another_type_is_left_and_still_found(bare: Backoffice, kind: str) -> None:
    bare.rows(f"alter table public.leads add column portal_lead_id {kind}")
    apply_migrations(bare.dsns["postgres"])
    session = bare.session()
    portal_id = "0b6cf0a0-52a4-4c86-9b62-5b0a6d2b6f5a"
    attempt = session.open(flow="backup-portal-sync", source="portal")
    asked = {"source_id": portal_id, "digest": "d", "portal_id": portal_id, "emails": [], "phones": []}
    row = values(1, portal_lead_id=portal_id)
    entry = insert(session.match(asked, source="portal"), asked, row)
    session.apply(attempt, entry, source="portal")
    bare.rows("delete from leadsync.records where true")

    assert session.match(asked, source="portal")["records"][0]["hits"]["portal_id"] == [entry["lead_id"]]


def test_a_missing_sync_metadata_is_made(bare: Backoffice) -> None:
    bare.rows("drop table public.sync_metadata")
    apply_migrations(bare.dsns["postgres"])
    session = bare.session()

    attempt = session.open()

    row = bare.rows("select sync_type, records_pushed, status from public.sync_metadata where attempt_id = %s", attempt)
    assert row == [("zoho", 0, "running")]


def test_what_others_wrote_to_sync_metadata_stays(bare: Backoffice) -> None:
    write = "insert into public.sync_metadata (sync_type, last_sync_at) values ('old', '2026-01-01') returning id"
    old = bare.value(write)
    apply_migrations(bare.dsns["postgres"])

    assert bare.value("select id from public.sync_metadata") == old
    bare.rows(write)
    assert bare.value("select count(*) from public.sync_metadata where attempt_id is null") == 2


def test_only_the_policy_that_lets_everybody_in_is_dropped(bare: Backoffice) -> None:
    bare.rows("create policy dashboard on public.sync_metadata for select to authenticated using (sync_type = 'zoho')")
    apply_migrations(bare.dsns["postgres"])

    assert bare.rows("select policyname from pg_policies where tablename = 'sync_metadata'") == [("dashboard",)]


def test_a_record_cannot_be_in_two_places_nor_linked_to_nothing(backoffice: Backoffice) -> None:
    add = "insert into leadsync.records (source, source_id, place, reason) values ('zoho', '1', %s, 'why')"
    backoffice.rows(add, "review")

    with pytest.raises(psycopg.errors.UniqueViolation):
        backoffice.rows(add, "ignored")
    with pytest.raises(psycopg.errors.CheckViolation):
        backoffice.rows(add.replace("'1'", "'2'"), "linked")


def test_views_show_each_place_once(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = [zoho(n) for n in range(3)]
    answer = session.match(*asked)
    session.apply(
        attempt,
        insert(answer, asked[0], values(0)),
        item(answer, asked[1], "review", n=1, reason="contradicted", content={"raw": 1}),
        item(answer, asked[2], "rejected", n=2, reason="no name", content={"raw": 2}),
    )

    assert backoffice.value("select source_id from leadsync.links") == asked[0]["source_id"]
    assert backoffice.rows("select source_id, reason, content from leadsync.review_queue") == [
        (asked[1]["source_id"], "contradicted", {"raw": 1})
    ]
    assert backoffice.rows("select source_id, reason, content from leadsync.dead_letters") == [
        (asked[2]["source_id"], "no name", {"raw": 2})
    ]


def test_the_journal_tells_each_column_both_ways(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1, status="new")
    asked = zoho(1, digest="second")
    change = update(session.match(asked), asked, lead, {"status": "contacted"}, why={"status": "forward"})
    session.apply(attempt, change, batch=2)

    changes = backoffice.rows(
        "select old_value, new_value, reason from leadsync.changes where lead_id = %s and field = 'status' order by 1",
        lead,
    )
    assert changes == [("new", "contacted", "forward"), (None, "new", None)]


@pytest.mark.parametrize("path", sorted(MIGRATIONS.glob("*.sql")), ids=lambda path: path.name)
def test_every_update_and_delete_says_which_rows(path: Path) -> None:
    text = re.sub(r"--[^\n]*", "", path.read_text())
    statements = re.findall(r"(?:^|[\s(])((?:update|delete from)\s+(?:public|leadsync)\.[^;]*)", text)

    assert not [statement for statement in statements if "where" not in statement]
    assert "40001" not in text


def test_what_has_an_index_is_looked_up_by_it_whatever_the_statistics_say(backoffice: Backoffice) -> None:
    settings = dict(backoffice.rows("select proname, proconfig from pg_proc where starts_with(proname, 'leadsync')"))
    for name in ("leadsync_match", "leadsync_apply", "leadsync_undo", "leadsync_tidy", "leadsync_decide"):
        assert "enable_seqscan=off" in settings[name]
