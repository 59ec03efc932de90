"""The backoffice's SQL functions as a caller with the service key meets them, without REST in between."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Json = dict[str, Any]
STRANGER = "stranger"
"""A role that nobody granted anything; the API's login may take it on."""

BALANCED = {"fetched": 3, "inserted": 1, "updated": 1, "unchanged": 1}
COLUMNS = ["name", "email", "phone", "status", "total_price", "coordinates", "converted_at"]


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Session:
    """A connection of its own with the role of the service key; each call is a transaction."""

    connection: psycopg.Connection

    def call(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
        places = sql.SQL(", ").join(sql.Placeholder() * len(arguments))
        statement = sql.SQL("select public.{}({})").format(sql.Identifier(name), places)
        return _only(self.connection.execute(statement, arguments).fetchall())

    def open(self, *, flow: str = "primary-zoho-sync", source: str = "zoho", **more: str) -> str:
        attempt = {"attempt_id": new_id(), "flow": flow, "source": source, "mode": "incremental", **more}
        opened = self.call("leadsync_open", Jsonb(attempt))
        return str(opened["attempt_id"])

    def match(self, *records: Json, source: str = "zoho", columns: list[str] | None = None) -> Json:
        numbered = [{"n": n, **record} for n, record in enumerate(records)]
        answer: Json = self.call("leadsync_match", source, columns or COLUMNS, Jsonb(numbered))
        return answer

    def apply(self, attempt: str, *items: Json, source: str = "zoho", batch: int = 1) -> list[Json]:
        plan = {"source": source, "items": list(items)}
        outcomes: list[Json] = self.call("leadsync_apply", attempt, batch, Jsonb(plan))["outcomes"]
        return outcomes

    def close(self, attempt: str, **result: object) -> Json:
        result = {"status": "completed", "counts": BALANCED, **result}
        answer: Json = self.call("leadsync_close", attempt, Jsonb(result))
        return answer


@dataclass(frozen=True)
class Backoffice:
    """A migrated database of one test.

    Attributes:
        version: PostgreSQL's major version.
        dsns: Connection URIs by user.
    """

    version: int
    dsns: dict[str, str]
    _opened: list[psycopg.Connection] = field(default_factory=list)

    def connect(self, *, role: str | None = None, autocommit: bool = True) -> psycopg.Connection:
        """As the API's login with a role taken on, or without one as the schema's owner."""
        connection = psycopg.connect(self.dsns["authenticator" if role else "postgres"], autocommit=autocommit)
        self._opened.append(connection)
        if role:
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
            connection.commit()
        return connection

    def session(self, *, autocommit: bool = True) -> Session:
        return Session(self.connect(role="service_role", autocommit=autocommit))

    def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Run a statement of the test's own as the owner."""
        with psycopg.connect(self.dsns["postgres"], autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), arguments)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *arguments: object) -> Any:  # noqa: ANN401 - any column
        return _only(self.rows(statement, *arguments))

    def close(self) -> None:
        for connection in self._opened:
            connection.close()


def _only(rows: list[tuple[Any, ...]]) -> Any:  # noqa: ANN401 - any column
    assert len(rows) == 1, f"{len(rows)} rows"
    return rows[0][0]


def zoho(number: int, **keys: object) -> Json:
    """What is asked for a Zoho record: its id and an e-mail of its own."""
    source_id = str(7_000_000_000 + number)
    return {
        "source_id": source_id,
        "zoho_id": source_id,
        "digest": "first",
        "emails": [f"person{number}@mail.example"],
        "phones": [],
        **keys,
    }


def values(number: int, **changed: object) -> Json:
    return {
        "name": f"Person {number}",
        "email": f"person{number}@mail.example",
        "phone": f"+356 9900 {number:04}",
        "zoho_lead_id": str(7_000_000_000 + number),
        **changed,
    }


def insert(answer: Json, asked: Json, row: Json, *, n: int = 0, **more: object) -> Json:
    """An item that inserts what `row` says."""
    return _item(answer, asked, n, action="insert", lead_id=new_id(), values=row, base=_origins(row), **more)


def update(answer: Json, asked: Json, lead_id: str, row: Json, *, n: int = 0, **more: object) -> Json:
    return _item(answer, asked, n, action="update", lead_id=lead_id, values=row, base=_origins(row), **more)


def item(answer: Json, asked: Json, action: str, *, n: int = 0, **more: object) -> Json:
    return _item(answer, asked, n, action=action, **more)


def _item(answer: Json, asked: Json, number: int, **more: object) -> Json:
    seen = {record["n"]: record.get("seen") for record in answer["records"]}
    emails = asked["emails"]
    return {
        "n": number,
        "source_id": asked["source_id"],
        "seen": seen[number],
        "digest": asked["digest"],
        "snapshot": {"said": asked["source_id"]},
        "email": emails[0] if emails else None,
        **more,
    }


def _origins(row: Json) -> Json:
    return dict.fromkeys(row, "zoho")


def settle(session: Session, attempt: str, number: int, *, batch: int = 1, **changed: object) -> str:
    """Insert a person by a Zoho record and return the lead's id."""
    asked = zoho(number)
    entry = insert(session.match(asked), asked, values(number, **changed))
    outcomes = session.apply(attempt, entry, batch=batch)
    assert [outcome["outcome"] for outcome in outcomes] == ["inserted"], outcomes
    return str(entry["lead_id"])
