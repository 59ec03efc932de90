"""The HTTP connection that all clients share the making of, and its failures in our words."""

import json
import logging
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from systems.errors import Misconfigured, Unavailable
from systems.settings import Tunables

JsonObject = dict[str, Any]

LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=20, keepalive_expiry=30)
SLOWEST = 1000
"""Bytes of a body that a second brings at least, once the time for an answer is over."""

UNKNOWN_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def http_client(tunables: Tunables, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client for one system: HTTP/1.1, bounded waiting, no redirects, silent.

    httpx's time limit holds between two bytes; `Limited` bounds the whole body. HTTP/2 is off because httpcore's
    synchronous HTTP/2 connection must not be shared by threads. httpx and httpcore log whole URLs at INFO, filters with
    addresses of people included.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    timeout = httpx.Timeout(tunables.request_timeout, connect=tunables.connect_timeout)
    client = httpx.Client(http2=False, timeout=timeout, limits=LIMITS, transport=transport)
    # Not a transport around httpx's own: a client with one given takes no proxy from the environment.
    client.event_hooks = {"response": [lambda response: limit(response, tunables.request_timeout)]}
    return client


@dataclass
class Limited(httpx.SyncByteStream):
    """A body that has to come within a time, or at least at `SLOWEST` from then on."""

    body: httpx.SyncByteStream
    seconds: float

    def __iter__(self) -> Iterator[bytes]:
        """The body's parts, as they come.

        Raises:
            httpx.ReadTimeout: it comes too slowly.
        """
        began, received = time.monotonic(), 0
        for part in self.body:
            received += len(part)
            if time.monotonic() - began > self.seconds + received / SLOWEST:
                raise httpx.ReadTimeout("the body comes too slowly")
            yield part

    def close(self) -> None:
        """Closes the body."""
        self.body.close()


def limit(response: httpx.Response, seconds: float) -> None:
    """A response hook: bounds the time that the body may take from now on."""
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = Limited(response.stream, seconds)


@contextmanager
def connection_errors(system: str, setting: str) -> Iterator[None]:
    """Turns what httpx raises into our errors.

    Args:
        system: the system that is called.
        setting: the name of the setting that holds its address.
    """
    try:
        yield
    except httpx.TimeoutException as error:
        raise Unavailable(system, "it did not answer in time", "Try again later.") from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise Misconfigured(system, "its address cannot be called", f"Check {setting}.") from error
    except httpx.ConnectError as error:
        raise _no_connection(system, setting, error) from error
    except httpx.HTTPError as error:
        raise Unavailable(system, "the connection broke before the answer was complete", "Try again later.") from error


def _no_connection(system: str, setting: str, error: httpx.ConnectError) -> Misconfigured | Unavailable:
    causes = tuple(_chain(error))
    if any(isinstance(cause, socket.gaierror) and cause.errno in UNKNOWN_HOST for cause in causes):
        return Misconfigured(system, "no server of that name exists", f"Check {setting}.")
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Misconfigured(system, "its certificate is not valid for that address", f"Check {setting}.")
    return Unavailable(system, "no connection could be made", f"Try again later; if it stays, check {setting}.")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# PostgreSQL's numeric has up to 131,072 digits before the point, and anybody may write one into the portal; Python
# alone refuses to read more than 4,300, and with it the whole answer.
sys.set_int_max_str_digits(200_000)


def json_body(response: httpx.Response) -> object:
    """The body as JSON; None if it is no JSON, whatever the headers say."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that `Retry-After` asks for, given as a number or as a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def http_date(text: str) -> datetime | None:
    """The instant that an HTTP date names, None if it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
