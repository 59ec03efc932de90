"""A Supabase project as leadsync uses it: supabase-py over our own HTTP client, errors and patience."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from supabase import Client, create_client
from supabase.lib.client_options import SyncClientOptions

from systems.patience import Patience
from systems.settings import SupabaseSettings, Tunables
from systems.supabase_answers import Project
from systems.transport import connection_errors, http_client

T = TypeVar("T")


class SupabaseProject:
    """Base of both clients. Safe to share between threads; close it, or use it as a context manager."""

    project: Project

    def __init__(
        self, settings: SupabaseSettings, *, tunables: Tunables, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._http = http_client(tunables, transport)
        hooks = self._http.event_hooks
        hooks["request"].append(drop_secret_bearer)
        hooks["response"].append(self.project.judge)
        self._http.event_hooks = hooks
        self._patience = Patience.of(tunables)
        self._supabase = _client(settings, self._http)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def rpc(self, name: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON of any shape
        """Calls a SQL function that is safe to repeat, and returns its JSON.

        Raises:
            LeadsyncError: what the answer or its absence means.
        """
        return self._answer(lambda: self._supabase.rpc(name, arguments).execute().data)

    def _answer(self, call: Callable[[], T]) -> T:
        def once() -> T:
            with connection_errors(self.project.system, f"{self.project.prefix}URL"):
                data = self._decoded(call)
            # supabase-py hands a body that is no JSON over as text; no function or table of ours answers with one.
            if isinstance(data, str):
                raise self.project.unreadable()
            return data

        return self._patience(once)

    def _decoded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except (UnicodeDecodeError, RecursionError):
            raise self.project.unreadable() from None


def drop_secret_bearer(request: httpx.Request) -> None:
    """Takes a secret key out of `Authorization`, where supabase-py repeats it.

    Supabase documents it as no JWT and wants it in `apikey` alone.
    """
    if request.headers.get("Authorization", "").startswith("Bearer sb_"):
        del request.headers["Authorization"]


def _client(settings: SupabaseSettings, http: httpx.Client) -> Client:
    options = SyncClientOptions(
        httpx_client=http, postgrest_client_retry=False, auto_refresh_token=False, persist_session=False
    )
    key, token = settings.credentials()
    if token is not None:
        options.headers["Authorization"] = f"Bearer {token}"
    client = create_client(settings.url, key, options)
    # The property builds its client at the first look, without a lock.
    _ = client.postgrest
    return client
