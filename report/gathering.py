"""Asking the three systems for what the page shows. One that does not answer stops nothing."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock

from leads.sources import Source
from report.calendar import DAYS, NAME
from report.picture import Counted, Picture
from systems.backoffice import Backoffice
from systems.errors import LeadsyncError
from systems.portal import Portal
from systems.report_answers import Report
from systems.settings import MISSING, BackofficeSettings, PortalSettings, Problem, Tunables, ZohoSettings, read
from systems.token_cache import CachedTokens
from systems.zoho import Zoho
from tasks.defects import safe_error

IMPATIENT = {"request_timeout": 8.0, "connect_timeout": 3.0, "retry_attempts": 1}
"""Somebody waits for the page, and what a source does not say is shown as such."""

SECONDS = 15 * 60.0
"""How long a source's count is told again by a process that goes on: each one costs a credit of Zoho's."""


class Gatherer:
    """Makes pictures. Safe to share between threads.

    Args:
        backoffice: the client.
        tunables: those of all clients.
        clock: seconds that only ever go up.

    Attributes:
        error: why the backoffice did not tell what the last picture needed; None if it did.
    """

    error: LeadsyncError | None = None

    def __init__(
        self, backoffice: Backoffice, tunables: Tunables, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._backoffice = backoffice
        self._tunables = tunables
        self._clock = clock
        self._lock = Lock()
        self._counted: Mapping[Source, Counted] = {}
        self._until = float("-inf")

    def picture(self) -> Picture:
        """Asks all three at once."""
        with self._lock, ThreadPoolExecutor(3) as pool:
            told = pool.submit(self._report)
            if self._clock() >= self._until:
                asked = {source: pool.submit(_counted, ask) for source, ask in self._sources().items()}
                self._counted = {source: answer.result() for source, answer in asked.items()}
                self._until = self._clock() + SECONDS
            report = told.result()
        return Picture(
            at=datetime.now(UTC),
            report=report,
            problem="" if self.error is None else str(self.error),
            counted=self._counted,
        )

    def _report(self) -> Report | None:
        self.error = None
        try:
            return self._backoffice.report(NAME, DAYS)
        except Exception as error:  # noqa: BLE001 - the page is made whatever happens
            self.error = safe_error(error)
            return None

    def _sources(self) -> Mapping[Source, Callable[[], int | str]]:
        return {Source.ZOHO: self._zoho, Source.PORTAL: self._portal}

    def _zoho(self) -> int | str:
        settings = read(ZohoSettings)
        if isinstance(settings, list):
            return _without(settings)
        with Zoho(settings, tunables=self._tunables, store=self._tokens(settings)) as zoho:
            return zoho.count().leads

    def _tokens(self, settings: ZohoSettings) -> CachedTokens | None:
        """The kept token; None where the backoffice is away, which leaves minting one that nobody keeps."""
        try:
            return CachedTokens(settings, self._backoffice.context().cache, self._backoffice)
        except LeadsyncError:
            return None

    def _portal(self) -> int | str:
        settings = read(PortalSettings)
        if isinstance(settings, list):
            return _without(settings)
        with Portal(settings, tunables=self._tunables) as portal:
            return portal.count()


@contextmanager
def gathering(settings: BackofficeSettings, tunables: Tunables) -> Iterator[Gatherer]:
    """A gatherer with clients that do not wait for long."""
    impatient = tunables.model_copy(update=IMPATIENT)
    with Backoffice(settings, tunables=impatient) as backoffice:
        yield Gatherer(backoffice, impatient)


def _counted(ask: Callable[[], int | str]) -> Counted:
    """What a source says: its number of leads, or why it cannot be asked."""
    at = datetime.now(UTC)
    try:
        told = ask()
    except Exception as error:  # noqa: BLE001 - the page is made whatever happens
        return Counted(problem=f"It does not say: {safe_error(error).cause}.", at=at)
    return Counted(problem=told, at=at) if isinstance(told, str) else Counted(leads=told, at=at)


def _without(problems: list[Problem]) -> str:
    """Why a source is not asked where its settings are not complete."""
    names = ", ".join(problem.name for problem in problems)
    if all(problem.what == MISSING for problem in problems):
        return f"Not asked: {names} {'is' if len(problems) == 1 else 'are'} not set here."
    return f"Not asked: {', '.join(map(str, problems))}."
