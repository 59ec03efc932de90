"""How the product reads a record of this backoffice: what it is remembered by."""

from typing import TYPE_CHECKING, Any

from leads.columns import Columns
from leads.parsing import parse
from leads.sources import Source

if TYPE_CHECKING:
    from tests.simulation.world import World

Fields = dict[str, Any]
COLUMNS = "select name, length, nullable, default_value is not null from leadsync.lead_columns"
_columns: list[Columns] = []


def columns_of(world: "World") -> Columns:
    """The live table, asked once."""
    if not _columns:
        live = {
            name: {"length": length, "nullable": nullable, "default": default}
            for name, length, nullable, default in world.database.rows(COLUMNS)
        }
        _columns.append(Columns.of(live))
    return _columns[0]


def digest(world: "World", source: Source, content: Fields) -> str:
    """What the content is remembered by."""
    if id(content) not in world.digests:
        world.digests[id(content)] = parse(source, content, columns_of(world)).digest
    return world.digests[id(content)]


def key_of(world: "World", source: Source, content: Fields) -> str:
    """The key of the record's row: its id as it came, or what stands for one."""
    named = content["id"]
    return named.lower() if isinstance(named, str) else f"digest:{digest(world, source, content)}"
