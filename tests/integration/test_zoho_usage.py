"""Credits, and calls at the same time (facts on Zoho, §6)."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.world import World
from tests.integration.zoho_bulk import READ
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, visit

OTHER = {"client_id": "other", "client_secret": "s", "refresh_token": "r2"}
LEFT = "X-API-CREDITS-REMAINING"
JOB = {"query": {"module": {"api_name": "Leads"}}}
HEAVY: dict[str, Any] = {"sort_by": "Modified_Time"}


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        yield visitor


def records(count: int) -> dict[str, object]:
    return {"data": [{"Last_Name": str(n), "Email": f"{n}@people.example"} for n in range(count)]}


@pytest.mark.parametrize(
    ("method", "path", "body", "price"),
    [
        ("GET", f"{LEADS}?fields=Email", None, 1),
        ("GET", f"{LEADS}?fields=Email&cvid=1", None, 3),
        ("GET", f"{LEADS}/deleted", None, 1),
        ("GET", "/crm/v8/settings/fields?module=Leads", None, 1),
        ("POST", LEADS, records(1), 1),
        ("POST", LEADS, records(10), 1),
        ("POST", LEADS, records(11), 2),
        ("PUT", LEADS, records(100), 10),
        ("POST", f"{LEADS}/upsert", records(25), 3),
        ("POST", f"{LEADS}/1/actions/convert", {"data": [{}]}, 5),
        ("POST", READ, JOB, 50),
        ("GET", f"{READ}/1", None, 1),
    ],
)
def test_each_call_has_its_price(zoho: Visitor, method: str, path: str, body: object, price: int) -> None:
    zoho.call(method, path, json=body)
    assert zoho.control("GET", "usage")["spent"] == price


def test_a_call_without_a_living_token_costs_nothing(zoho: Visitor) -> None:
    zoho.call("GET", LEADS, token="1000.a.b")
    assert zoho.control("GET", "usage")["total"] == 0


def test_credits_come_back_after_24_hours(zoho: Visitor) -> None:
    zoho.set(fixed="2026-03-01T10:00:00+00:00", limits={"credits": 100})
    zoho.list()
    zoho.set(fixed="2026-03-02T09:59:59+00:00", token_seconds=100_000)
    zoho.call("GET", LEADS, token=zoho.mint())
    usage = zoho.control("GET", "usage")
    assert (usage["spent"], usage["left"], usage["allowance"]) == (2, 98, 100)
    zoho.set(fixed="2026-03-02T10:00:00+00:00")
    usage = zoho.control("GET", "usage")
    assert (usage["spent"], usage["left"], usage["total"]) == (1, 99, 2)


def test_what_is_left_is_told_once_half_is_gone(zoho: Visitor) -> None:
    zoho.set(limits={"credits": 4})
    assert [zoho.list().headers.get(LEFT) for _ in range(4)] == [None, "2", "1", "0"]


def test_credits_that_are_gone_stop_every_client(zoho: Visitor) -> None:
    zoho.control("PATCH", "usage", {"left": 1})
    zoho.control("POST", "clients", {**OTHER, "scopes": ["ZohoCRM.modules.READ"]})
    assert zoho.list().status_code == 204
    for token in (zoho.mint(), zoho.mint(**OTHER)):
        refused = zoho.call("GET", LEADS, token=token)
        assert_error(refused, 429, "TOO_MANY_REQUESTS")
        assert (refused.headers[LEFT], "credits" in refused.json()["message"]) == ("0", True)


def test_a_dear_call_fails_while_cheap_ones_pass(zoho: Visitor) -> None:
    zoho.control("PATCH", "usage", {"left": 49})
    assert_error(zoho.call("POST", READ, json=JOB), 429, "TOO_MANY_REQUESTS")
    assert zoho.list().headers[LEFT] == "48"


@pytest.mark.parametrize("concurrent", [5, 10, 15, 20, 25])
def test_an_edition_lets_in_so_many_calls_at_the_same_time(zoho: Visitor, concurrent: int) -> None:
    zoho.set(limits={"concurrent": concurrent, "busy": concurrent - 1})
    assert zoho.list().status_code == 204
    zoho.set(limits={"busy": concurrent})
    assert_error(zoho.list(), 429, "TOO_MANY_REQUESTS")


@pytest.mark.parametrize(
    ("method", "path", "body", "heavy"),
    [
        ("GET", f"{LEADS}?fields=Email&sort_by=id", None, True),
        ("GET", f"{LEADS}?fields=Email&cvid=1", None, True),
        ("POST", LEADS, records(11), True),
        ("POST", f"{LEADS}/1/actions/convert", {"data": [{}]}, True),
        ("GET", f"{LEADS}?fields=Email", None, False),
        ("GET", f"{LEADS}/deleted", None, False),
        ("POST", LEADS, records(10), False),
        ("POST", READ, JOB, False),
    ],
)
def test_heavy_calls_have_fewer_places(zoho: Visitor, method: str, path: str, body: object, *, heavy: bool) -> None:
    zoho.set(limits={"busy": 10, "busy_heavy": 10})
    assert (zoho.call(method, path, json=body).status_code == 429) is heavy


def test_the_three_reasons_are_told_apart_by_their_messages_only(zoho: Visitor) -> None:
    zoho.set(limits={"busy": 20})
    crowded = zoho.list().json()
    zoho.set(limits={"busy": 10, "busy_heavy": 10})
    heavy = zoho.list(**HEAVY).json()
    zoho.control("PATCH", "usage", {"left": 0})
    poor = zoho.list().json()
    assert len({reply.pop("message") for reply in (crowded, heavy, poor)}) == 3
    assert crowded == heavy == poor == {"code": "TOO_MANY_REQUESTS", "details": {}, "status": "error"}
    assert zoho.control("GET", "usage")["total"] == 0


def test_a_call_that_is_under_way_takes_a_place_of_its_client_until_it_ends(zoho: Visitor) -> None:
    zoho.set(limits={"concurrent": 1})
    zoho.control("POST", "clients", {**OTHER, "scopes": ["ZohoCRM.modules.READ"]})
    token, others = zoho.mint(), zoho.mint(**OTHER)
    zoho.control("POST", "faults", [{"path": "/Leads", "delay_s": 1.0}])
    slow: list[int] = []
    thread = threading.Thread(target=lambda: slow.append(zoho.list(**HEAVY).status_code))
    thread.start()
    while not zoho.control("GET", "usage")["heavy"]:
        assert thread.is_alive(), "the slow call was never seen under way"
    assert zoho.call("GET", LEADS, token=token).status_code == 429
    assert zoho.call("GET", LEADS, token=others, params={"fields": "Email"}).status_code == 204
    thread.join()
    assert slow == [204]
    assert zoho.control("GET", "usage")["running"] == 0


@pytest.mark.parametrize("seconds", [None, 7])
def test_retry_after_is_told_only_if_the_control_wants_it(zoho: Visitor, seconds: int | None) -> None:
    zoho.set(limits={"busy": 20}, **({} if seconds is None else {"retry_after": seconds}))
    assert zoho.list().headers.get("Retry-After") == (None if seconds is None else "7")


@pytest.mark.parametrize(
    ("brake", "told"),
    [
        ("usual", {"code": "TOO_MANY_REQUESTS", "details": {}, "status": "error"}),
        ("newer", {"code": "RATE_LIMIT_EXCEEDED", "details": {}, "status": "error"}),
        ("odd", {"code": 429, "error": "TOO_MANY_REQUESTS", "details": []}),
    ],
)
def test_a_429_comes_in_three_forms(zoho: Visitor, brake: str, told: dict[str, object]) -> None:
    zoho.set(limits={"busy": 20}, brake=brake)
    assert zoho.list().json().items() >= told.items()
