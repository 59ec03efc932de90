"""How far a long walk over Zoho's changes had come when its run died: the next run goes on from there.

The watermark stays where it is until a run has read to the end; deletions are read from it in any case.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from flows.attempt import Attempt
from flows.window import iso
from systems.backoffice_answers import CacheEntry
from tasks.parcels import Draft
from tasks.step import logger

CACHE_KEY = "zoho_checkpoint"
KEPT = timedelta(days=30)


def resumed_from(run: Attempt[Any]) -> datetime | None:
    """Where to read changes from: the window's start, or what the last run had reached of the same window.

    A checkpoint counts only under the watermark that it was made under, and for a window that is no wider. A full read
    and one from a given time begin at their beginning.
    """
    start, entry = run.window.start, run.context.cache.get(CACHE_KEY)
    if entry is None or not run.window.movable or run.request.mode == "full" or run.request.since is not None:
        return start
    kept: dict[str, str | None] = entry.value
    reached, began = _read(kept["reached"]), _read(kept["start"])
    if kept["watermark"] != iso(run.window.watermark) or reached is None or _is_wider(start, began):
        return start
    if start is not None and reached <= start:
        return start
    logger.info("Zoho: goes on at %s, where the last run came to an end too early", iso(reached))
    return reached


def note_progress(run: Attempt[Any], draft: Draft) -> None:
    """Notes that everything up to and with this batch has been written."""
    if draft.reached is not None and run.window.movable:
        value = {
            "watermark": iso(run.window.watermark),
            "start": iso(run.window.start),
            "reached": iso(draft.reached),
        }
        run.backoffice.cache_put(CACHE_KEY, value, datetime.now(UTC) + KEPT)
        run.context.cache[CACHE_KEY] = CacheEntry(value=value)


def forget_progress(run: Attempt[Any]) -> None:
    """Nothing is left to go on with: the walk has come to its end."""
    if CACHE_KEY in run.context.cache and run.window.movable:
        run.backoffice.cache_drop(CACHE_KEY)


def _is_wider(start: datetime | None, than: datetime | None) -> bool:
    return than is not None and (start is None or start < than)


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
