"""The real backoffice: PostgreSQL with all migrations, its functions called as the service key calls them."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from sandbox.migrations import apply_migrations, create_project, create_roles
from sandbox.postgres import Postgres
from systems.backoffice import Backoffice
from tests.simulation.clock import BEGINNING, Clock
from tests.simulation.runs import Caller, current
from tests.simulation.words import FORBIDDEN

NAME = "backoffice"
TABLES = (
    *("public.quotes", "public.communications", "public.leads", "public.sync_metadata"),
    *(f"leadsync.{name}" for name in ("attempts", "watermarks", "records", "bases", "journal", "conflicts", "batches")),
    *(f"leadsync.{name}" for name in ("cache", "tombstones", "erasures")),
)
PLAN_ONCE = """
select p.oid::regprocedure::text from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
where p.prokind = 'f' and (n.nspname = 'leadsync' or p.proname ~ '^leadsync_')
"""
VACUUM_EVERY = 40
ERASED = "update leadsync.erasures set erased_at = %s where id = %s"
"""The database's clock is a real one: an erasure has to be of the simulated time, which records are compared to."""
SEEN = "update leadsync.records set seen_at = %s where seen_at < %s"
"""So have the times at which records were written, which a run's beginning is compared to."""


class Database:
    """Two connections to it: of the API, with the role of the service key, and of the people, who own the table."""

    def __init__(self, api: psycopg.Connection, people: psycopg.Connection) -> None:
        self.api = api
        self._people = people
        self._emptied = 0

    def rpc(self, name: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Calls a function as PostgREST does: in a transaction of its own."""
        places = sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(key), sql.Placeholder()) for key in arguments
        )
        values = [Jsonb(value) if key in JSON else value for key, value in arguments.items()]
        statement = sql.SQL("select public.{}({})").format(sql.Identifier(name), places)
        row = self.api.execute(statement, values).fetchone()
        assert row is not None
        return row[0]

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Runs a statement of a person, of another job, or of the checks."""
        cursor = self._people.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - any column
        return self.rows(statement, *values)[0][0]

    def empty(self) -> None:
        """As it was before the first lead. Deleting is a hundred times quicker than truncating."""
        self._people.execute("; ".join(f"delete from {table} where true" for table in TABLES).encode())  # noqa: S608 - our own names
        self._emptied += 1
        if self._emptied % VACUUM_EVERY == 0:
            self._people.execute(f"vacuum {', '.join(TABLES)}".encode())


JSON = frozenset(
    {"p_plan", "p_records", "p_rows", "p_result", "p_value", "p_subject", "p_keys", "p_anonymise", "p_days"}
)


@contextmanager
def database() -> Iterator[Database]:
    """A cluster of our own with the company's table and our migrations."""
    with tempfile.TemporaryDirectory(prefix="leadsync-simulation-") as folder, Postgres.start(Path(folder)) as cluster:
        create_roles(cluster)
        create_project(cluster, NAME)
        apply_migrations(cluster.dsn(NAME))
        with (
            psycopg.connect(cluster.dsn(NAME), autocommit=True) as people,
            psycopg.connect(cluster.dsn(NAME, user="authenticator"), autocommit=True) as api,
        ):
            _prepare(people)
            api.execute("set role service_role")
            yield Database(api, people)


def _prepare(people: psycopg.Connection) -> None:
    """Lets the table refuse something, and lets plans be kept: they are for thousands of leads, and here are ten."""
    check = sql.SQL("alter table public.leads add constraint leads_address_check check (address <> {})")
    people.execute(check.format(sql.Literal(FORBIDDEN)))
    for (signature,) in people.execute(PLAN_ONCE).fetchall():
        people.execute(f"alter function {signature} reset plan_cache_mode".encode())


class DirectBackoffice(Backoffice):
    """`systems.backoffice.Backoffice` without REST: each call is a step of the run that makes it."""

    def __init__(self, database: Database, clock: Clock, call: Caller) -> None:
        self._database = database
        self._clock = clock
        self._call = call

    def close(self) -> None:
        """There is nothing to close."""

    def rpc(self, name: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        return self._call(name, lambda: self._told(name, arguments), {})

    def _told(self, name: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        if name == "leadsync_open":
            current.run.attempt = arguments["p_attempt"]["attempt_id"]
        given = {key: Jsonb(value) if name == "leadsync_open" else value for key, value in arguments.items()}
        try:
            answer = self._database.rpc(name, given)
        except psycopg.Error as error:
            self.project.judge(httpx.Response(httpx.codes.BAD_REQUEST, json={"code": error.sqlstate}))
            raise
        if name == "leadsync_forget":
            self._database.rows(ERASED, self._clock.database, arguments["p_erasure"])
        if name in ("leadsync_apply", "leadsync_mark_deleted"):
            self._database.rows(SEEN, self._clock.database, BEGINNING - timedelta(days=1))
        if not isinstance(answer, dict):
            return answer
        if any(outcome["outcome"] == "raced" for outcome in answer.get("outcomes", [])):
            current.run.fired.append("raced")
        if answer.get("crashed"):
            current.run.fired.append("taken for dead")
        return answer | {"now": self._clock.database.isoformat()} if "now" in answer else answer
