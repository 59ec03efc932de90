"""The jobs of Bulk Read: what each of them is at, and when it runs.

Nothing changes between two requests. So a job that is due runs, or at least has its snapshot taken, before the next
request is served: as if it had run at its own moment.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from sandbox.zoho.bulk.extract import Extract, extract
from sandbox.zoho.bulk.query import Query
from sandbox.zoho.bulk.sheet import Sheet
from sandbox.zoho.database import Pool
from sandbox.zoho.errors import too_many
from sandbox.zoho.page_tokens import LIFE
from sandbox.zoho.settings import Pace

STATES = ("ADDED", "QUEUED", "IN PROGRESS", "COMPLETED")
FAILURE = "FAILURE"
_RUNS, _DONE = STATES.index("IN PROGRESS"), STATES.index("COMPLETED")
_PATIENCE_S = 5.0
_MINUTE = timedelta(minutes=1)


@dataclass
class Job:
    """One job, and the page token that it ends with.

    Attributes:
        id: Its id.
        user: Who ordered it.
        query: What was ordered.
        sheet: What the CSV shows.
        rows: Most rows in it.
        pace: How fast it goes on.
        created: When it was ordered.
        told: How often its state has been told.
        failed: Whether it came to nothing.
        work: Its running, since it began.
        next_token: Stands for the page after it.
        expires_at: Until when.
    """

    id: str
    user: str
    query: Query
    sheet: Sheet
    rows: int
    pace: Pace
    created: datetime
    told: int = 0
    failed: bool = False
    work: asyncio.Task[Extract] | None = None
    next_token: str = field(default_factory=lambda: token_hex(48))
    expires_at: datetime | None = None

    def stage(self, now: datetime) -> int:
        """How far it is in `STATES`, by polls and by the clock, whichever is behind."""
        by_polls = self.told // self.pace.polls if self.pace.polls else _DONE
        by_clock = (now - self.created) // timedelta(seconds=self.pace.seconds) if self.pace.seconds else _DONE
        return max(0, min(by_polls, by_clock, _DONE))

    def is_due(self, now: datetime) -> bool:
        """Whether it is to run and does not."""
        return self.work is None and not self.failed and self.stage(now) >= _RUNS

    async def result(self, now: datetime) -> Extract | None:
        """What it found, as soon as it is COMPLETED. A big one may keep its caller waiting for some seconds."""
        if self.work is None or self.stage(now) < _DONE:
            return None
        await asyncio.wait([self.work], timeout=_PATIENCE_S)
        if not self.work.done():
            return None
        self.expires_at = self.expires_at or now + LIFE
        return self.work.result()

    def state(self, now: datetime, found: Extract | None) -> str:
        """What it is called now."""
        if self.failed and self.stage(now) == _DONE:
            return FAILURE
        return STATES[_DONE] if found else STATES[min(self.stage(now), _RUNS)]


@dataclass
class Jobs:
    """All jobs, by id.

    Attributes:
        failures: How many of the next jobs that run come to nothing.
    """

    pool: Pool
    by_id: dict[str, Job] = field(default_factory=dict)
    failures: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _downloads: list[datetime] = field(default_factory=list)

    def add(self, job: Job) -> None:
        """Take an order."""
        self.by_id[job.id] = job

    def by_token(self, token: str) -> Job | None:
        """The job whose next page a token stands for, dead or alive."""
        return next((job for job in self.by_id.values() if job.next_token == token and job.expires_at), None)

    async def run_due(self, now: datetime) -> None:
        """Begin every job that is due."""
        if not any(job.is_due(now) for job in self.by_id.values()):
            return
        async with self._turn:
            for job in [job for job in self.by_id.values() if job.is_due(now)]:
                await self._begin(job)

    async def _begin(self, job: Job) -> None:
        if self.failures:
            self.failures, job.failed = self.failures - 1, True
            return
        begun = asyncio.Event()
        work = extract(self.pool, job.query, job.sheet, name=f"{job.id}.csv", rows=job.rows, begun=begun)
        job.work = asyncio.create_task(work)
        await begun.wait()

    def count_download(self, now: datetime, *, most: int) -> None:
        """Let a download pass, or not.

        Raises:
            ZohoError: TOO_MANY_REQUESTS, until the minute of the first of them is over.
        """
        if not self._downloads or now >= self._downloads[0] + _MINUTE:
            self._downloads.clear()
        if len(self._downloads) >= most:
            raise too_many("The downloads of this minute are used up")
        self._downloads.append(now)

    def expire_tokens(self, now: datetime) -> None:
        """End all page tokens."""
        for job in self.by_id.values():
            job.expires_at = job.expires_at and min(job.expires_at, now)

    async def clear(self) -> None:
        """Forget all jobs, also those that run."""
        running = [job.work for job in self.by_id.values() if job.work]
        for work in running:
            work.cancel()
        for made in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(made, Extract):
                made.file.close()
        self.by_id.clear()
        self._downloads.clear()
        self.failures = 0
