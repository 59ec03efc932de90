"""Zoho as the primary flow reads it: the fields that the organisation has, its changed and its deleted leads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flows.attempt import Attempt
from flows.checkpoint import forget_progress, resumed_from
from flows.outcome import Remark
from flows.window import clock_is_off, source_end
from flows.zoho_export import export_of
from leads.fields import zoho_names
from systems.settings import ZohoSettings
from systems.token_cache import CachedTokens
from systems.zoho import Zoho, available
from systems.zoho_lookups import Lookups
from systems.zoho_reader import ZohoReader
from tasks.export_walk import ExportWalk, Waits
from tasks.fetch_zoho import DeletedWalk, ZohoWalk
from tasks.parcels import Haul, Walk
from tasks.recall import Chain

CACHE_KEY = "zoho_fields"
CACHE_TIME = timedelta(days=1)


class ZohoSource:
    """What the primary flow reads: what changed first, then what was deleted.

    Args:
        run: the attempt.
        zoho: the client.

    Attributes:
        walked: the walk over changes begun last, which is the one whose batches are written.
        deleted: the walk over deletions.
        export: what a read of many leads goes by; None where pages do.
    """

    walked: ZohoWalk

    def __init__(self, run: Attempt[ZohoSettings], zoho: Zoho) -> None:
        self._run = run
        self._zoho = zoho
        self._types = _types(run, zoho)
        self._fields = _fields(run, self._types)
        self.deleted = DeletedWalk(zoho, since=run.window.start)
        self.export = export_of(run, zoho, self._fields)
        self._since = self.export.begun if self.export else resumed_from(run)

    def changed(self) -> Walk[Haul]:
        """A fresh walk: what a person asked to take up again, all leads if they are exported, and what changed."""
        size = self._run.tunables.batch_size
        reader = ZohoReader(self._zoho, fields=self._fields, batch_size=size)
        self.walked = ZohoWalk(reader, since=self._since, maximum=self._run.request.maximum)
        return Chain(*self._run.recalled(), *self._exported(size), self.walked)

    def _exported(self, size: int) -> list[ExportWalk]:
        if self.export is None:
            return []
        tunables = self._run.tunables
        waits = Waits(
            first=tunables.retry_first_wait, longest=tunables.retry_longest_wait, total=tunables.export_minutes * 60
        )
        lookups = Lookups(self._zoho, fields=self._fields, types=self._types)
        beat = self._run.desk.beat if not self._run.request.dry_run else _nothing
        walk = ExportWalk(self.export, types=self._types, lookups=lookups, batch_size=size, waits=waits, beat=beat)
        return [walk]


@contextmanager
def zoho_source(run: Attempt[ZohoSettings]) -> Iterator[ZohoSource]:
    """Opens Zoho for a run; a dry run leaves no token and no field list behind."""
    tokens = CachedTokens(run.settings, run.context.cache, None if run.request.dry_run else run.backoffice)
    with Zoho(run.settings, tunables=run.tunables, store=tokens) as zoho:
        run.meter = zoho.api.meter
        yield ZohoSource(run, zoho)


def note_all(run: Attempt[ZohoSettings], source: ZohoSource) -> None:
    """Everything has been read and written: nothing is left for a next run to go on with."""
    forget_progress(run)
    if source.export is not None:
        source.export.forget()


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


def _fields(run: Attempt[ZohoSettings], known: Mapping[str, str]) -> tuple[str, ...]:
    """The fields to ask for: those of ours that the organisation has."""
    kept, lacking = available(zoho_names(), known)
    if lacking:
        run.note(f"Zoho: the organisation lacks the fields {', '.join(lacking)}; they are left out")
    return kept


def _types(run: Attempt[ZohoSettings], zoho: Zoho) -> Mapping[str, str]:
    """The organisation's fields and their types, asked at most once a day; other credentials are another organisation.

    Only those that leadsync asks for are kept.
    """
    fingerprint = run.settings.fingerprint()
    entry = run.context.cache.get(CACHE_KEY)
    if entry is not None and entry.value.get("fingerprint") == fingerprint and "types" in entry.value:
        kept: dict[str, str] = entry.value["types"]
        return kept
    told = zoho.field_types()
    types = {name: told[name] for name in zoho_names() if name in told}
    if not run.request.dry_run:
        value = {"fingerprint": fingerprint, "types": types}
        run.backoffice.cache_put(CACHE_KEY, value, datetime.now(UTC) + CACHE_TIME)
    return types


def _nothing() -> None:
    """A dry run has no attempt that could say that it is alive."""
