"""The rows of an export, as the records that Get Records would have given.

Source: Zoho CRM API v8, "Bulk Read", "Download result": a zip with one CSV; the id's column is `Id`, null and empty are
alike, booleans are words, a looked-up record is told by its id alone.
"""

import csv
import io
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import IO, Any

from leads.values import Json
from systems.errors import Unavailable
from systems.zoho_answers import SYSTEM

LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup"})

# What Python's zipfile raises on bytes that are no zip, or not a whole one.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)

# A cell may hold more than Python's 131,072 characters; a record is no larger than Zoho's fields allow.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


def check(file: IO[bytes]) -> None:
    """Looks whether a fetched export is whole.

    Raises:
        Unavailable: the zip is damaged; another download may be whole.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
    except _DAMAGE:
        damaged = "all of it"
    if damaged is not None:
        raise Unavailable(SYSTEM, "the file of an export arrived damaged", "Try again later.")


def rows(file: IO[bytes], types: Mapping[str, str]) -> Iterator[dict[str, Json]]:
    """Reads an export row by row, without unpacking it as a whole.

    Args:
        file: the zip, whole (`check`).
        types: API name → data type, as the fields' metadata has it.
    """
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                text = io.TextIOWrapper(member, encoding="utf-8-sig", errors="replace", newline="")
                yield from (_record(row, types) for row in csv.DictReader(text))


def _record(row: Mapping[str | None, Any], types: Mapping[str, str]) -> dict[str, Json]:
    named = {("id" if name == "Id" else name): cell for name, cell in row.items() if name is not None}
    return {name: _value(cell, types.get(name, "")) for name, cell in named.items()}


def _value(cell: str | None, data_type: str) -> Json:
    if not cell:
        return None
    if data_type in LOOKUPS:
        return {"id": cell}
    read = _READ.get(data_type)
    return read(cell) if read else cell


def _flag(cell: str) -> Json:
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _integer(cell: str) -> Json:
    return int(cell) if cell.lstrip("-").isdecimal() and len(cell) < 20 else cell  # noqa: PLR2004 - longer is no number


def _number(cell: str) -> Json:
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if isfinite(number) else cell


_READ: Mapping[str, Callable[[str], Json]] = {
    "boolean": _flag,
    "integer": _integer,
    "double": _number,
    "currency": _number,
    "percent": _number,
}
