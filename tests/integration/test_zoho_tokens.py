"""Access tokens: minting, throttling, scopes, dying (facts on Zoho, §1, §6)."""

from collections.abc import Iterator

import pytest

from sandbox.world import World
from tests.integration.zoho_visitor import LEADS, Visitor, assert_error, visit


@pytest.fixture
def zoho(world: World) -> Iterator[Visitor]:
    with visit(world) as visitor:
        yield visitor


def status_with(zoho: Visitor, token: str) -> int:
    return zoho.call("GET", LEADS, token=token, params={"fields": "Email"}).status_code


def test_a_refresh_token_buys_an_access_token(zoho: Visitor, world: World) -> None:
    reply = zoho.ask_for_token()
    bought = reply.json()
    assert reply.status_code == 200
    assert bought.pop("access_token").startswith("1000.")
    assert "ZohoCRM.modules.ALL" in bought.pop("scope").split(" ")
    assert bought == {"api_domain": world.zoho_api_domain, "token_type": "Bearer", "expires_in": 3600}


def test_the_token_request_may_stand_in_the_query(zoho: Visitor, world: World) -> None:
    settings = world.settings()
    query = {name.removeprefix("ZOHO_").lower(): settings[name] for name in settings if name.startswith("ZOHO_")}
    reply = zoho.http.post("/oauth/v2/token", params={**query, "grant_type": "refresh_token"})
    assert "access_token" in reply.json()


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ("refresh_token", "invalid_code"),
        ("client_id", "invalid_client"),
        ("client_secret", "invalid_client_secret"),
    ],
)
def test_a_refused_token_request_is_told_in_http_200(zoho: Visitor, part: str, error: str) -> None:
    reply = zoho.ask_for_token(**{part: "wrong"})
    assert (reply.status_code, reply.json()) == (200, {"error": error})


def test_a_revoked_refresh_token_is_an_invalid_code_and_ends_its_access_tokens(zoho: Visitor) -> None:
    token = zoho.mint()
    zoho.control("POST", "revoke", {})
    assert zoho.ask_for_token().json() == {"error": "invalid_code"}
    assert status_with(zoho, token) == 401


def test_another_data_centre_knows_neither_refresh_tokens_nor_access_tokens(zoho: Visitor) -> None:
    token = zoho.mint()
    zoho.set(elsewhere=True)
    assert zoho.ask_for_token().json() == {"error": "invalid_code"}
    assert zoho.ask_for_token(client_id="unknown").json() == {"error": "invalid_client"}
    assert_error(zoho.call("GET", LEADS, token=token), 401, "INVALID_TOKEN")
    zoho.set(elsewhere=False)
    assert status_with(zoho, token) == 204


def test_the_token_reply_may_name_another_api_domain(zoho: Visitor) -> None:
    zoho.set(api_domain="https://www.zohoapis.example")
    assert zoho.ask_for_token().json()["api_domain"] == "https://www.zohoapis.example"


@pytest.mark.parametrize("key", ["expires_in", "scope", "access_token"])
def test_the_token_reply_may_lack_a_key(zoho: Visitor, key: str) -> None:
    zoho.set(token_omits=[key])
    reply = zoho.ask_for_token()
    assert (reply.status_code, key in reply.json(), "token_type" in reply.json()) == (200, False, True)


def test_the_21st_refresh_token_of_a_user_ends_the_oldest_and_its_access_tokens(zoho: Visitor) -> None:
    client = {"client_id": "c", "client_secret": "s", "scopes": ["ZohoCRM.modules.READ"]}
    zoho.control("POST", "clients", {**client, "refresh_token": "r0"})
    tokens = [zoho.mint(client_id="c", client_secret="s", refresh_token="r0")]
    for n in range(1, 20):
        zoho.control("POST", "clients", {**client, "refresh_token": f"r{n}"})
    zoho.control("POST", "clients", {**client, "refresh_token": "theirs", "user_name": "somebody else"})
    assert status_with(zoho, tokens[0]) == 204
    zoho.control("POST", "clients", {**client, "refresh_token": "r20"})
    assert status_with(zoho, tokens[0]) == 401
    replies = [zoho.ask_for_token(client_id="c", client_secret="s", refresh_token=f"r{n}").json() for n in (0, 1)]
    assert (replies[0], "access_token" in replies[1]) == ({"error": "invalid_code"}, True)


def test_ten_tokens_in_ten_minutes_are_all(zoho: Visitor) -> None:
    tokens = [zoho.mint() for _ in range(10)]
    reply = zoho.ask_for_token()
    throttled = reply.json()
    assert reply.status_code == 400
    assert (throttled["error"], throttled["status"]) == ("Access Denied", "failure")
    assert "too many requests continuously" in throttled["error_description"]
    zoho.set(offset_s=601)
    assert zoho.mint() not in tokens


def test_the_throttle_may_come_in_http_200(zoho: Visitor) -> None:
    zoho.set(limits={"mints": 0}, throttle_status=200)
    reply = zoho.ask_for_token()
    assert (reply.status_code, reply.json()["status"]) == (200, "failure")


def test_the_sixteenth_live_token_kills_the_oldest(zoho: Visitor) -> None:
    zoho.set(limits={"mints": 100})
    tokens = [zoho.mint() for _ in range(15)]
    assert status_with(zoho, tokens[0]) == 204
    tokens.append(zoho.mint())
    assert [status_with(zoho, token) for token in tokens[:2]] == [401, 204]


def test_a_token_dies_after_an_hour_of_the_servers_clock(zoho: Visitor) -> None:
    token = zoho.mint()
    zoho.set(offset_s=3590)
    assert status_with(zoho, token) == 204
    zoho.set(offset_s=3610)
    assert_error(zoho.call("GET", LEADS, token=token), 401, "INVALID_TOKEN")


def test_the_control_shortens_lives_and_kills_tokens(zoho: Visitor) -> None:
    zoho.set(token_seconds=7)
    assert zoho.ask_for_token().json()["expires_in"] == 7
    token = zoho.mint()
    zoho.control("POST", "kill-tokens")
    assert_error(zoho.call("GET", LEADS, token=token), 401, "INVALID_TOKEN")


@pytest.mark.parametrize("scheme", [None, "Bearer", "zoho-oauthtoken"])
def test_only_zohos_own_scheme_counts(zoho: Visitor, scheme: str | None) -> None:
    headers = {"Authorization": f"{scheme} {zoho.mint()}"} if scheme else {}
    assert_error(zoho.http.get(LEADS, headers=headers), 401, "AUTHENTICATION_FAILURE")


def test_an_unknown_token_is_invalid(zoho: Visitor) -> None:
    assert_error(zoho.call("GET", LEADS, token="1000.a.b"), 401, "INVALID_TOKEN")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("ZohoCRM.modules.leads.READ", "GET", f"{LEADS}?fields=Email"),
        ("ZohoCRM.modules.Leads.READ", "GET", f"{LEADS}/deleted"),
        ("ZohoCRM.modules.leads.CREATE", "POST", LEADS),
        ("ZohoCRM.modules.UPDATE", "PUT", LEADS),
        ("ZohoCRM.modules.leads.WRITE", "POST", f"{LEADS}/upsert"),
        ("ZohoCRM.modules.leads.DELETE", "DELETE", f"{LEADS}?ids=1"),
        ("ZohoCRM.settings.fields.READ", "GET", "/crm/v8/settings/fields?module=Leads"),
        ("ZohoCRM.settings.modules.READ", "GET", "/crm/v8/settings/modules"),
        ("ZohoCRM.org.READ", "GET", "/crm/v8/org"),
        ("ZohoCRM.users.READ", "GET", "/crm/v8/users"),
    ],
)
def test_each_call_wants_its_scope(zoho: Visitor, scope: str, method: str, path: str) -> None:
    zoho.control("POST", "scopes", {"scopes": ["ZohoCRM.notifications.ALL"]})
    body = {"data": [{"Last_Name": "Vella"}]} if method in ("POST", "PUT") else None
    assert_error(zoho.call(method, path, json=body), 401, "OAUTH_SCOPE_MISMATCH")
    zoho.control("POST", "scopes", {"scopes": [scope]})
    assert zoho.call(method, path, json=body).status_code != 401


def test_reading_scopes_do_not_write(zoho: Visitor) -> None:
    zoho.control("POST", "scopes", {"scopes": ["ZohoCRM.modules.READ", "ZohoCRM.settings.ALL"]})
    assert_error(zoho.call("POST", LEADS, json={"data": [{"Last_Name": "Vella"}]}), 401, "OAUTH_SCOPE_MISMATCH")


def test_a_reply_tells_the_date_and_when_the_token_ends(zoho: Visitor) -> None:
    zoho.set(fixed="2026-03-01T10:00:00+00:00")
    for reply in (zoho.list(), zoho.list(fields="")):
        assert reply.headers["Date"] == "Sun, 01 Mar 2026 10:00:00 GMT"
        assert reply.headers["X-Accesstoken-Reset"] == "2026-03-01T12:00:00+01:00"
    assert "X-Accesstoken-Reset" not in zoho.call("GET", LEADS, token="1000.a.b").headers
