"""An export of all leads: jobs of Bulk Read, one after the other, remembered so that a crash orders none twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO

from systems.errors import Unavailable, WalkBroken
from systems.zoho_answers import SYSTEM
from systems.zoho_bulk import Job, ZohoBulk
from systems.zoho_sheet import check


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What has been ordered.

    Attributes:
        begun: Zoho's clock before the first order: what changes later is not surely in the export.
        fields: API names that are exported.
        jobs: ids of the jobs so far, 200,000 leads each.
    """

    begun: datetime
    fields: tuple[str, ...]
    jobs: tuple[str, ...] = ()


class Export:
    """Orders what is needed and fetches it, part by part.

    Args:
        bulk: the client.
        orders: what has been ordered by now.
        keep: told of each change of the orders; None: there are none any more.
    """

    def __init__(self, bulk: ZohoBulk, orders: Orders, keep: Callable[[Orders | None], None]) -> None:
        self._bulk = bulk
        self._keep = keep
        self.orders = orders

    @property
    def begun(self) -> datetime:
        """From when on changes have to be read besides."""
        return self.orders.begun

    def order(self, *, after: Job | None = None) -> None:
        """Orders the next job.

        Args:
            after: how the job before ended; None for the first.

        Raises:
            Unavailable: Zoho does not go on after that job; everything has to be ordered again.
        """
        page, token = len(self.orders.jobs) + 1, after.token if after else None
        with self._still_known():
            job_id = self._bulk.order(self.orders.fields, page=page, token=token)
        self._remember(replace(self.orders, jobs=(*self.orders.jobs, job_id)))

    def look(self, part: int) -> Job:
        """How a part's job stands.

        Args:
            part: its number, from 0; its job has been ordered.

        Raises:
            Unavailable: the job failed or is gone; everything has to be ordered again.
        """
        with self._still_known():
            job = self._bulk.job(self.orders.jobs[part])
        if job.has_failed:
            self.forget()
            raise Unavailable(SYSTEM, "it could not make an export", "The next try orders another.", code=job.state)
        return job

    def fetch(self, part: int, into: IO[bytes]) -> None:
        """Fetches what a part's job made.

        Raises:
            Unavailable: it did not arrive whole.
        """
        with self._still_known():
            self._bulk.download(self.orders.jobs[part], into)
        check(into)

    def forget(self) -> None:
        """Nothing that was ordered is of use any more."""
        self._keep(None)
        self.orders = replace(self.orders, jobs=())

    def _remember(self, orders: Orders) -> None:
        self._keep(orders)
        self.orders = orders

    @contextmanager
    def _still_known(self) -> Iterator[None]:
        """Zoho keeps jobs and page tokens for a day or so."""
        try:
            yield
        except WalkBroken as error:
            self.forget()
            cause, cure = "it does not know an export any more", "The next try orders another."
            raise Unavailable(SYSTEM, cause, cure, code=error.code) from error
