"""One story of many people, each with a surname of their own, told to both flows in an order."""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from sandbox.world import World
from tests.integration.test_flows.runs import Which, plant, run

Row = dict[str, Any]


@dataclass
class Story:
    """The three systems while the story is told.

    Attributes:
        order: which flow runs first.
        ids: of the records, by a name that the story gives them.
    """

    world: World
    order: tuple[Which, Which]
    ids: dict[str, str] = field(default_factory=dict)

    def zoho(self, name: str, /, **fields: object) -> None:
        """A lead in Zoho, or its newer version."""
        known = {"id": self.ids[name]} if name in self.ids else {}
        (self.ids[name],) = plant(self.world, {**known, **fields})

    def portal(self, name: str, /, **columns: object) -> None:
        """A row of the portal, or its newer version."""
        values = {key: Jsonb(value) if isinstance(value, dict) else value for key, value in columns.items()}
        if name in self.ids:
            self._write(self.world.portal_dsn, "update leads set {sets} where id = {id}", values, self.ids[name])
        else:
            self.ids[name] = self._write(self.world.portal_dsn, "insert into leads ({names}) values ({places})", values)

    def backoffice(self, name: str, /, **columns: object) -> None:
        """A lead that was there before."""
        self.ids[name] = self._write(
            self.world.backoffice_dsn, "insert into leads ({names}) values ({places})", columns
        )

    def sync(self) -> None:
        """Both flows once, in the story's order."""
        for which in self.order:
            outcome = run(which, confirm_first_import=True)
            assert outcome.status in ("completed", "findings"), outcome.message

    def leads(self, surname: str) -> list[Row]:
        """The leads of a person."""
        return self.ask("select * from leads where name like %s order by created_at, id", f"%{surname}")

    def lead(self, surname: str) -> Row:
        """The one lead of a person."""
        (row,) = self.leads(surname)
        return row

    def record(self, name: str) -> Row:
        """Where a record is."""
        (row,) = self.ask("select * from leadsync.records where source_id = %s", self.ids[name])
        return row

    def stamps(self) -> list[Row]:
        """What changes with any write of a lead."""
        return self.ask("select id, xmin::text from leads order by id")

    def ask(self, statement: str, *arguments: object) -> list[Row]:
        """Rows of the backoffice."""
        with psycopg.connect(self.world.backoffice_dsn, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(statement.encode(), arguments).fetchall()

    def order_backoffice(self, statement: str) -> None:
        """Something that a person does to the backoffice's schema."""
        with psycopg.connect(self.world.backoffice_dsn, autocommit=True) as connection:
            connection.execute(statement.encode())

    @staticmethod
    def _write(dsn: str, template: str, values: Row, row_id: str | None = None) -> str:
        names = [sql.Identifier(name) for name in values]
        statement = sql.SQL(template + " returning id::text").format(
            names=sql.SQL(", ").join(names),
            places=sql.SQL(", ").join(sql.Placeholder() * len(names)),
            sets=sql.SQL(", ").join(sql.SQL("{} = %s").format(name) for name in names),
            id=sql.Literal(row_id),
        )
        with psycopg.connect(dsn, autocommit=True) as connection:
            row = connection.execute(statement, list(values.values())).fetchone()
        assert row is not None
        return str(row[0])
