"""Running a job: the database selects, and the rows flow through a CSV into a zip on the disk."""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Any

from sandbox.zoho.bulk.query import Query
from sandbox.zoho.bulk.sheet import Sheet
from sandbox.zoho.database import Pool, statement

_ROWS_AT_A_TIME = 2_000
_BYTES_AT_A_TIME = 64 * 1024


@dataclass
class Extract:
    """What a job found: its zip, how many rows are in it, the last id, and whether there are more."""

    count: int = 0
    last_id: int | None = None
    more: bool = False
    file: IO[bytes] = field(default_factory=TemporaryFile)

    def size(self) -> int:
        """Bytes of the zip."""
        return self.file.seek(0, 2)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The zip, piece by piece."""
        for start in range(0, self.size(), _BYTES_AT_A_TIME):
            self.file.seek(start)
            yield self.file.read(_BYTES_AT_A_TIME)


async def extract(pool: Pool, query: Query, sheet: Sheet, *, name: str, rows: int, begun: asyncio.Event) -> Extract:
    """Select, and write the zip.

    Args:
        pool: The database.
        query: What to select.
        sheet: How to show it.
        name: The CSV's name in the zip.
        rows: Most rows of a page.
        begun: Set when later changes do not show any more.
    """
    made = Extract()
    values = {**query.condition.values, "before": query.before, "skip": query.skip, "take": rows + 1}
    select = statement("bulk_page", condition=query.condition.text)
    try:
        async with pool.connection() as connection, connection.transaction(), connection.cursor(name="bulk") as cursor:
            await cursor.execute(select, values)
            begun.set()
            with zipfile.ZipFile(made.file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as csv_file:
                csv_file.write(sheet.head().encode())
                while batch := await cursor.fetchmany(_ROWS_AT_A_TIME):
                    kept = batch[: rows - made.count]
                    made.more = len(kept) < len(batch)
                    await asyncio.to_thread(_write, csv_file, sheet, kept)
                    made.count += len(kept)
                    made.last_id = kept[-1]["id"] if kept else made.last_id
    finally:
        begun.set()
    return made


def _write(csv_file: IO[bytes], sheet: Sheet, rows: list[dict[str, Any]]) -> None:
    csv_file.write(sheet.lines(rows).encode(errors="replace"))
