"""Who may do what: the API's roles against the functions, our schema and sync_metadata."""

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.integration.backoffice_sql import BALANCED, STRANGER, Backoffice, Session, new_id

ATTEMPT = new_id()
CALLS: dict[str, tuple[object, ...]] = {
    "leadsync_context": (),
    "leadsync_open": (Jsonb({"attempt_id": ATTEMPT, "flow": "primary-zoho-sync", "source": "zoho"}),),
    "leadsync_beat": (ATTEMPT,),
    "leadsync_on_record": (ATTEMPT,),
    "leadsync_freshness": (),
    "leadsync_report": ("Europe/Malta", 30),
    "leadsync_match": ("zoho", ["name"], Jsonb([{"n": 0, "source_id": "1"}])),
    "leadsync_apply": (ATTEMPT, 1, Jsonb({"source": "zoho", "items": []})),
    "leadsync_mark_deleted": (ATTEMPT, "zoho", Jsonb([])),
    "leadsync_cache_put": ("key", Jsonb("value"), "2100-01-01T00:00:00Z"),
    "leadsync_known": ("zoho", "2100-01-01T00:00:00Z", "", 1),
    "leadsync_doubles": (1,),
    "leadsync_cache_take": ("key", None, "00000000-0000-4000-8000-000000000000", 1),
    "leadsync_story": (new_id(), None, None),
    "leadsync_undo": (ATTEMPT, new_id(), 1, None, False),
    "leadsync_forget": (new_id(), Jsonb({"lead_id": new_id()}), Jsonb({}), None, "test"),
    "leadsync_tidy": (Jsonb({}),),
    "leadsync_waiting": (),
    "leadsync_watch": (None,),
    "leadsync_recalled": ("zoho", "", 10),
    "leadsync_decide": (Jsonb({"source": "zoho", "source_id": "1"}), "ignore", None, None, "test"),
    "leadsync_diagnosis": (Jsonb({"a lead": {"name": "A"}}),),
    "leadsync_close": (ATTEMPT, Jsonb({"status": "completed", "counts": BALANCED})),
}
STRANGERS = ["anon", "authenticated", STRANGER]
KEYS = ["service_role", "leadsync"]

RELATIONS = """
select relname, relkind from pg_class where relnamespace::regnamespace::text = %s and relkind in ('r', 'v', 'm')
"""
HELD_INSIDE = """
with asked as (select %s::name as role)
select c.oid::regclass::text from asked, pg_class as c
where c.relnamespace = 'leadsync'::regnamespace and c.relkind in ('r', 'v', 'm')
    and has_table_privilege(role, c.oid, 'select, insert, update, delete, truncate')
union all
select p.oid::regprocedure::text from asked, pg_proc as p
where p.pronamespace = 'leadsync'::regnamespace and has_function_privilege(role, p.oid, 'execute')
"""
HELD = """
with asked as (select to_regrole(%s) as role),
acls (what, acl) as (
    select 'function ' || pronamespace::regnamespace || '.' || proname, proacl from pg_proc
    union all select 'relation ' || oid::regclass, relacl from pg_class
    union all select 'column of ' || attrelid::regclass, attacl from pg_attribute
    union all select 'schema ' || nspname, nspacl from pg_namespace
    union all select 'database ' || datname, datacl from pg_database
    union all select 'type ' || oid::regtype, typacl from pg_type
)
select what from asked, acls, aclexplode(acl) as held where held.grantee = role
"""
ROLE = """
select rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
    exists (select from pg_auth_members where member = pg_roles.oid)
from pg_roles where rolname = 'leadsync'
"""


def test_the_list_of_functions_is_complete(backoffice: Backoffice) -> None:
    names = backoffice.rows("select proname from pg_proc where pronamespace = 'public'::regnamespace")

    assert {name for (name,) in names if name.startswith("leadsync")} == set(CALLS)


@pytest.mark.parametrize("role", KEYS)
def test_both_keys_can_call_every_function(backoffice: Backoffice, role: str) -> None:
    session = Session(backoffice.connect(role=role))

    for name, arguments in CALLS.items():
        session.call(name, *arguments)


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize("name", CALLS)
def test_strangers_can_call_none(backoffice: Backoffice, role: str, name: str) -> None:
    connection = backoffice.connect(role=role)
    places = ", ".join(["%s"] * len(CALLS[name]))

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for function"):
        connection.execute(f"select public.{name}({places})".encode(), CALLS[name])


@pytest.mark.parametrize("role", [*STRANGERS, *KEYS])
def test_nobody_reaches_our_schema_directly(backoffice: Backoffice, role: str) -> None:
    connection = backoffice.connect(role=role)
    relations = backoffice.rows(RELATIONS, "leadsync")

    assert {"records", "cache", "lead_columns"} <= {name for name, _ in relations}
    for name, _ in relations:
        for statement in ("select 1 from {}", "delete from {} where true", "insert into {} default values"):
            asked = sql.SQL(statement).format(sql.Identifier("leadsync", name))
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema leadsync"):
                connection.execute(asked)
    # And if the schema were opened one day:
    assert backoffice.rows(HELD_INSIDE, role) == []


def test_every_table_of_ours_has_row_security(backoffice: Backoffice) -> None:
    tables = [("leadsync", name) for name, kind in backoffice.rows(RELATIONS, "leadsync") if kind == "r"]
    secured = backoffice.rows(
        "select relnamespace::regnamespace::text, relname from pg_class where relrowsecurity and relkind = 'r'"
    )

    assert len(tables) > 10
    assert {*tables, ("public", "sync_metadata")} <= set(secured)


def test_our_own_role_holds_our_functions_and_nothing_else(backoffice: Backoffice) -> None:
    held = {name for (name,) in backoffice.rows(HELD, "leadsync")}
    can_log_in, *more = backoffice.rows(ROLE)[0]

    assert held == {*(f"function public.{name}" for name in CALLS), "schema public"}
    assert not can_log_in
    assert not any(more)


def test_our_own_role_reads_and_writes_no_table(backoffice: Backoffice) -> None:
    connection = backoffice.connect(role="leadsync")
    tables = [name for name, _ in backoffice.rows(RELATIONS, "public")]

    assert {"leads", "sync_metadata", "quotes"} <= set(tables)
    for name in tables:
        for statement in ("select 1 from {}", "delete from {} where true", "insert into {} default values"):
            asked = sql.SQL(statement).format(sql.Identifier("public", name))
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for"):
                connection.execute(asked)


@pytest.mark.parametrize("role", [*STRANGERS, "leadsync"])
def test_strangers_cannot_touch_sync_metadata(backoffice: Backoffice, role: str) -> None:
    connection = backoffice.connect(role=role)

    for statement in (
        "select 1 from public.sync_metadata",
        "insert into public.sync_metadata (sync_type, last_sync_at) values ('x', now())",
        "delete from public.sync_metadata where true",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_sync_metadata_stays_open_to_the_service_key(backoffice: Backoffice) -> None:
    connection = backoffice.connect(role="service_role")
    connection.execute("insert into public.sync_metadata (sync_type, last_sync_at) values ('other', now())")

    assert connection.execute("select sync_type from public.sync_metadata").fetchall() == [("other",)]


@pytest.mark.parametrize(
    "name", ["leadsync_context", "leadsync_diagnosis", "leadsync_freshness", "leadsync_match", "leadsync_report"]
)
def test_reading_functions_run_in_a_transaction_that_only_reads(backoffice: Backoffice, name: str) -> None:
    session = backoffice.session()
    session.connection.execute("set default_transaction_read_only = on")

    assert session.call(name, *CALLS[name])


def test_visitors_can_still_add_leads(backoffice: Backoffice) -> None:
    connection = backoffice.connect(role="anon")
    connection.execute("insert into public.leads (name, email, phone) values ('A', 'a@mail.example', '+356 99 1')")

    assert connection.execute("select name from public.leads").fetchall() == [("A",)]
