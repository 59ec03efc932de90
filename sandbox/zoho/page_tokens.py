"""Page tokens: a position in a list, bound to the user and to the parameters (§2)."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.zoho.database import Connection, row, run
from sandbox.zoho.errors import ZohoError, expired, foreign_token, invalid_param
from sandbox.zoho.listing import SORTS, Listing
from sandbox.zoho.settings import Settings

LIFE = timedelta(hours=24)
_NAME = "page_token"


@dataclass(frozen=True)
class Position:
    """Rows that lie before a page.

    Attributes:
        rows: Their number.
        after: Sort time and id of the last of them, if nothing was written since they were counted.
    """

    rows: int
    after: tuple[datetime | None, int] | None = None


async def redeem(
    connection: Connection, settings: Settings, token: str, *, user: str, binding: Mapping[str, str]
) -> Position:
    """The position that a token stands for.

    Raises:
        ZohoError: INVALID_DATA, EXPIRED_VALUE, TOKEN_BOUND_DATA_MISMATCH or PAGINATION_LIMIT_EXCEEDED.
    """
    found = await row(connection, "page_token", {"token": token})
    if found is None or found["user_name"] != user:
        raise invalid_param(_NAME)
    if found["expires_at"] <= settings.clock.now():
        raise expired(_NAME)
    if found["binding"] != binding:
        raise foreign_token(_NAME)
    if found["position"] >= settings.limits.walk:
        message = f"Cannot fetch more than {settings.limits.walk} records"
        raise ZohoError(400, "PAGINATION_LIMIT_EXCEEDED", message, {"param_name": _NAME})
    short_cut = found["fresh"] and found["after_id"] is not None
    return Position(found["position"], (found["after_time"], found["after_id"]) if short_cut else None)


async def issue(
    connection: Connection,
    settings: Settings,
    listing: Listing,
    *,
    user: str,
    position: int,
    last: Mapping[str, Any] | None,
    version: int,
) -> str:
    """A token for the rows from `position` on, `last` being the row before it if that is at hand."""
    token = secrets.token_hex(48)
    values = {
        "token": token,
        "user_name": user,
        "binding": json.dumps(listing.binding),
        "position": position,
        "version": version,
        "after_time": last[SORTS[listing.sort_by]] if last and listing.sort_by != "id" else None,
        "after_id": last["id"] if last else None,
        "expires_at": settings.clock.second() + LIFE,
    }
    await run(connection, "put_page_token", values)
    return token
