"""The client of Zoho CRM: three reads of the Leads module.

Source: Zoho CRM API v8, "Get records", "Get deleted records", "Fields metadata".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from systems.errors import Misconfigured
from systems.patience import Patience
from systems.settings import Tunables, ZohoSettings
from systems.transport import JsonObject, connection_errors, http_client, http_date
from systems.zoho_answers import SYSTEM, Call, TokenRejected, read_answer, unreadable
from systems.zoho_token import AccessToken, TokenStore, ZohoTokens

PER_PAGE = 200
PAGES_WITHOUT_TOKEN = 10
"""Zoho gives the first 2,000 records by page number; beyond, only by page token."""

READ_LEADS = "ZohoCRM.modules.leads.READ"
READ_FIELDS = "ZohoCRM.settings.fields.READ"


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
        self._http = http_client(tunables, transport)
        self._patience = Patience.of(tunables)
        self._tokens = ZohoTokens(settings, self._http, store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def leads_page(self, query: PageQuery) -> Page:
        """One page of leads.

        Raises:
            WalkBroken: Zoho does not go on from there.
            LeadsyncError: any other failure.
        """
        call = Call(scope=READ_LEADS, paged=query.token is not None)
        return self._page("Leads", call, query.params(), query.since)

    def deleted_page(self, *, since: datetime | None, page: int = 1) -> Page:
        """One page of leads deleted since an instant: `id`, `type` (`recycle`, `permanent`), `deleted_time`.

        Zoho documents no page token here; the next page has the next number.
        """
        params: dict[str, str | int] = {"type": "all", "page": page, "per_page": PER_PAGE}
        return self._page("Leads/deleted", Call(scope=READ_LEADS), params, since)

    def field_names(self) -> frozenset[str]:
        """The API names of all fields that Leads has in this organisation."""

        def once() -> list[Any]:
            response, body = self._get("settings/fields", Call(scope=READ_FIELDS), {"module": "Leads"}, {})
            fields = body.get("fields") if body is not None else None
            if not isinstance(fields, list):
                raise unreadable(response)
            return fields

        fields = self._patience(once)
        return frozenset(str(field["api_name"]) for field in fields if isinstance(field, dict) and "api_name" in field)

    def _page(self, path: str, call: Call, params: Mapping[str, str | int], since: datetime | None) -> Page:
        headers = {} if since is None else {"If-Modified-Since": zoho_time(since)}

        def once() -> Page:
            response, body = self._get(path, call, params, headers)
            return _read_page(response, body)

        return self._patience(once)

    def _get(
        self, path: str, call: Call, params: Mapping[str, str | int], headers: Mapping[str, str]
    ) -> tuple[httpx.Response, JsonObject | None]:
        """One GET; a rejected access token is replaced and the call made once more."""
        token = self._tokens.current()
        try:
            return self._send(token, path, call, params, headers)
        except TokenRejected:
            token = self._tokens.instead_of(token)
        try:
            return self._send(token, path, call, params, headers)
        except TokenRejected as error:
            cure = "Check that ZOHO_ACCOUNTS_URL and ZOHO_API_DOMAIN are of the organisation's data centre."
            cause = f"it rejects even a new access token ({error.code or error.status})"
            raise Misconfigured(SYSTEM, cause, cure, status=error.status, code=error.code) from error

    def _send(
        self, token: AccessToken, path: str, call: Call, params: Mapping[str, str | int], headers: Mapping[str, str]
    ) -> tuple[httpx.Response, JsonObject | None]:
        with connection_errors(SYSTEM, "ZOHO_API_DOMAIN"):
            response = self._http.get(
                f"{token.api_domain}/crm/v8/{path}",
                params=params,
                headers={**headers, "Authorization": f"Zoho-oauthtoken {token.access_token}"},
            )
        return response, read_answer(response, call)


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


def available(requested: Iterable[str], known: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Splits field names into those that the organisation has and those that it lacks.

    Names with `$` and `id` are answered without being listed as fields.
    """
    names = tuple(requested)
    kept = tuple(name for name in names if name in known or name == "id" or name.startswith("$"))
    return kept, tuple(name for name in names if name not in kept)
