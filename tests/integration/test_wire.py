"""The wire before a server: every kind of trouble below HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from sandbox.wire import Trouble, Wire, wire
from sandbox.world import World

ROWS = "/rest/v1/leads"
NEW = {"name": "Ana"}


@pytest.fixture
def line(clean_world: World) -> Iterator[Wire]:
    with wire(clean_world.portal_url) as made:
        yield made


@pytest.fixture
def api(line: Wire, clean_world: World) -> Iterator[httpx.Client]:
    headers = {"apikey": clean_world.portal_secret_key}
    with httpx.Client(base_url=line.url, headers=headers, trust_env=False) as client:
        yield client


def count(database: psycopg.Connection) -> int:
    row = database.execute("select count(*) from leads").fetchone()
    assert row
    return int(row[0])


def test_without_trouble_everything_passes_on_one_connection(api: httpx.Client, portal_db: psycopg.Connection) -> None:
    assert [api.post(ROWS, json={"name": "x" * size}).status_code for size in (1, 200_000)] == [201, 201]
    assert [len(row["name"]) for row in api.get(f"{ROWS}?select=name&order=name").json()] == [1, 200_000]
    assert count(portal_db) == 2


@pytest.mark.parametrize("twice", ["before", "at once"])
def test_a_request_can_reach_the_server_twice(
    twice: Any,  # noqa: ANN401 - one of its words
    api: httpx.Client,
    line: Wire,
    portal_db: psycopg.Connection,
) -> None:
    line.order(Trouble(request="POST", twice=twice))
    assert api.post(ROWS, json=NEW).status_code == 201
    # The next request waits until both have been answered.
    assert len(api.get(ROWS).json()) == count(portal_db) == 2


def test_what_was_heard_can_be_delivered_again_and_its_answers_reach_nobody(
    api: httpx.Client, line: Wire, portal_db: psycopg.Connection
) -> None:
    line.listening = True
    api.post(ROWS, json=NEW)
    line.listening = False
    assert line.send_again() == [201]
    assert count(portal_db) == 2


@pytest.mark.parametrize("size", [0, 30, 300])
def test_half_a_request_does_nothing(size: int, api: httpx.Client, line: Wire, portal_db: psycopg.Connection) -> None:
    line.order(Trouble(cut_request=size))
    with pytest.raises(httpx.RemoteProtocolError):
        api.post(ROWS, json={"name": "x" * 300})
    assert count(portal_db) == 0


@pytest.mark.parametrize("size", [0, 30])
def test_half_an_answer_comes_after_the_work_is_done(
    size: int, api: httpx.Client, line: Wire, portal_db: psycopg.Connection
) -> None:
    line.order(Trouble(cut_answer=size))
    with pytest.raises(httpx.RemoteProtocolError):
        api.post(ROWS, json=NEW)
    assert count(portal_db) == 1


def test_an_answer_can_be_held_back(api: httpx.Client, line: Wire) -> None:
    line.order(Trouble(stall_s=30))
    with pytest.raises(httpx.ReadTimeout):
        api.get(ROWS, timeout=0.2)


def test_an_answer_can_drip_from_a_byte_on(api: httpx.Client, line: Wire) -> None:
    began = time.monotonic()
    line.order(Trouble(drip_s=0.01, drip_from=60))
    assert api.get(ROWS).json() == []
    assert time.monotonic() - began > 0.3


def test_trouble_begins_after_as_many_requests_and_ends_after_as_many_times(api: httpx.Client, line: Wire) -> None:
    met: list[str] = []
    order = line.order(Trouble(request="GET .*leads", after=1, times=2, act=lambda: met.append("here")))
    for path in (ROWS, "/rest/v1/", ROWS, ROWS, ROWS):
        api.get(path)
    assert (len(met), order.met, order.struck) == (2, 4, 2)


def test_nothing_is_left_of_trouble_that_was_cleared(api: httpx.Client, line: Wire) -> None:
    line.order(Trouble(cut_request=0, times=None))
    line.clear()
    assert api.get(ROWS).status_code == 200
