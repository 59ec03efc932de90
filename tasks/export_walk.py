"""A walk over an export: it waits for Zoho's jobs, fetches what they made, and hands it over in batches."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from systems.errors import Unavailable
from systems.zoho_answers import SYSTEM
from systems.zoho_bulk import Job
from systems.zoho_export import Export
from systems.zoho_lookups import Lookups
from systems.zoho_sheet import rows
from tasks.parcels import Haul
from tasks.step import logger

if TYPE_CHECKING:
    from leads.values import Json

GROWTH = 1.6
"""Each wait for a job is this much longer than the one before."""

ONE_STEP = 60.0
"""Seconds that one step of the walk waits for a job: it hands over nothing then, and the next one goes on waiting."""


@dataclass(frozen=True, kw_only=True)
class Waits:
    """How a job is waited for, in seconds.

    Attributes:
        first: before the second look.
        longest: between two looks at most.
        total: for one job; Zoho usually takes minutes.
    """

    first: float
    longest: float
    total: float


class ExportWalk:
    """Hands over all leads as they stood when the jobs ran. A failed step can be repeated.

    Args:
        export: the jobs.
        types: API name → data type.
        lookups: names looked-up records.
        batch_size: records in one read.
        waits: how to wait for a job.
        beat: says that the attempt is alive.

    Attributes:
        ended: whether there is nothing more to read.
    """

    ended: bool
    _part: int
    _job: Job | None
    _rows: "Iterator[dict[str, Json]] | None"
    _batch: "list[dict[str, Json]] | None"
    """Read from the rows, and not handed over yet."""

    def __init__(
        self,
        export: Export,
        *,
        types: Mapping[str, str],
        lookups: Lookups,
        batch_size: int,
        waits: Waits,
        beat: Callable[[], None],
    ) -> None:
        self._export = export
        self._types = types
        self._lookups = lookups
        self._batch_size = batch_size
        self._waits = waits
        self._beat = beat
        self._reads = 0
        self._restart()

    def __str__(self) -> str:
        return f"exported batch {self._reads + 1}"

    def read(self) -> Haul:
        """The next batch; none while Zoho is still at it."""
        if self._rows is None and not self._opened():
            return Haul(self._reads, [])
        if self._rows is not None and self._batch is None:
            self._batch = list(islice(self._rows, self._batch_size))
        batch = self._batch or []
        self._lookups.name(batch)
        self._batch = None
        self._reads += 1
        if len(batch) < self._batch_size:
            self._next_part()
        return Haul(self._reads, list(batch), read_from=self._export.orders.begun)

    def _restart(self) -> None:
        self._part = 0
        self._waited, self._wait = 0.0, self._waits.first
        self._job = self._rows = self._batch = None
        self.ended = False

    def _next_part(self) -> None:
        self._part += 1
        self._waited, self._wait = 0.0, self._waits.first
        self._rows = None
        self.ended = self._job is None or not self._job.more

    def _opened(self) -> bool:
        """Whether this part's rows can be read now."""
        if not self._export.orders.jobs:
            self._restart()
        if len(self._export.orders.jobs) == self._part:
            self._export.order(after=self._job)
        self._job = self._awaited()
        if not self._job.is_completed:
            logger.info("fetch-zoho: the export is %s", self._job.state)
            return False
        file = TemporaryFile()  # noqa: SIM115 - lives as long as its rows are read
        try:
            self._export.fetch(self._part, file)
        except BaseException:
            file.close()
            raise
        self._rows = _read_once(file, self._types)
        return True

    def _awaited(self) -> Job:
        until = self._waited + ONE_STEP
        job = self._look()
        while not job.is_completed and self._waited < until:
            if self._waited >= self._waits.total:
                cause = f"an export is not ready after {self._waits.total / 60:.0f} minutes"
                raise Unavailable(SYSTEM, cause, "The next run goes on with it.")
            time.sleep(self._wait)
            self._waited += self._wait
            self._wait = min(self._wait * GROWTH, self._waits.longest)
            job = self._look()
        return job

    def _look(self) -> Job:
        self._beat()
        return self._export.look(self._part)


def _read_once(file: IO[bytes], types: Mapping[str, str]) -> "Iterator[dict[str, Json]]":
    with file:
        yield from rows(file, types)
