"""The portal's own table as its lead API writes it: whom it takes a submission for, and what it overwrites."""

import re
from collections.abc import Mapping
from typing import Self

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from leads.values import Json

PHONE_TAIL = 8
OVERWRITTEN = (
    *("address", "coordinates", "google_maps_link", "household_size", "monthly_bill", "consumption_kwh", "roof_area"),
    *("selected_system", "system_size_kw", "with_battery", "battery_size_kwh", "grant_path", "grant_type"),
    *("grant_amount", "payment_method", "loan_term", "total_price", "monthly_payment", "annual_savings", "notes"),
    *("bill_file_url", "proposal_file_url", "is_gozo", "locality"),
)
"""What a later submission replaces, by nothing where it says nothing; name, e-mail, phone and source stay."""

DEFAULTS: dict[str, Json] = {
    "address": "",
    "with_battery": False,
    "grant_path": True,
    "grant_type": "pv_only",
    "grant_amount": 0,
    "is_gozo": False,
}
INSERTED = ("name", "email", "phone", "source", "zoho_lead_id", *OVERWRITTEN)

FIND = """
select * from leads
where (%(zoho)s <> '' and zoho_lead_id = %(zoho)s)
    or email = %(email)s
    or right(regexp_replace(phone, '[^0-9]', '', 'g'), 8) = %(tail)s
    or lower(name) = lower(%(name)s)
order by
    case
        when %(zoho)s <> '' and zoho_lead_id = %(zoho)s then 1
        when email = %(email)s then 2
        when right(regexp_replace(phone, '[^0-9]', '', 'g'), 8) = %(tail)s then 3
        else 4
    end,
    created_at desc
limit 1
"""


class Rows:
    """The table over one connection."""

    def __init__(self, connection: psycopg.Connection[DictRow]) -> None:
        self._connection = connection

    @classmethod
    def open(cls, dsn: str) -> "Rows":
        """Connect; every statement is a transaction of its own."""
        return cls(psycopg.connect(dsn, autocommit=True, row_factory=dict_row))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def find(self, said: Mapping[str, Json]) -> DictRow | None:
        """The newest row that the portal takes a submission for: by Zoho id, e-mail, phone, name, in this order."""
        tail = re.sub(r"\D", "", str(said["phone"]))[-PHONE_TAIL:]
        keys = {"zoho": said.get("zoho_lead_id") or "", "tail": tail, "email": said["email"], "name": said["name"]}
        return self._connection.execute(FIND, keys).fetchone()

    def overwrite(self, row_id: object, said: Mapping[str, Json]) -> None:
        """Put a later submission over a row."""
        values = {name: said.get(name, DEFAULTS.get(name)) for name in OVERWRITTEN} | {"status": "qualified"}
        sets = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(k), sql.Placeholder(k)) for k in values)
        statement = sql.SQL("update leads set {} where id = %(id)s").format(sets)
        self._connection.execute(statement, {**_adapted(values), "id": row_id})

    def insert(self, said: Mapping[str, Json]) -> object:
        """Make a row; give its id."""
        values = {name: said.get(name, DEFAULTS.get(name)) for name in INSERTED} | {"status": "new"}
        statement = sql.SQL("insert into leads ({}) values ({}) returning id").format(
            sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
        )
        row = self._connection.execute(statement, _adapted(values)).fetchone()
        return row and row["id"]


def _adapted(values: Mapping[str, Json]) -> dict[str, object]:
    return {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in values.items()}
