"""People and secrets that are found again wherever they come to stand, and the search for them."""

import base64
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

WORD = "zq"
"""How each word about a marked person begins; no other word does."""

NUMBERS = ("79461538", "99382746", "27518364")
PEOPLE: list[dict[str, Any]] = [
    {
        "First_Name": "Zqanna",
        "Last_Name": "Zqborg",
        "Email": "zqanna.zqborg@mail.example",
        "Phone": "+356 7946 1538",
        "Street": "7, Triq Zqstreet",
        "City": "Zqtown",
        "Description": "Zqanna asks to be called on 7946-1538, or at zqother@mail.example",
    },
    {
        "First_Name": "Zqpaul",
        "Last_Name": "Zqvella",
        "Email": "zqanna.zqborg@mail.example",
        "Phone": "00356 (99) 38.27.46",
        "Description": "husband of Zqanna: he waits in review",
    },
    {
        "First_Name": None,
        "Last_Name": "Zqlong " * 60,
        "Email": "zqlong@mail.example",
        "Phone": "27518364",
        "Description": "a dead letter of Zqlong",
    },
    {
        "First_Name": "Zqrefused",
        "Last_Name": "Zqbythedatabase",
        "Email": "zqrefused@mail.example",
        "Phone": "+35627518364",
        "Description": "the database refuses Zqrefused and quotes the row",
    },
]
PAGE = "<html><body><h1>Error</h1>Zqanna Zqborg, zqanna.zqborg@mail.example, +356 79 46 15 38</body></html>"
ROW = "(email)=(zqanna.zqborg@mail.example) of Zqanna Zqborg, tel. 79461538"
ZOHO_SAYS = json.dumps({"code": "INVALID_DATA", "details": {"api_name": "Email", "value": ROW}, "message": ROW})

SKIPPED = {"ui"}
"""Prefect's own pages, unpacked."""


@dataclass(frozen=True)
class Hit:
    """Where something stands that must not: never what."""

    place: str
    kind: str
    near: str


@dataclass(frozen=True)
class Search:
    """Everything that is looked for.

    Attributes:
        secrets: by the name of the setting; base64 of them counts as well.
    """

    secrets: dict[str, str]

    def hits(self, texts: Iterable[tuple[str, str]]) -> list[Hit]:
        """What was found, place by place."""
        return [hit for place, text in texts for hit in self._in(place, text)]

    def _in(self, place: str, text: str) -> Iterator[Hit]:
        lowered = text.lower()
        for kind, pattern in PERSON.items():
            if found := pattern.search(lowered):
                yield Hit(place, kind, text[max(0, found.start() - 60) : found.end() + 40])
        for name, value in self.secrets.items():
            for form in (value, base64.b64encode(value.encode()).decode()):
                if form in text:
                    yield Hit(place, name, text[max(0, text.index(form) - 60) : text.index(form)])


def _spelled(number: str) -> str:
    """A pattern of its digits, whatever stands between them."""
    return r"[\s().,/\-]{0,3}".join(number)


PERSON = {
    "a person's word": re.compile(rf"(?<![a-z0-9]){WORD}[a-z]{{3}}"),
    "a person's number": re.compile("|".join(map(_spelled, NUMBERS))),
}


def files(*folders: Path) -> Iterator[tuple[str, str]]:
    """The texts of all files below some folders."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not SKIPPED.intersection(path.relative_to(folder).parts):
                yield str(path.relative_to(folder.parent)), path.read_bytes().decode("latin-1")


def prefect_rows(database: Path) -> Iterator[tuple[str, str]]:
    """Each row of each table of Prefect's SQLite database, column by column."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda content: content.decode("latin-1")
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            cursor = connection.execute(f'select * from "{table}"')  # noqa: S608 - a name of the catalog
            columns = [column for column, *_ in cursor.description]
            for row in cursor:
                yield from ((f"{table}.{name}", _text(value)) for name, value in zip(columns, row, strict=True))


def backoffice_rows(dsn: str) -> Iterator[tuple[str, str]]:
    """What the backoffice shows of attempts: the dashboard's table, and our own."""
    with psycopg.connect(dsn) as connection:
        for table in ("public.sync_metadata", "leadsync.attempts"):
            for (row,) in connection.execute(f"select to_jsonb(t)::text from {table} as t"):  # noqa: S608 - two names
                yield table, row


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
