"""Whether the data are fresh, for a watch that asks often: the backoffice is asked at most every few seconds."""

import asyncio
import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from deployments.cron.answers import failure, success, unavailable
from deployments.syncs import SYNCS
from flows.freshness import Standing, standings
from systems.backoffice_answers import Freshness
from systems.errors import LeadsyncError
from tasks.defects import safe_error

SECONDS = 10.0
"""How long an answer of the backoffice, or its failure to give one, is told again."""

FLOWS = {which: sync.flow for which, sync in SYNCS.items()}

logger = logging.getLogger("leadsync.cron")


class Health:
    """`/healthz`: 200 while both flows are fresh, 503 while one is stale or the backoffice does not say.

    `?flow=primary` or `?flow=backup` asks for one of them, as while the other is paused.
    """

    def __init__(self, ask: Callable[[], Freshness], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = asyncio.Lock()
        self._told: list[Standing] | LeadsyncError = []
        self._until = float("-inf")

    async def answer(self, request: Request) -> Response:
        """Answers a request."""
        which = request.query_params.get("flow")
        if which not in (None, *FLOWS):
            return failure(HTTPStatus.BAD_REQUEST, f"flow is {' or '.join(FLOWS)}")
        async with self._lock:
            if self._clock() >= self._until:
                self._told = await run_in_threadpool(self._look)
                self._until = self._clock() + SECONDS
            told = self._told
        if isinstance(told, LeadsyncError):
            return unavailable("The backoffice does not say", status="unknown")
        return _judged([standing for standing in told if which is None or standing.flow == FLOWS[which]])

    def _look(self) -> list[Standing] | LeadsyncError:
        try:
            return list(standings(self._ask()))
        except Exception as error:  # noqa: BLE001 - the endpoint answers whatever happens
            told = safe_error(error)
            logger.warning("/healthz: %s", told)
            return told


def _judged(told: list[Standing]) -> Response:
    flows = {standing.flow: standing.as_json() for standing in told}
    complaints = [standing.complaint for standing in told if not standing.fresh]
    if complaints:
        return unavailable(f"Stale: {', '.join(complaints)}", status="stale", flows=flows)
    return success(status="fresh", flows=flows)
