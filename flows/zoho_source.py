"""Zoho as the primary flow reads it: the fields that the organisation has, its changed and its deleted leads."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flows.attempt import Attempt
from flows.outcome import Remark
from flows.window import clock_is_off, source_end
from leads.fields import zoho_names
from systems.settings import ZohoSettings
from systems.token_cache import CachedTokens
from systems.zoho import Zoho, available
from systems.zoho_reader import ZohoReader
from tasks.fetch_zoho import DeletedWalk, ZohoWalk
from tasks.parcels import Haul, Walk
from tasks.recall import Chain, Recalled

CACHE_KEY = "zoho_fields"
CACHE_TIME = timedelta(days=1)


class ZohoSource:
    """What the primary flow reads: what changed first, then what was deleted.

    Args:
        zoho: the client.
        reader: reads changed leads in batches.
        recalled: makes the walk over what a person asked to take up again.
        since: where to begin; None for the first lead ever.
        maximum: changed leads in all; 0 for every one.

    Attributes:
        walked: the walk over changes begun last, which is the one whose batches are written.
        deleted: the walk over deletions.
    """

    def __init__(
        self, zoho: Zoho, reader: ZohoReader, recalled: Recalled, *, since: datetime | None, maximum: int
    ) -> None:
        self._reader = reader
        self._recalled = recalled
        self._since = since
        self._maximum = maximum
        self.walked: ZohoWalk
        self.deleted = DeletedWalk(zoho, since=since)

    def changed(self) -> Walk[Haul]:
        """A fresh walk over what a person asked to take up again, and then over everything that changed."""
        self.walked = ZohoWalk(self._reader, since=self._since, maximum=self._maximum)
        return Chain(*self._recalled(), self.walked)


@contextmanager
def zoho_source(run: Attempt[ZohoSettings]) -> Iterator[ZohoSource]:
    """Opens Zoho for a run; a dry run leaves no token and no field list behind."""
    asked = run.request
    tokens = CachedTokens(run.settings, run.context.cache, None if asked.dry_run else run.backoffice)
    with Zoho(run.settings, tunables=run.tunables, store=tokens) as zoho:
        reader = ZohoReader(zoho, fields=_fields(run, zoho), batch_size=run.tunables.batch_size)
        yield ZohoSource(zoho, reader, run.recalled, since=run.window.start, maximum=asked.maximum)


def note_end(run: Attempt[ZohoSettings], source: ZohoSource) -> None:
    """Says up to when changes have been read; a clock that is off is worth a person's look."""
    walk = source.walked
    if walk.asked is None:
        return
    before, after = walk.asked
    if clock_is_off(walk.answered, before, after):
        cure = "Check the clock of the machine that runs leadsync."
        run.remark(Remark(system="Zoho", cause="its clock and ours differ by more than 5 minutes", cure=cure))
    if not run.request.maximum:
        run.read_until(source_end(answered=walk.answered, started=run.context.now, now=after))


def note_deleted(run: Attempt[ZohoSettings], source: ZohoSource) -> None:
    """Says so if Zoho listed only a part of the deletions."""
    if source.deleted.cut:
        run.note("Zoho: it lists only the first of so many deleted leads; the others are not marked")


def _fields(run: Attempt[ZohoSettings], zoho: Zoho) -> tuple[str, ...]:
    """The fields to ask for: those of ours that the organisation has."""
    kept, lacking = available(zoho_names(), _known(run, zoho))
    if lacking:
        run.note(f"Zoho: the organisation lacks the fields {', '.join(lacking)}; they are left out")
    return kept


def _known(run: Attempt[ZohoSettings], zoho: Zoho) -> frozenset[str]:
    """The organisation's field names, asked at most once a day; other credentials are another organisation."""
    fingerprint = run.settings.fingerprint()
    entry = run.context.cache.get(CACHE_KEY)
    if entry is not None and entry.value.get("fingerprint") == fingerprint:
        return frozenset(entry.value["names"])
    names = zoho.field_names()
    if not run.request.dry_run:
        value = {"fingerprint": fingerprint, "names": sorted(names)}
        run.backoffice.cache_put(CACHE_KEY, value, datetime.now(UTC) + CACHE_TIME)
    return names
