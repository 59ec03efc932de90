"""The report over HTTP: for whoever has the secret, or a link that was made with it and has not expired."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from deployments.cron.door import Door
from report.page import POLICY, page
from report.picture import Picture
from systems.report_link import Judgement, judged

SECONDS = 15.0
"""How long a page is shown again, so that an impatient reader does not ask the systems each time."""

EXPIRED = "This link has expired; a newer run or message has a newer one"

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class ReportPage:
    """`/report`: 200 with the page, 503 with one that says what is wrong where the backoffice does not answer.

    Args:
        door: who is let in.
        gather: asks the systems; raises nothing.
        clock: seconds that only ever go up.
    """

    def __init__(
        self, door: Door, gather: Callable[[], Picture], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._door = door
        self._gather = gather
        self._clock = clock
        self._lock = asyncio.Lock()
        self._shown: tuple[HTTPStatus, str] | None = None
        self._until = float("-inf")

    async def answer(self, request: Request) -> Response:
        """Answers a request."""
        if refusal := self._refusal(request):
            return refusal
        status, text = await self._page()
        return HTMLResponse(text, status, HEADERS)

    def _refusal(self, request: Request) -> Response | None:
        if self._door.knows(request.headers.get("Authorization", "")):
            return self._door.caller()
        judgement = self._judge(request)
        if judgement is Judgement.VALID:
            return self._door.visitor()
        return self._door.stranger(EXPIRED) if judgement is Judgement.EXPIRED else self._door.stranger()

    def _judge(self, request: Request) -> Judgement:
        asked = request.query_params
        return judged(self._door.secret, asked.get("until", ""), asked.get("signature", ""), now=datetime.now(UTC))

    async def _page(self) -> tuple[HTTPStatus, str]:
        async with self._lock:
            if self._shown is None or self._clock() >= self._until:
                self._shown = await run_in_threadpool(self._made)
                self._until = self._clock() + SECONDS
            return self._shown

    def _made(self) -> tuple[HTTPStatus, str]:
        picture = self._gather()
        return HTTPStatus.SERVICE_UNAVAILABLE if picture.report is None else HTTPStatus.OK, page(picture)
