"""The cron endpoint as an ASGI app: two addresses that start a flow, and three that say how things stand.

| path | methods | answers |
|---|---|---|
| /api/cron/zoho-sync, /api/cron/portal-sync | GET, POST, with the secret | 200 started or skipped, 401, 503, 500 |
| /report | GET, HEAD, with the secret or a signed link | 200 the page, 503 without the backoffice, 401 |
| /healthz | GET, HEAD | 200 fresh, 503 stale or unknown |
| /livez | GET, HEAD | 200 as long as this process answers |

Its log has neither queries, headers nor unknown paths: people put secrets there.
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
from deployments.cron.authorization import authorized
from deployments.cron.health import Health
from deployments.cron.report import ReportPage
from deployments.cron.trigger import Skipped, Trigger
from deployments.syncs import SYNCS, Sync
from systems.errors import LeadsyncError, TransientError
from systems.report_link import PATH

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

HANDLERS = {HTTPException: answers.misdirected, Exception: answers.broken}

logger = logging.getLogger("leadsync.cron")


def cron_app(secret: str, health: Health, report: ReportPage) -> ASGIApp:
    """The app.

    Args:
        secret: what callers must send as `Authorization: Bearer …`.
        health: answers /healthz.
        report: answers /report.
    """
    routes = [
        *(_trigger(sync, secret) for sync in SYNCS.values()),
        Route(PATH, report.answer),
        Route("/healthz", health.answer),
        Route("/livez", _alive),
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    return _Logged(app, known=frozenset(route.path for route in routes))


def _trigger(sync: Sync, secret: str) -> Route:
    trigger = Trigger(sync)

    async def endpoint(request: Request) -> Response:
        if not authorized(request.headers.get("Authorization", ""), secret):
            return answers.unauthorized()
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
    """One line a request: method, path, status, duration."""

    def __init__(self, app: ASGIApp, *, known: frozenset[str]) -> None:
        self._app = app
        self._known = known

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
            method = scope["method"] if scope["method"] in METHODS else "(other method)"
            path = scope["path"] if scope["path"] in self._known else "(unknown path)"
            logger.info("%s %s %d, %.0f ms", method, path, status, 1000 * (time.perf_counter() - began))
