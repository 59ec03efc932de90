"""The gateway: keys, refusals, and every kind of fault."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import psycopg
import pytest

from sandbox import keys
from sandbox.world import World

NEW_LEAD = {"name": "Ana"}


@pytest.fixture
def api(clean_world: World) -> Iterator[httpx.Client]:
    headers = {"apikey": clean_world.portal_secret_key}
    with httpx.Client(base_url=clean_world.portal_url, headers=headers, trust_env=False) as client:
        yield client


def _order(api: httpx.Client, **fault: object) -> None:
    assert api.post("/control/faults", json=[fault]).status_code == 201


def _count(database: psycopg.Connection) -> int:
    row = database.execute("select count(*) from leads").fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize(
    "key", [keys.PORTAL.secret_key, keys.PORTAL.legacy_service_key], ids=["secret", "legacy service_role"]
)
@pytest.mark.parametrize("twice", [False, True], ids=["apikey", "apikey and Authorization"])
def test_service_keys_may_do_everything(clean_world: World, key: str, twice: bool) -> None:  # noqa: FBT001 - a parameter
    headers = {"apikey": key} | ({"Authorization": f"Bearer {key}"} if twice else {})
    url = f"{clean_world.portal_url}/rest/v1/leads"
    assert httpx.post(url, json=NEW_LEAD, headers=headers).status_code == 201
    assert httpx.delete(f"{url}?name=eq.Ana", headers=headers).status_code == 204
    assert httpx.get(url, headers=headers).json() == []


@pytest.mark.parametrize(
    "key", [keys.PORTAL.publishable_key, keys.PORTAL.legacy_anon_key], ids=["publishable", "legacy anon"]
)
def test_public_keys_are_held_by_row_security(clean_world: World, portal_db: psycopg.Connection, key: str) -> None:
    url = f"{clean_world.portal_url}/rest/v1/leads"
    assert httpx.post(url, json=NEW_LEAD, headers={"apikey": key}).status_code == 201
    httpx.delete(f"{url}?name=eq.Ana", headers={"apikey": key})
    assert _count(portal_db) == 1


def test_a_missing_key_is_told_without_a_code(clean_world: World) -> None:
    answer = httpx.get(f"{clean_world.portal_url}/rest/v1/leads")
    assert answer.status_code == 401
    assert answer.json().keys() == {"message", "hint"}


@pytest.mark.parametrize(
    "key",
    [
        keys.BACKOFFICE.secret_key,
        keys.BACKOFFICE.legacy_service_key,
        "sb_secret_unknown",
        jwt.encode({"role": "postgres"}, keys.PORTAL.jwt_secret),
        jwt.encode({"role": "service_role", "exp": datetime.now(UTC) - timedelta(hours=1)}, keys.PORTAL.jwt_secret),
    ],
    ids=["other project", "other project, legacy", "unknown", "role that is no key's", "expired"],
)
def test_a_wrong_key_is_told_without_a_code(clean_world: World, key: str) -> None:
    answer = httpx.get(f"{clean_world.portal_url}/rest/v1/leads", headers={"apikey": key})
    assert (answer.status_code, answer.json()["message"]) == (401, "Invalid API key")
    assert "code" not in answer.json()


def test_another_secret_in_authorization_is_no_token(api: httpx.Client) -> None:
    answer = api.get("/rest/v1/leads", headers={"Authorization": f"Bearer {keys.BACKOFFICE.secret_key}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "PGRST301")


@pytest.mark.parametrize("size", [16_500, 80_000])
def test_a_request_with_too_long_a_head_meets_the_network_s_page(api: httpx.Client, size: int) -> None:
    answer = api.get("/rest/v1/leads", headers={"x-long": "x" * size})
    assert answer.status_code == 520
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("query", ["", "?select=id&limit=5"])
@pytest.mark.parametrize(("method", "word"), [("PATCH", "UPDATE"), ("DELETE", "DELETE")])
def test_a_write_to_every_row_is_refused(api: httpx.Client, method: str, word: str, query: str) -> None:
    answer = api.request(method, f"/rest/v1/leads{query}", json={"name": "Eve"})
    assert (answer.status_code, answer.json()["code"]) == (400, "21000")
    assert answer.json()["message"] == f"{word} requires a WHERE clause"


def test_the_control_is_not_reached_through_the_api(api: httpx.Client) -> None:
    _order(api, status=503)
    for path in ("/rest/v1/control/faults", "/rest/v1/..%2Fcontrol/faults"):
        api.delete(path)
    assert len(api.get("/control/faults").json()) == 1


def test_values_pass_through_as_they_were_encoded(api: httpx.Client) -> None:
    api.post("/rest/v1/leads", json={"name": "Ġanni & co", "email": "a+b@sample.example"})
    found = api.get("/rest/v1/leads", params={"email": "eq.a+b@sample.example", "name": "eq.Ġanni & co"})
    assert len(found.json()) == 1


def test_a_status_replaces_the_real_answer_as_often_as_ordered(
    api: httpx.Client, portal_db: psycopg.Connection
) -> None:
    _order(api, method="POST", path="^/leads", times=2, status=429, headers={"Retry-After": "7"})
    answers = [api.post("/rest/v1/leads", json=NEW_LEAD) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 201]
    assert answers[0].headers["retry-after"] == "7"
    assert _count(portal_db) == 1
    assert api.get("/control/faults").json()[0]["fired"] == 2


def test_a_fault_leaves_other_methods_and_paths_alone(api: httpx.Client) -> None:
    _order(api, method="POST", status=500)
    _order(api, path="^/other", status=500)
    assert api.get("/rest/v1/leads").status_code == 200
    assert [fault["fired"] for fault in api.get("/control/faults").json()] == [0, 0]


def test_a_page_of_html_can_come_with_any_status(api: httpx.Client) -> None:
    _order(api, html="<h1>Bad gateway</h1>", status=502)
    _order(api, html="<h1>Welcome</h1>")
    first, second = api.get("/rest/v1/leads"), api.get("/rest/v1/leads")
    assert (first.status_code, second.status_code) == (502, 200)
    assert second.headers["content-type"].startswith("text/html")


def test_a_body_can_be_made_up(api: httpx.Client) -> None:
    _order(api, body="null")
    assert api.get("/rest/v1/leads").json() is None


def test_an_answer_can_be_delayed(api: httpx.Client) -> None:
    _order(api, delay_s=0.3)
    assert api.get("/rest/v1/leads").elapsed >= timedelta(seconds=0.3)
    _order(api, delay_s=5)
    with pytest.raises(httpx.ReadTimeout):
        api.get("/rest/v1/leads", timeout=0.1)


def test_an_answer_can_linger_while_the_work_is_done(api: httpx.Client, portal_db: psycopg.Connection) -> None:
    _order(api, linger_s=5)
    with pytest.raises(httpx.ReadTimeout):
        api.post("/rest/v1/leads", json=NEW_LEAD, timeout=1)
    assert _count(portal_db) == 1


def test_a_body_can_be_cut_short_within_a_whole_message(api: httpx.Client) -> None:
    api.post("/rest/v1/leads", json=NEW_LEAD)
    _order(api, method="GET", truncate_at=8)
    assert api.get("/rest/v1/leads?select=name").text == '[{"name"'


def test_a_cut_before_leaves_nothing_done(api: httpx.Client, portal_db: psycopg.Connection) -> None:
    _order(api, cut="before")
    with pytest.raises(httpx.TransportError):
        api.post("/rest/v1/leads", json=NEW_LEAD)
    assert _count(portal_db) == 0


def test_a_cut_after_leaves_the_work_done_and_no_answer(api: httpx.Client, portal_db: psycopg.Connection) -> None:
    _order(api, cut="after")
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/rest/v1/leads", json=NEW_LEAD)
    assert _count(portal_db) == 1


def test_a_connection_can_break_within_the_body(api: httpx.Client) -> None:
    api.post("/rest/v1/leads", json=NEW_LEAD)
    _order(api, method="GET", cut="after", truncate_at=3)
    with pytest.raises(httpx.RemoteProtocolError, match="3 bytes"):
        api.get("/rest/v1/leads?select=name")


def test_the_same_requests_meet_the_same_chances(api: httpx.Client) -> None:
    rounds = []
    for _ in range(2):
        api.delete("/control/faults")
        _order(api, probability=0.5, times=None, status=503)
        rounds.append([api.get("/rest/v1/leads").status_code for _ in range(20)])
    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {200, 503}


@pytest.mark.parametrize("fault", [{"stat": 500}, {"path": "("}, {"times": 0}])
def test_a_fault_that_makes_no_sense_is_refused(api: httpx.Client, fault: dict[str, object]) -> None:
    assert api.post("/control/faults", json=[fault]).status_code == 422


def test_calls_are_counted_by_method_and_path(api: httpx.Client) -> None:
    api.get("/rest/v1/leads?select=id")
    api.get("/rest/v1/leads?select=name")
    api.post("/rest/v1/leads", json=NEW_LEAD)
    assert api.get("/control/calls").json() == {"GET /leads": 2, "POST /leads": 1}
