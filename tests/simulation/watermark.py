"""Invariant 6: the watermark never passes a record that is not accounted for, and never moves back."""

from typing import TYPE_CHECKING

from leads.sources import Source
from tests.simulation.columns import digest, key_of
from tests.simulation.privacy import is_buried
from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

WATERMARK = "select (select watermark from leadsync.watermarks where source = 'zoho')"
DIGESTS = "select source_id, digest from leadsync.records where source = 'zoho'"


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
        before = [index for index, modified in enumerate(lead.stamps) if modified < watermark]
        if lead.was_gone or not before:
            continue
        since = lead.contents[before[-1] :]
        if any(is_buried(world, Source.ZOHO, content) for content in since):
            continue
        accepted = {digest(world, Source.ZOHO, content) for content in since}
        if not any(known.get(key_of(world, Source.ZOHO, content)) in accepted for content in lead.contents):
            raise Violation("6 the watermark", "it passed a lead that is not accounted for")
