"""An export of all leads, as the primary flow begins or goes on with one where Zoho has many."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from flows.attempt import Attempt
from flows.window import iso
from systems.errors import LeadsyncError
from systems.settings import ZohoSettings
from systems.zoho import Count, Zoho
from systems.zoho_bulk import ZohoBulk
from systems.zoho_export import Export, Orders

CACHE_KEY = "zoho_export"

KEPT = timedelta(hours=20)
"""After this an export is begun anew: Zoho's page tokens live for a day."""


class _Kept(BaseModel):
    fingerprint: str
    begun: datetime
    fields: tuple[str, ...]
    jobs: tuple[str, ...]


def export_of(run: Attempt[ZohoSettings], zoho: Zoho, fields: tuple[str, ...]) -> Export | None:
    """The export that a run reads by: one that an earlier run ordered, or a new one; None where pages do.

    Pages do for a run that does not read everything, that stops early, or that meets few leads, and where Zoho gives no
    export: that costs more calls, so it is noted.
    """
    if run.window.start is not None or 0 < run.request.maximum <= run.tunables.export_above:
        return None
    ordered = _ordered(run, fields)
    try:
        if ordered is None:
            count = zoho.count()
            if count.leads <= run.tunables.export_above:
                return None
            ordered = Orders(begun=_begun(run, count), fields=fields)
        export = Export(ZohoBulk(zoho.api), ordered, lambda orders: _keep(run, orders))
        if not ordered.jobs:
            export.order()
    except LeadsyncError as error:
        run.note(f"Zoho: all leads are read by pages, because no export can be had: {error.cause}. {error.cure}")
        return None
    return export


def _begun(run: Attempt[ZohoSettings], count: Count) -> datetime:
    """A time that surely lies before the first job: Zoho's clock, as far as the overlap allows for its errors."""
    overlap = timedelta(minutes=run.tunables.overlap_minutes)
    return min(count.date or run.context.now, datetime.now(UTC)).replace(microsecond=0) - overlap


def _ordered(run: Attempt[ZohoSettings], fields: tuple[str, ...]) -> Orders | None:
    entry = run.context.cache.get(CACHE_KEY)
    try:
        kept = _Kept.model_validate(entry.value) if entry is not None else None
    except ValidationError:
        return None
    if kept is None or kept.fingerprint != run.settings.fingerprint() or kept.fields != fields:
        return None
    run.note(f"Zoho: goes on with the export that an earlier run ordered at {iso(kept.begun)}")
    return Orders(begun=kept.begun, fields=kept.fields, jobs=kept.jobs)


def _keep(run: Attempt[Any], orders: Orders | None) -> None:
    if run.request.dry_run:
        return
    if orders is None:
        run.backoffice.cache_drop(CACHE_KEY)
        return
    kept = _Kept(fingerprint=run.settings.fingerprint(), begun=orders.begun, fields=orders.fields, jobs=orders.jobs)
    run.backoffice.cache_put(CACHE_KEY, kept.model_dump(mode="json"), orders.begun + KEPT)
