"""The server's database: its statements, one a file, and how they are run."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

_HERE = Path(__file__).parent
# Parameters decide which index is the right one, so no plan is made without them.
_OPTIONS = "-c search_path=pg_catalog -c plan_cache_mode=force_custom_plan -c timezone=UTC"
_POOL_SIZE = 8

Connection = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]


def make_pool(dsn: str) -> Pool:
    """A pool that is not open yet; its connections commit each statement unless told otherwise."""
    kwargs = {"autocommit": True, "row_factory": dict_row, "options": _OPTIONS}
    return AsyncConnectionPool(
        dsn, connection_class=Connection, kwargs=kwargs, min_size=1, max_size=_POOL_SIZE, open=False
    )


async def make_schema(pool: Pool) -> None:
    """Create what is missing of the schema `zoho`."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute((_HERE / "schema.sql").read_text())


@cache
def statement(name: str, **pieces: str) -> str:
    """The text of sql/`name`.sql, its placeholders in braces filled with `pieces` (never a caller's text)."""
    text = (_HERE / "sql" / f"{name}.sql").read_text()
    return text.format(**pieces) if pieces else text


async def rows(
    connection: Connection, name: str, values: Mapping[str, object] | None = None, **pieces: str
) -> Sequence[DictRow]:
    """Run a statement that answers with rows."""
    return await (await connection.execute(statement(name, **pieces), values)).fetchall()


async def row(
    connection: Connection, name: str, values: Mapping[str, object] | None = None, **pieces: str
) -> DictRow | None:
    """Run a statement that answers with at most one row."""
    return await (await connection.execute(statement(name, **pieces), values)).fetchone()


async def run(connection: Connection, name: str, values: Mapping[str, object] | None = None) -> None:
    """Run a statement for its effect."""
    await connection.execute(statement(name), values)
