"""The cron endpoint as an ASGI app: two addresses that start a flow, and three that say how things stand.

| path | methods | answers |
|---|---|---|
| /api/cron/zoho-sync, /api/cron/portal-sync | GET, POST, with the secret | 200 started or skipped, 401, 429, 503, 500 |
| /report | GET, HEAD, with the secret or a signed link | 200 the page, 503 without the backoffice, 401, 429 |
| /healthz | GET, HEAD | 200 fresh, 503 stale or unknown |
| /livez | GET, HEAD | 200 as long as this process answers |

`docs/cron-openapi.json` says it for programs; the endpoint itself tells nobody. Its log has neither queries, headers
nor unknown paths: people put secrets there.
"""

import logging
import time
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.cron import answers
from deployments.cron.door import Door
from deployments.cron.health import Health
from deployments.cron.rate import Bucket
from deployments.cron.report import ReportPage
from deployments.cron.trigger import Skipped, Trigger
from deployments.syncs import SYNCS, Sync
from systems.errors import LeadsyncError, TransientError
from systems.report_link import PATH

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

HANDLERS = {HTTPException: answers.misdirected, Exception: answers.broken}

logger = logging.getLogger("leadsync.cron")


REFUSALS = 1
"""Lines a minute about calls that came too often."""


def cron_app(door: Door, health: Health, report: ReportPage) -> ASGIApp:
    """The app.

    Args:
        door: who is let in.
        health: answers /healthz.
        report: answers /report.
    """
    routes = [
        *(_trigger(sync, door) for sync in SYNCS.values()),
        Route(PATH, report.answer),
        Route("/healthz", health.answer),
        Route("/livez", _alive),
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    return _Logged(app, known=frozenset(route.path for route in routes))


def _trigger(sync: Sync, door: Door) -> Route:
    trigger = Trigger(sync)

    async def endpoint(request: Request) -> Response:
        if not door.knows(request.headers.get("Authorization", "")):
            return door.stranger()
        if refusal := door.caller():
            return refusal
        try:
            return await _started(trigger)
        except LeadsyncError as error:
            logger.error("%s: %s", sync.name, error)  # noqa: TRY400 - its text says everything
            if isinstance(error, TransientError):
                return answers.unavailable(str(error))
            return answers.failure(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))

    route = Route(f"/api/cron/{sync.source}-sync", endpoint, methods=["GET", "POST"])
    # Starlette adds it to GET, and a HEAD must not start anything.
    (route.methods or set()).discard("HEAD")
    return route


async def _started(trigger: Trigger) -> Response:
    sync, outcome = trigger.sync, await trigger.start()
    if isinstance(outcome, Skipped):
        logger.info("%s: nothing started, %s", sync.name, outcome.reason)
        return answers.skipped(outcome.reason)
    logger.info("%s: started flow run %s", sync.name, outcome.run_id)
    return answers.success(
        message=f"{sync.flow} started",
        sync_type=sync.source.value,
        flow_run_id=str(outcome.run_id),
        flow_run_url=outcome.url,
    )


async def _alive(_request: Request) -> Response:
    return answers.success()


class _Logged:
    """One line a request: method, path, status, duration. Who comes too often does not fill the log."""

    def __init__(self, app: ASGIApp, *, known: frozenset[str]) -> None:
        self._app = app
        self._known = known
        self._refusals = Bucket(REFUSALS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request and says so."""
        began, status = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        if status != HTTPStatus.TOO_MANY_REQUESTS or not self._refusals.take():
            method = scope["method"] if scope["method"] in METHODS else "(other method)"
            path = scope["path"] if scope["path"] in self._known else "(unknown path)"
            logger.info("%s %s %d, %.0f ms", method, path, status, 1000 * seconds)
