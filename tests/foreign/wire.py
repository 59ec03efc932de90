"""What a client built on requests really sends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict


@dataclass(frozen=True)
class Exchange:
    """One request and the status of its answer."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: str
    status: int


@contextmanager
def listening() -> Iterator[list[Exchange]]:
    """Note each exchange on its way; it is not touched."""
    heard: list[Exchange] = []
    send = HTTPAdapter.send

    def note(adapter: HTTPAdapter, request: PreparedRequest, **options: Any) -> Response:  # noqa: ANN401 - requests' own
        response = send(adapter, request, **options)
        address = urlsplit(str(request.url))
        heard.append(
            Exchange(
                method=str(request.method),
                path=address.path,
                query=parse_qs(address.query),
                headers=CaseInsensitiveDict((name, _text(value)) for name, value in request.headers.items()),
                body=_text(request.body),
                status=response.status_code,
            )
        )
        return response

    with patch.object(HTTPAdapter, "send", note):
        yield heard


def _text(sent: object) -> str:
    return sent.decode() if isinstance(sent, bytes) else str(sent or "")
