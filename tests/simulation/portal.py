"""The sales portal in memory: rows by id, whose `updated_at` stays what it was at first."""

from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from tests.simulation.clock import Clock
from tests.simulation.runs import Caller

PAGE_SIZE = 3
Row = dict[str, Any]


@dataclass
class PortalRow:
    """A row, the person that it is of, and all that it has said, the newest last."""

    id: str
    person: int
    fields: Row
    created: datetime
    contents: list[Row] = field(default_factory=list)
    gone: bool = False


@dataclass
class Portal:
    """The table `leads`."""

    clock: Clock
    rows: dict[str, PortalRow] = field(default_factory=dict)

    def create(self, row_id: str, person: int, fields: Row, created: datetime) -> PortalRow:
        times = {"created_at": created.isoformat(), "updated_at": self.clock.now.isoformat()}
        row = PortalRow(row_id, person, {**times, **fields}, created)
        self.rows[row_id] = row
        row.contents.append(self.shown(row))
        return row

    def change(self, row: PortalRow, fields: Row) -> None:
        row.fields = {**row.fields, **fields}
        row.contents.append(self.shown(row))

    def page(self, after: str | None, limit: int) -> list[Row]:
        ids = sorted(i for i, row in self.rows.items() if not row.gone and (after is None or i > after))
        return [self.shown(self.rows[i]) for i in ids[: min(limit, PAGE_SIZE)]]

    def shown(self, row: PortalRow) -> Row:
        return {"id": row.id, **row.fields}


class PortalClient:
    """`systems.portal.Portal` without HTTP."""

    def __init__(self, portal: Portal, call: Caller) -> None:
        self._portal = portal
        self._call = call

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def rows(self, after: str | None = None, limit: int = PAGE_SIZE) -> list[Row]:
        return self._call("portal page", lambda: self._portal.page(after, limit), {})

    def installation_id(self) -> str | None:
        return None
