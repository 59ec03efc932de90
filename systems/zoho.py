"""The client of Zoho CRM: the reads of the Leads module.

Source: Zoho CRM API v8, "Get records", "Get deleted records", "Record count", "Fields metadata".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from systems.settings import Tunables, ZohoSettings
from systems.transport import JsonObject, http_date
from systems.zoho_answers import Call, unreadable
from systems.zoho_api import Request, ZohoApi
from systems.zoho_token import TokenStore

PER_PAGE = 200
PAGES_WITHOUT_TOKEN = 10
"""Zoho gives the first 2,000 records by page number; beyond, only by page token."""

LEADS_API = "crm/v8"

READ_LEADS = "ZohoCRM.modules.leads.READ"
READ_FIELDS = "ZohoCRM.settings.fields.READ"
READ_ORGANISATION = "ZohoCRM.org.READ"


@dataclass(frozen=True, kw_only=True)
class PageQuery:
    """Which page of leads to get, ascending by `Modified_Time`, converted leads included.

    Attributes:
        fields: API names, at most 50; `id` comes always.
        since: only records modified at or after this instant (whole seconds count); None: all.
        page: the page's number, from 1; ignored with a token.
        token: the page token of the page before.
    """

    fields: tuple[str, ...]
    since: datetime | None = None
    page: int = 1
    token: str | None = None

    def params(self) -> dict[str, str | int]:
        """The query string."""
        position: dict[str, str | int] = {"page": self.page} if self.token is None else {"page_token": self.token}
        return {
            "fields": ",".join(self.fields),
            "per_page": PER_PAGE,
            "sort_by": "Modified_Time",
            "sort_order": "asc",
            "converted": "both",
            **position,
        }


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of an answer.

    Attributes:
        records: as Zoho sent them, usually objects.
        more: whether further records follow.
        token: the way to them, if Zoho gave one.
        date: Zoho's clock when it answered, None if the answer did not say.
    """

    records: tuple[Any, ...] = ()
    more: bool = False
    token: str | None = None
    date: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many leads there are, roughly, and Zoho's clock when it said so (None: it did not say)."""

    leads: int
    date: datetime | None


class Zoho:
    """Reads leads. Safe to share between threads; close it, or use it as a context manager."""

    def __init__(
        self,
        settings: ZohoSettings,
        *,
        tunables: Tunables,
        store: TokenStore | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.api = ZohoApi(settings, tunables=tunables, store=store, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self.api.close()

    def leads_page(self, query: PageQuery) -> Page:
        """One page of leads.

        Raises:
            WalkBroken: Zoho does not go on from there.
            LeadsyncError: any other failure.
        """
        call = Call(scope=READ_LEADS, continues=query.token is not None)
        return self._page("Leads", call, query.params(), query.since)

    def leads_by_id(self, ids: Sequence[str], fields: Sequence[str]) -> tuple[Any, ...]:
        """The leads of these ids, at most 100, that are still there, converted ones included; in no order."""
        params = {"ids": ",".join(ids), "fields": ",".join(fields), "converted": "both"}
        return self._page("Leads", Call(scope=READ_LEADS), params, None).records

    def deleted_page(self, *, since: datetime | None, page: int = 1) -> Page:
        """One page of leads deleted since an instant: `id`, `type` (`recycle`, `permanent`), `deleted_time`.

        Zoho documents no page token here; the next page has the next number.
        """
        params: dict[str, str | int] = {"type": "all", "page": page, "per_page": PER_PAGE}
        return self._page("Leads/deleted", Call(scope=READ_LEADS), params, since)

    def count(self) -> Count:
        """How many leads there are, as it stood some minutes ago."""

        def read(response: httpx.Response, body: JsonObject | None) -> Count:
            count = body.get("count", 0) if body is not None else 0
            if not isinstance(count, int) or isinstance(count, bool):
                raise unreadable(response)
            return Count(leads=count, date=http_date(response.headers.get("Date", "")))

        return self.api.ask(Request(path=f"{LEADS_API}/Leads/actions/count", call=Call(scope=READ_LEADS)), read)

    def field_types(self) -> dict[str, str]:
        """API name → data type (`text`, `boolean`, `lookup`, …) of all fields that Leads has in this organisation."""
        return {name: str(field.get("data_type") or "") for name, field in self.fields().items()}

    def fields(self) -> dict[str, JsonObject]:
        """The same with all that Zoho says of each field, such as `pick_list_values`."""

        def read(response: httpx.Response, body: JsonObject | None) -> dict[str, JsonObject]:
            fields = body.get("fields") if body is not None else None
            if not isinstance(fields, list):
                raise unreadable(response)
            return {
                str(field["api_name"]): field for field in fields if isinstance(field, dict) and "api_name" in field
            }

        path, call = f"{LEADS_API}/settings/fields", Call(scope=READ_FIELDS)
        return self.api.ask(Request(path=path, call=call, params={"module": "Leads"}), read)

    def organisation(self) -> JsonObject:
        """What Zoho says of the organisation: `company_name`, `type`, `license_details`, …; for a scope of its own."""

        def read(response: httpx.Response, body: JsonObject | None) -> JsonObject:
            found = body.get("org") if body is not None else None
            if not isinstance(found, list) or not found or not isinstance(found[0], dict):
                raise unreadable(response)
            return found[0]

        return self.api.ask(Request(path=f"{LEADS_API}/org", call=Call(scope=READ_ORGANISATION)), read)

    def _page(self, path: str, call: Call, params: Mapping[str, str | int], since: datetime | None) -> Page:
        headers = {} if since is None else {"If-Modified-Since": zoho_time(since)}
        return self.api.ask(Request(path=f"{LEADS_API}/{path}", call=call, params=params, headers=headers), _read_page)


def _read_page(response: httpx.Response, body: JsonObject | None) -> Page:
    date = http_date(response.headers.get("Date", ""))
    if body is None:
        return Page(date=date)
    records, info = body.get("data"), body.get("info")
    if not isinstance(records, list) or not isinstance(info, dict) or not isinstance(info.get("more_records"), bool):
        raise unreadable(response)
    token = info.get("next_page_token")
    return Page(
        records=tuple(records),
        more=info["more_records"],
        token=token if isinstance(token, str) and token else None,
        date=date,
    )


def zoho_time(instant: datetime) -> str:
    """An instant as Zoho surely accepts it: UTC, whole seconds, offset `+00:00`."""
    return instant.astimezone(UTC).replace(microsecond=0).isoformat()


def available(requested: Iterable[str], known: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Splits field names into those that the organisation has and those that it lacks.

    Names with `$` and `id` are answered without being listed as fields.
    """
    names = tuple(requested)
    kept = tuple(name for name in names if name in known or name == "id" or name.startswith("$"))
    return kept, tuple(name for name in names if name not in kept)
