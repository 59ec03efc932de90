"""Comparing one source with the backoffice: a full read, as an attempt of its own that may also heal."""

from collections.abc import Callable, Iterator
from typing import Any

from flows.attempt import Attempt
from leads.census import Census, Finding, Kind
from leads.sources import Source
from tasks.load_backoffice import load_backoffice
from tasks.parcels import Deletions, Draft, Parcel

NAMES = {Source.ZOHO: "reconcile-zoho", Source.PORTAL: "reconcile-portal"}
"""Under which name the attempt for each source is on record."""

PAGE = 10_000
"""Records in one look at what the backoffice knows."""

MOST_DOUBLES = 1_000
"""Groups of leads that share a key; a backoffice with more has a problem of another size."""


class Comparison:
    """Goes with a run that reads everything, and notes how source and backoffice differ.

    Args:
        run: the attempt; a dry one heals nothing.
        note: takes each difference.
    """

    def __init__(self, run: Attempt[Any], note: Callable[[Finding], None]) -> None:
        self._run = run
        self._note = note
        self._census = Census(run.source, run.context.watermarks.get(run.source.value))

    def take(self, draft: Draft) -> None:
        """Notes what a batch says of differences, and writes it unless the run is dry."""
        for finding in self._census.take(draft.plan):
            self._note(finding)
        self._settle(draft)

    def settle_deleted(self, deletions: Deletions) -> None:
        """Records that the source says to be deleted are no differences."""
        self._census.present |= {str(record["source_id"]) for record in deletions.records}
        self._settle(deletions)

    def settle_gone(self) -> None:
        """Notes the records that the source does not have any more, and marks them as deleted unless the run is dry."""
        for number, page in enumerate(self._known(), 1):
            gone = list(self._census.gone(page))
            for finding in gone:
                self._note(finding)
            if gone:
                self._settle(Deletions(number, [{"source_id": one.record, "deleted_time": None} for one in gone]))

    def note_doubles(self) -> None:
        """Notes the leads that share an id or an address."""
        for double in self._run.backoffice.doubles(MOST_DOUBLES).first:
            self._note(Finding(kind=Kind.DOUBLE, leads=double.leads, cause=f"they share their {double.key}"))

    def _settle(self, parcel: Parcel) -> None:
        if self._run.request.dry_run:
            self._run.show(parcel)
        else:
            self._run.counts += load_backoffice(self._run.desk, parcel)

    def _known(self) -> Iterator[list[tuple[str, str | None]]]:
        after = ""
        while page := self._run.backoffice.known(self._run.source, self._run.context.now, after, PAGE):
            yield [(record.source_id, record.lead_id) for record in page]
            after = page[-1].source_id
