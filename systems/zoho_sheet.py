"""The rows of an export, as the records that Get Records would have given.

Source: Zoho CRM API v8, "Bulk Read", "Download result": a zip with one CSV; the id's column is `Id`, null and empty are
alike, booleans are words, a looked-up record is told by its id alone.
"""

import csv
import io
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
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

LONGEST_ROW = 4 * 2**20
"""Characters: fifty fields of Zoho's longest kind have half of that."""
LARGEST = 16 * 2**30
"""Bytes of an export, unpacked: 200,000 leads of 80,000 each."""

# A cell may hold more than Python's 131,072 characters.
csv.field_size_limit(LONGEST_ROW)


def check(file: IO[bytes]) -> None:
    """Looks whether a fetched export is whole.

    Raises:
        Unavailable: the zip is damaged; another download may be whole.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            strange = any(member.compress_type not in _METHODS for member in archive.infolist())
            bomb = sum(member.file_size for member in archive.infolist()) > LARGEST
            damaged = strange or bomb or archive.testzip() is not None
    except _DAMAGE:
        damaged = True
    if damaged:
        raise _damaged()


def rows(file: IO[bytes], types: Mapping[str, str]) -> Iterator[dict[str, Json]]:
    """Reads an export row by row, without unpacking it as a whole.

    Args:
        file: the zip, whole (`check`).
        types: API name → data type, as the fields' metadata has it.

    Raises:
        Unavailable: a row is no row of a sheet, or longer than any.
    """
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                text = io.TextIOWrapper(member, encoding="utf-8-sig", errors="replace", newline="")
                yield from (_record(row, types) for row in _read_rows(_Lines(text)))


class _Lines:
    """The lines of a text, so many between two rows that none fills the memory."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_ROW)
        self._taken += len(line)
        if not line:
            raise StopIteration
        if self._taken >= LONGEST_ROW:
            raise _damaged()
        return line

    def row_ends(self) -> None:
        """The next line begins a row."""
        self._taken = 0


def _read_rows(lines: _Lines) -> Iterator[dict[str | None, Any]]:
    try:
        for row in csv.DictReader(lines):
            lines.row_ends()
            yield row
    except csv.Error:
        raise _damaged() from None


def _damaged() -> Unavailable:
    return Unavailable(SYSTEM, "the file of an export arrived damaged", "Try again later.")


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
