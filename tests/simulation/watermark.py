"""Invariant 6: the watermark never passes a record that is not accounted for, and never moves back."""

from typing import TYPE_CHECKING

from leads.columns import Columns
from leads.parsing import parse
from leads.sources import Source
from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World
    from tests.simulation.zoho import Fields

WATERMARK = "select (select watermark from leadsync.watermarks where source = 'zoho')"
DIGESTS = "select source_id, digest from leadsync.records where source = 'zoho'"
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


def digest(world: "World", source: Source, content: "Fields") -> str:
    """What the content is remembered by."""
    if id(content) not in world.digests:
        world.digests[id(content)] = parse(source, content, columns_of(world)).digest
    return world.digests[id(content)]


def key_of(world: "World", source: Source, content: "Fields") -> str:
    """The key of the record's row: its id as it came, or what stands for one."""
    named = content["id"]
    return named.lower() if isinstance(named, str) else f"digest:{digest(world, source, content)}"


def check_watermark(world: "World") -> None:
    """After an attempt has ended: every lead modified before the watermark is known as it was then, or newer."""
    watermark = world.database.value(WATERMARK)
    if watermark == world.watermark:
        return
    if world.watermark is not None and (watermark is None or watermark < world.watermark):
        raise Violation("6 the watermark", "it moved back")
    world.watermark = watermark
    known = dict(world.database.rows(DIGESTS))
    for lead in world.zoho.leads.values():
        if lead.was_gone:
            continue
        before = [index for index, modified in enumerate(lead.stamps) if modified < watermark]
        if not before:
            continue
        accepted = {digest(world, Source.ZOHO, content) for content in lead.contents[before[-1] :]}
        if not any(known.get(key_of(world, Source.ZOHO, content)) in accepted for content in lead.contents):
            raise Violation("6 the watermark", "it passed a lead that is not accounted for")
