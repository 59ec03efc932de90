import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from systems.errors import (
    ContractBroken,
    CreditsExhausted,
    LeadsyncError,
    Misconfigured,
    PermanentError,
    RateLimited,
    Unavailable,
    WalkBroken,
)
from systems.settings import Tunables, ZohoSettings
from systems.zoho import Page, PageQuery, Zoho, available
from systems.zoho_reader import ZohoReader
from systems.zoho_token import AccessToken, TokenStore
from systems.zoho_walk import start

QUICK = Tunables(retry_attempts=12, retry_first_wait=0.001, retry_longest_wait=0.01, retry_seconds=60)
QUERY = PageQuery(fields=("id", "Modified_Time"))
TOKEN = {"access_token": "1000.live", "expires_in": 3600, "api_domain": "https://api.example"}
EMPTY_PAGE: dict[str, Any] = {"data": [], "info": {"more_records": False}}

Answer = httpx.Response | Exception


def settings() -> ZohoSettings:
    return ZohoSettings(
        client_id=SecretStr("1000.A"), client_secret=SecretStr("the-secret"), refresh_token=SecretStr("1000.b.c")
    )


class Script:
    """Zoho as a list of answers; the last one is given for ever."""

    def __init__(self, *answers: Answer, tokens: tuple[Answer, ...] = (httpx.Response(200, json=TOKEN),)) -> None:
        self.answers = {"api": list(answers), "token": list(tokens)}
        self.requests: list[httpx.Request] = []
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.requests.append(request)
            queue = self.answers["token" if request.url.path == "/oauth/v2/token" else "api"]
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def calls(self) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path != "/oauth/v2/token"]

    @property
    def mints(self) -> int:
        return len(self.requests) - len(self.calls)


def client(script: Script, store: TokenStore | None = None) -> Zoho:
    return Zoho(settings(), tunables=QUICK, transport=httpx.MockTransport(script), store=store)


def error(status: int, code: object, *, wrapped: bool = False, **more: object) -> httpx.Response:
    envelope = {"code": code, "message": "text", "status": "error", **more}
    return httpx.Response(status, json={"data": [envelope]} if wrapped else envelope)


def page(*ids: int, more: bool = False, token: str | None = None) -> httpx.Response:
    records = [{"id": str(number), "Modified_Time": "2026-01-01T00:00:00+00:00"} for number in ids]
    info = {"more_records": more, "next_page_token": token}
    return httpx.Response(200, json={"data": records, "info": info})


def failing(answer: Answer, query: PageQuery = QUERY) -> LeadsyncError:
    with client(Script(answer)) as zoho, pytest.raises(LeadsyncError) as caught:
        zoho.leads_page(query)
    return caught.value


def test_a_page_is_asked_for_as_the_contract_says() -> None:
    script = Script(page(1))
    since = datetime(2026, 3, 4, 6, 7, 8, 900, tzinfo=timezone(timedelta(hours=1)))
    with client(script) as zoho:
        zoho.leads_page(PageQuery(fields=("id", "Email"), since=since))
        zoho.leads_page(PageQuery(fields=("id",), token="next"))
    first, second = script.calls
    assert str(first.url.copy_with(query=None)) == "https://api.example/crm/v8/Leads"
    assert dict(first.url.params) == {
        "fields": "id,Email",
        "per_page": "200",
        "sort_by": "Modified_Time",
        "sort_order": "asc",
        "converted": "both",
        "page": "1",
    }
    assert first.headers["If-Modified-Since"] == "2026-03-04T05:07:08+00:00"
    assert first.headers["Authorization"] == "Zoho-oauthtoken 1000.live"
    assert "If-Modified-Since" not in second.headers
    assert second.url.params["page_token"] == "next"
    assert "page" not in second.url.params


def test_a_page_says_what_follows_and_when_it_was_read() -> None:
    answer = page(1, 2, more=True, token="next")
    answer.headers["Date"] = "Tue, 24 Nov 2026 06:00:00 GMT"
    with client(Script(answer)) as zoho:
        read = zoho.leads_page(QUERY)
    assert [record["id"] for record in read.records] == ["1", "2"]
    assert (read.more, read.token, read.date) == (True, "next", datetime(2026, 11, 24, 6, tzinfo=UTC))


@pytest.mark.parametrize("status", [204, 304])
def test_no_content_and_not_modified_are_empty_pages(status: int) -> None:
    with client(Script(httpx.Response(status))) as zoho:
        assert zoho.leads_page(QUERY) == Page()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html>maintenance</html>"),
        httpx.Response(200, text='{"data": [{"id": "1"}, {"i'),
        httpx.Response(200, content=b"\xff\xfe\x00"),
        httpx.Response(200),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"info": {"more_records": False}}),
        httpx.Response(200, json={"data": {}, "info": {"more_records": False}}),
        httpx.Response(200, json={"data": []}),
        httpx.Response(502, html="<html>bad gateway</html>"),
        httpx.Response(400, html="<html>proxy</html>"),
        error(500, "INTERNAL_ERROR"),
        error(503, "SERVICE_UNAVAILABLE"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("cut"),
    ],
)
def test_an_unusable_answer_is_asked_for_again_and_is_never_an_empty_page(answer: Answer) -> None:
    script = Script(answer, answer, page(7))
    with client(script) as zoho:
        assert [record["id"] for record in zoho.leads_page(QUERY).records] == ["7"]
    assert len(script.calls) == 3
    assert isinstance(failing(answer), Unavailable)


@pytest.mark.parametrize(
    "refusal",
    [
        error(429, "TOO_MANY_REQUESTS", details={}),
        error(429, "RATE_LIMIT_EXCEEDED", wrapped=True),
        httpx.Response(429, json={"code": 429, "error": "TOO_MANY_REQUESTS", "error_info": "x", "details": []}),
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.Response(429, headers={"Retry-After": "30"}),
        httpx.Response(429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    ],
)
def test_ten_refusals_in_a_row_are_survived(refusal: httpx.Response) -> None:
    script = Script(*[refusal] * 10, page(7))
    with client(script) as zoho:
        assert zoho.leads_page(QUERY).records
    assert len(script.calls) == 11


def test_by_default_ten_refusals_are_survived_though_each_asks_for_the_longest_wait() -> None:
    usual = Tunables()
    assert 10 * (usual.retry_longest_wait + usual.retry_first_wait) < usual.retry_seconds
    assert usual.retry_attempts > 10


def test_patience_ends() -> None:
    script = Script(error(429, "TOO_MANY_REQUESTS"))
    with client(script) as zoho, pytest.raises(RateLimited):
        zoho.leads_page(QUERY)
    assert len(script.calls) == QUICK.retry_attempts


def test_a_wait_longer_than_all_patience_is_not_begun() -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": "3600"}))
    with client(script) as zoho, pytest.raises(RateLimited) as caught:
        zoho.leads_page(QUERY)
    assert (len(script.calls), caught.value.retry_after) == (1, 3600)


@pytest.mark.parametrize(
    "answer",
    [
        error(429, "TOO_MANY_REQUESTS", message="You have used up all your API credits"),
        httpx.Response(429, json={"code": "TOO_MANY_REQUESTS"}, headers={"X-API-CREDITS-REMAINING": "0"}),
    ],
)
def test_used_up_credits_are_not_asked_for_again(answer: httpx.Response) -> None:
    assert isinstance(failing(answer), CreditsExhausted)


@pytest.mark.parametrize(
    ("status", "code", "kind", "cure"),
    [
        (401, "OAUTH_SCOPE_MISMATCH", Misconfigured, "ZohoCRM.modules.leads.READ"),
        (403, "OAUTH_SCOPE_MISMATCH", Misconfigured, "ZohoCRM.modules.leads.READ"),
        (403, "NO_PERMISSION", Misconfigured, "profile"),
        (400, "AUTHORIZATION_FAILED", Misconfigured, "profile"),
        (400, "INVALID_MODULE", Misconfigured, "Leads"),
        (404, "INVALID_URL_PATTERN", Misconfigured, "ZOHO_API_DOMAIN"),
        (400, "API_NOT_SUPPORTED", Misconfigured, "ZOHO_API_DOMAIN"),
        (400, "LIMIT_EXCEEDED", ContractBroken, "defect"),
        (400, "INVALID_DATA", ContractBroken, "defect"),
        (400, "EXPIRED_VALUE", WalkBroken, ""),
        (400, "TOKEN_BOUND_DATA_MISMATCH", WalkBroken, ""),
        (400, "PAGINATION_LIMIT_EXCEEDED", WalkBroken, ""),
        (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", WalkBroken, ""),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_error_is_known_by_its_code_wherever_it_stands(
    *, status: int, code: str, kind: type[LeadsyncError], cure: str, wrapped: bool
) -> None:
    told = failing(error(status, code, wrapped=wrapped))
    assert type(told) is kind
    assert (told.status, told.code) == (status, code)
    assert cure in told.cure


def test_invalid_data_of_a_token_page_is_a_dead_token() -> None:
    told = failing(error(400, "INVALID_DATA"), PageQuery(fields=("id",), token="old"))
    assert isinstance(told, WalkBroken)


def test_an_error_that_comes_with_200_is_an_error() -> None:
    assert isinstance(failing(error(200, "NO_PERMISSION", wrapped=True)), Misconfigured)


@pytest.mark.parametrize("answer", [httpx.Response(404, html="<h1>No</h1>"), httpx.Response(301)])
def test_a_host_that_is_not_zoho_is_a_setting(answer: httpx.Response) -> None:
    assert "ZOHO_API_DOMAIN" in failing(answer).cure
    assert failing(answer).exit_code == 2


@pytest.mark.parametrize("code", ["INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE", None])
def test_a_rejected_token_is_replaced_once(code: str | None) -> None:
    rejected = httpx.Response(401) if code is None else error(401, code)
    script = Script(rejected, page(7))
    with client(script) as zoho:
        assert zoho.leads_page(QUERY).records
    assert (len(script.calls), script.mints) == (2, 2)
    hopeless = Script(rejected)
    with client(hopeless) as zoho, pytest.raises(Misconfigured, match="data centre"):
        zoho.leads_page(QUERY)
    assert (len(hopeless.calls), hopeless.mints) == (2, 2)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("body", "kind", "cure"),
    [
        ({"error": "invalid_code"}, Misconfigured, "ZOHO_REFRESH_TOKEN"),
        ({"error": "invalid_client"}, Misconfigured, "ZOHO_CLIENT_ID"),
        ({"error": "invalid_client_secret"}, Misconfigured, "ZOHO_CLIENT_SECRET"),
        ({"error": "Access Denied", "error_description": "zu viele", "status": "failure"}, RateLimited, "half an hour"),
        ({"error": "access_denied"}, RateLimited, "half an hour"),
        ({"error": "something_new"}, ContractBroken, "defect"),
        ({}, ContractBroken, "defect"),
        ({"access_token": ""}, ContractBroken, "defect"),
        ({"access_token": "1000.\u0080"}, ContractBroken, "defect"),
        ({"access_token": "1000.\r\nX: y"}, ContractBroken, "defect"),
        ({"access_token": "x", "api_domain": "http://elsewhere.example"}, ContractBroken, "defect"),
    ],
)
def test_at_the_token_endpoint_the_body_decides(
    status: int, body: dict[str, str], kind: type[LeadsyncError], cure: str
) -> None:
    script = Script(page(), tokens=(httpx.Response(status, json=body),))
    # The throttle asks for ten minutes, more than QUICK's whole patience.
    with client(script) as zoho, pytest.raises(kind, match=cure):
        zoho.leads_page(QUERY)
    assert (script.mints, script.calls) == (1, [])


def test_a_token_endpoint_in_trouble_is_asked_again() -> None:
    trouble = (httpx.Response(200, html="<html>"), httpx.Response(503), httpx.ConnectTimeout("slow"))
    script = Script(page(7), tokens=(*trouble, httpx.Response(200, json=TOKEN)))
    with client(script) as zoho:
        assert zoho.leads_page(QUERY).records
    assert script.mints == 4


def test_the_refresh_token_goes_in_the_body() -> None:
    script = Script(page())
    with client(script) as zoho:
        zoho.leads_page(QUERY)
    mint = script.requests[0]
    assert (mint.method, str(mint.url)) == ("POST", "https://accounts.zoho.eu/oauth/v2/token")
    assert dict(httpx.QueryParams(mint.content.decode())) == {
        "grant_type": "refresh_token",
        "client_id": "1000.A",
        "client_secret": "the-secret",
        "refresh_token": "1000.b.c",
    }


@pytest.mark.parametrize("expires_in", [None, "soon", 0, -5, 10**12])
def test_a_missing_or_odd_lifetime_is_an_hour(expires_in: object) -> None:
    store = Store()
    script = Script(page(), tokens=(httpx.Response(200, json={**TOKEN, "expires_in": expires_in}),))
    with client(script, store=store) as zoho:
        zoho.leads_page(QUERY)
    assert store.token is not None
    assert abs(store.token.expires_at - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)


class Store:
    def __init__(self, token: AccessToken | None = None, failure: LeadsyncError | None = None) -> None:
        self.token = token
        self.failure = failure

    def get(self) -> AccessToken | None:
        return self.token

    def take(self, rejected: AccessToken | None) -> AccessToken | None:
        if self.failure is not None:
            raise self.failure
        return None if self.token == rejected else self.token

    def put(self, token: AccessToken) -> None:
        if self.failure is not None:
            raise self.failure
        self.token = token


def kept(**life: float) -> AccessToken:
    expires_at = datetime.now(UTC) + timedelta(**life)
    return AccessToken(access_token="1000.kept", api_domain="https://kept.example", expires_at=expires_at)


def test_a_kept_token_is_used_where_it_is_valid() -> None:
    script = Script(page())
    with client(script, store=Store(kept(minutes=6))) as zoho:
        zoho.leads_page(QUERY)
    assert script.mints == 0
    assert script.calls[0].url.host == "kept.example"
    assert script.calls[0].headers["Authorization"] == "Zoho-oauthtoken 1000.kept"


def test_a_token_about_to_expire_is_replaced_and_the_new_one_kept() -> None:
    script, store = Script(page()), Store(kept(minutes=4))
    with client(script, store=store) as zoho:
        zoho.leads_page(QUERY)
    assert script.mints == 1
    assert store.token is not None
    assert store.token.access_token == "1000.live"


def test_a_store_that_fails_does_not_stop_the_reading(caplog: pytest.LogCaptureFixture) -> None:
    store = Store(failure=Unavailable("Backoffice", "down", "Wait."))
    with client(Script(page(7)), store=store) as zoho:
        assert zoho.leads_page(QUERY).records
    assert "could not be kept" in caplog.text


def test_threads_share_one_mint() -> None:
    script = Script(page())
    with client(script) as zoho, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: zoho.leads_page(QUERY), range(64)))
    assert (script.mints, len(script.calls)) == (1, 64)


def test_a_token_never_shows_in_its_description() -> None:
    assert "1000.kept" not in repr(kept(hours=1))


def test_nothing_secret_or_personal_is_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"code": "person@private.example", "message": "person@private.example", "status": "error"}
    script = Script(error(500, "INTERNAL_ERROR"), httpx.Response(400, json=body))
    with client(script) as zoho, pytest.raises(LeadsyncError) as caught:
        zoho.leads_page(QUERY)
    retries = [record for record in caplog.records if record.name == "leadsync.systems"]
    assert retries
    assert retries[0].getMessage().startswith("Zoho: Unavailable at attempt 1, trying again in 0.0")
    for text in (caplog.text, str(caught.value), repr(caught.value)):
        assert "private" not in text
        assert "1000." not in text
        assert "the-secret" not in text
        assert "Modified_Time" not in text


def test_deleted_leads_are_paged_by_number() -> None:
    script = Script(httpx.Response(200, json=EMPTY_PAGE))
    since = datetime(2026, 1, 1, tzinfo=UTC)
    with client(script) as zoho:
        assert zoho.deleted_page(since=since, page=3) == Page()
    (call,) = script.calls
    assert call.url.path == "/crm/v8/Leads/deleted"
    assert dict(call.url.params) == {"type": "all", "page": "3", "per_page": "200"}
    assert call.headers["If-Modified-Since"] == "2026-01-01T00:00:00+00:00"


def test_fields_are_read() -> None:
    fields = [{"api_name": "Email"}, {"api_name": "Last_Name"}, {"odd": 1}, "odd"]
    with client(Script(httpx.Response(200, json={"fields": fields}))) as zoho:
        assert zoho.field_types().keys() == {"Email", "Last_Name"}


def test_fields_that_do_not_come_are_asked_for_again() -> None:
    script = Script(httpx.Response(200, json={}), httpx.Response(204), httpx.Response(200, json={"fields": []}))
    with client(script) as zoho:
        assert zoho.field_types() == {}
    with client(Script(error(401, "OAUTH_SCOPE_MISMATCH"))) as zoho, pytest.raises(PermanentError) as caught:
        zoho.field_types()
    assert "ZohoCRM.settings.fields.READ" in caught.value.cure


def test_fields_that_the_organisation_lacks_are_dropped() -> None:
    assert available(("id", "Email", "$approval_state", "Roof"), frozenset({"Email"})) == (
        ("id", "Email", "$approval_state"),
        ("Roof",),
    )


def leads(numbers: range, second: Callable[[int], int]) -> list[dict[str, str]]:
    base = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        {"id": str(number), "Modified_Time": (base + timedelta(seconds=second(number))).isoformat()}
        for number in numbers
    ]


def listing(records: list[dict[str, str]]) -> Callable[[httpx.Request], httpx.Response]:
    """A server over a list that never changes, tokens being offsets, one of which is dead at first."""
    dead = {"1400"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/v2/token":
            return httpx.Response(200, json=TOKEN)
        since = request.headers.get("If-Modified-Since", "")
        found = [record for record in records if record["Modified_Time"] >= since]
        token = request.url.params.get("page_token")
        if token in dead:
            dead.remove(token)
            return error(400, "EXPIRED_VALUE")
        offset = int(token or 0)
        shown = found[offset : offset + 200]
        more = len(found) > offset + 200
        info = {"more_records": more, "next_page_token": str(offset + 200) if more else None}
        return httpx.Response(200, json={"data": shown, "info": info}) if shown else httpx.Response(204)

    return answer


def test_batches_hold_up_to_a_thousand_and_all_together_everything_once() -> None:
    records = leads(range(3300), lambda number: 7 if 400 <= number < 2400 else number // 60)
    records.sort(key=lambda record: record["Modified_Time"])
    answer = listing(records)
    with Zoho(settings(), tunables=QUICK, transport=httpx.MockTransport(answer)) as zoho:
        reader = ZohoReader(zoho, fields=("id", "Modified_Time"), batch_size=1000)
        step, ids = start(None), []
        for _ in range(100):
            batch = reader.read(step)
            again = reader.read(step)
            assert again.records == batch.records
            assert len(batch.records) <= 1000
            ids += [record["id"] for record in batch.records]
            if batch.step is None:
                break
            step = batch.step
    assert sorted(ids, key=int) == [str(number) for number in range(3300)]
