"""What a CSV shows of leads: its columns and its cells (§5)."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.zoho.render import KeptLead, Renderer

_HEAD = "Id"
_JOIN = ";"
_UNDOCUMENTED_TIMES = ("System_Modified_Time", "User_Modified_Time", "LAST_ACTION_TIME")
_UNDOCUMENTED = (
    *_UNDOCUMENTED_TIMES, "LAST_ACTION", "System_Related_Activity_Time", "User_Related_Activity_Time",
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """The columns that a job asked for, or all there are, and how leads are told in them."""

    renderer: Renderer
    fields: tuple[str, ...] | None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """API names, without the id; all of them come with some that are not documented."""
        if self.fields is not None:
            return self.fields
        hidden = {"id", *self.renderer.catalog.single_only}
        return (*(name for name in self.renderer.catalog.fields if name not in hidden), "$converted", *_UNDOCUMENTED)

    def head(self) -> str:
        """The first line."""
        return _lines([[_HEAD, *self.columns]])

    def lines(self, rows: Iterable[Mapping[str, Any]]) -> str:
        """The lines of some rows of the database."""
        leads = [KeptLead.of(row) for row in rows]
        shown = self.renderer.chosen(leads, self.columns)
        if self.fields is None:
            shown = [{**each, **self._undocumented(lead)} for lead, each in zip(leads, shown, strict=True)]
        return _lines([_cell(each.get(name)) for name in ("id", *self.columns)] for each in shown)

    def _undocumented(self, lead: KeptLead) -> dict[str, str]:
        return dict.fromkeys(_UNDOCUMENTED_TIMES, self.renderer.clock.tell(lead.modified_time))


def _lines(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: object) -> object:
    tell = _TELL.get(type(value))
    return tell(value) if tell else value


def _part(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("name", ""))
    return value if isinstance(value, str) else json.dumps(value)


# By exact type, since there are ten million cells in a big file.
_TELL: Mapping[type, Callable[[Any], object]] = {
    bool: lambda value: "true" if value else "false",
    dict: lambda value: value.get("id"),
    list: lambda value: _JOIN.join(map(_part, value)),
}
