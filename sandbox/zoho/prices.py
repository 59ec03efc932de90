"""What a call costs, and whether it is one of the heavy ones (§6)."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request

_RECORDS_A_CREDIT = 10


@dataclass(frozen=True)
class Price:
    """What one call takes.

    Attributes:
        credits: From those of the rolling 24 hours.
        heavy: Whether it also stands in the narrower queue for heavy calls.
    """

    credits: int = 1
    heavy: bool = False


Pricing = Callable[[Request], Awaitable[Price]]


async def most(_: Request) -> Price:
    """Nearly all calls."""
    return Price()


async def listing(request: Request) -> Price:
    """Get Records: a custom view is dear, and so is any sorting."""
    query = request.query_params
    return Price(3 if "cvid" in query else 1, heavy="cvid" in query or "sort_by" in query)


async def writing(request: Request) -> Price:
    """Insert, update and upsert: by the number of records."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return Price()
    items = body.get("data") if isinstance(body, dict) else None
    count = len(items) if isinstance(items, list) else 0
    return Price(max(1, -(-count // _RECORDS_A_CREDIT)), heavy=count > _RECORDS_A_CREDIT)


async def searching(_: Request) -> Price:
    """Search."""
    return Price(heavy=True)


async def converting(_: Request) -> Price:
    """Convert lead."""
    return Price(5, heavy=True)


async def exporting(_: Request) -> Price:
    """Bulk Read: ordering a job."""
    return Price(50)
