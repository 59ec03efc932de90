from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from systems.settings import Tunables
from systems.transport import SLOWEST, http_client

TUNABLES = Tunables(request_timeout=5)


class Dripping(httpx.SyncByteStream):
    """Parts of a body, of which one comes each second."""

    def __init__(self, parts: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parts, self.size = parts, size
        clock = count()
        monkeypatch.setattr("systems.transport.time.monotonic", lambda: float(next(clock)))

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.parts):
            yield b"x" * self.size


def fetched(body: Dripping) -> int:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    with http_client(TUNABLES, transport) as client:
        return len(client.get("https://api.example/").content)


def test_a_body_of_which_a_byte_comes_now_and_then_is_given_up_in_the_time_for_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        fetched(Dripping(7, 1, monkeypatch))


def test_a_long_body_may_take_longer_if_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetched(Dripping(60, SLOWEST, monkeypatch)) == 60 * SLOWEST


def test_a_small_body_may_take_the_time_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetched(Dripping(5, 1, monkeypatch)) == 5
