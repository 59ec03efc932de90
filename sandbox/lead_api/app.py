"""A stand-in for the portal's lead API: it writes the portal's table and Zoho as that does (facts: domain.md §1.3).

`POST /api/leads` takes a submission. What the portal does after that (contract, e-mail, SMS, chat messages) has no
counterpart here. `/control/manner` beside it tells, orders (PUT) and forgets (DELETE) how it behaves, `/control/calls`
how often it was asked; they need no key, because the server listens on loopback only.
"""

import threading
import time

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from leads.values import Values
from sandbox.lead_api.crm import Crm
from sandbox.lead_api.manner import Manner
from sandbox.lead_api.rows import Rows

NEEDED = ("name", "email", "phone")


class LeadApi:
    """What is behind the routes."""

    def __init__(self, dsn: str, zoho_url: str) -> None:
        self._dsn = dsn
        self._zoho_url = zoho_url
        self.manner = Manner()
        self.calls = 0

    def submit(self, said: Values) -> Values:
        """Do what a submission does; give what is answered."""
        manner = self.manner
        known = self._write_row(said) if manner.portal else None
        if not manner.zoho:
            return {"success": True, "zohoLeadId": None}
        if manner.zoho_after_s:
            threading.Thread(target=self._write_later, args=(said, known, manner.zoho_after_s), daemon=True).start()
            return {"success": True, "zohoLeadId": None}
        return {"success": True, "zohoLeadId": self._write_zoho(said, known)}

    def _write_row(self, said: Values) -> str | None:
        """Make or overwrite the row; give the Zoho id that is known by then, which only a new row keeps."""
        with Rows.open(self._dsn) as rows, Crm(self._zoho_url) as crm:
            row = rows.find(said)
            if row is None:
                known = crm.find(said)
                rows.insert({**said, "zoho_lead_id": known})
                return known
            rows.overwrite(row["id"], said)
            return row["zoho_lead_id"] or crm.find(said)

    def _write_zoho(self, said: Values, known: str | None) -> str:
        with Crm(self._zoho_url) as crm:
            return crm.put(said, known)

    def _write_later(self, said: Values, known: str | None, seconds: float) -> None:
        time.sleep(seconds)
        self._write_zoho(said, known)


def create_app(dsn: str, zoho_url: str) -> Starlette:
    """Build the stand-in.

    Args:
        dsn: The portal's database, with its owner's rights.
        zoho_url: The sandbox's Zoho.
    """
    api = LeadApi(dsn, zoho_url)

    async def submit(request: Request) -> Response:
        api.calls += 1
        if api.manner.status is not None:
            return JSONResponse({"error": "Internal server error"}, status_code=api.manner.status)
        said = {"source": "sales-portal", **await request.json()}
        if not all(said.get(name) for name in NEEDED):
            return JSONResponse({"error": "Missing required fields"}, status_code=400)
        return JSONResponse(await run_in_threadpool(api.submit, said))

    async def order(request: Request) -> Response:
        try:
            api.manner = Manner.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"message": str(error)}, status_code=422)
        return await tell(request)

    async def tell(_: Request) -> Response:
        return JSONResponse(api.manner.model_dump())

    async def forget(_: Request) -> Response:
        api.manner, api.calls = Manner(), 0
        return Response(status_code=204)

    async def count(_: Request) -> Response:
        return JSONResponse(api.calls)

    return Starlette(
        routes=[
            Route("/api/leads", submit, methods=["POST"]),
            Route("/control/manner", tell, methods=["GET"]),
            Route("/control/manner", order, methods=["PUT"]),
            Route("/control/manner", forget, methods=["DELETE"]),
            Route("/control/calls", count, methods=["GET"]),
        ]
    )
