"""All that a database holds, to tell whether anything was written."""

from typing import Any

import psycopg
from psycopg import sql

OURS = """
select table_schema, table_name
from information_schema.tables
where table_schema in ('public', 'leadsync') and table_type = 'BASE TABLE'
order by 1, 2
"""

Rows = list[tuple[Any, ...]]


def contents(database: psycopg.Connection) -> dict[str, Rows]:
    """The rows of every table of both schemas, by its name; each with the transaction that wrote it."""
    return {f"{schema}.{table}": _rows(database, schema, table) for schema, table in database.execute(OURS)}


def _rows(database: psycopg.Connection, schema: str, table: str) -> Rows:
    statement = sql.SQL("select ctid::text, xmin::text, to_jsonb(t) from {} as t order by 1").format(
        sql.Identifier(schema, table)
    )
    return database.execute(statement).fetchall()
