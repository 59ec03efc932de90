"""Who may do what: the API's roles against the functions, our schema and sync_metadata."""

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.integration.backoffice_sql import BALANCED, Backoffice, new_id

ATTEMPT = new_id()
CALLS: dict[str, tuple[object, ...]] = {
    "leadsync_context": (),
    "leadsync_open": (Jsonb({"attempt_id": ATTEMPT, "flow": "primary-zoho-sync", "source": "zoho"}),),
    "leadsync_beat": (ATTEMPT,),
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
STRANGERS = ["anon", "authenticated"]


def test_the_list_of_functions_is_complete(backoffice: Backoffice) -> None:
    names = backoffice.rows("select proname from pg_proc where pronamespace = 'public'::regnamespace")

    assert {name for (name,) in names if name.startswith("leadsync")} == set(CALLS)


def test_the_service_key_can_call_every_function(backoffice: Backoffice) -> None:
    session = backoffice.session()

    for name, arguments in CALLS.items():
        session.call(name, *arguments)


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize("name", CALLS)
def test_strangers_can_call_none(backoffice: Backoffice, role: str, name: str) -> None:
    connection = backoffice.connect(role=role)
    places = ", ".join(["%s"] * len(CALLS[name]))

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for function"):
        connection.execute(f"select public.{name}({places})".encode(), CALLS[name])


@pytest.mark.parametrize("role", [*STRANGERS, "service_role"])
def test_nobody_reaches_our_schema_directly(backoffice: Backoffice, role: str) -> None:
    connection = backoffice.connect(role=role)
    relations = backoffice.rows("select relname from pg_class where relnamespace = 'leadsync'::regnamespace")
    inside = [name for (name,) in relations if not name.endswith(("_pkey", "_seq"))]

    assert {"records", "cache", "lead_columns"} <= set(inside)
    for statement in ("select 1 from leadsync.records", "delete from leadsync.cache where true"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema leadsync"):
            connection.execute(statement)
    grants = backoffice.rows(
        "select table_name from information_schema.role_table_grants where table_schema = 'leadsync' and grantee = %s",
        role,
    )
    assert grants == []


@pytest.mark.parametrize("role", STRANGERS)
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
