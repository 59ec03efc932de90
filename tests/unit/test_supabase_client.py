import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from leads.sources import Source
from systems.backoffice import SCHEMA_VERSION, Backoffice
from systems.backoffice_answers import CacheEntry
from systems.errors import (
    AttemptClosed,
    Contended,
    ContractBroken,
    LeadsyncError,
    Misconfigured,
    RateLimited,
    Unavailable,
)
from systems.portal import Portal
from systems.settings import BackofficeSettings, PortalSettings, Tunables, ZohoSettings
from systems.token_cache import CachedTokens
from systems.zoho_token import AccessToken

QUICK = Tunables(retry_attempts=12, retry_first_wait=0.001, retry_longest_wait=0.01, retry_seconds=60)
KEY = "sb_secret_0123456789012345678901_01234567"
CONTEXT = {"installation_id": "here", "schema_version": SCHEMA_VERSION, "now": "2026-11-24T06:00:00.5+00:00"}
ATTEMPT = "00000000-0000-4000-8000-000000000001"

Answer = httpx.Response | Exception


class Script:
    """A project as a list of answers; the last one is given for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.calls: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def backoffice(script: Script, key: str = KEY) -> Backoffice:
    settings = BackofficeSettings(url="https://backoffice.example", service_key=SecretStr(key))
    return Backoffice(settings, tunables=QUICK, transport=httpx.MockTransport(script))


def portal(script: Script) -> Portal:
    settings = PortalSettings(url="https://portal.example", service_key=SecretStr(KEY))
    return Portal(settings, tunables=QUICK, transport=httpx.MockTransport(script))


def failing(answer: Answer) -> LeadsyncError:
    with backoffice(Script(answer)) as client, pytest.raises(LeadsyncError) as caught:
        client.context()
    return caught.value


def error(status: int, code: str | None) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": "text", "hint": None, "details": None})


UNUSABLE = [
    httpx.Response(200, html="<html>maintenance</html>"),
    httpx.Response(200, text='{"installation_id": "he'),
    httpx.Response(200, content=b"\xff\xfe\x00\x01"),
    httpx.Response(200, content=b'{"a": "\xff"}'),
    httpx.Response(200, content=b"[" * 100_000),
    httpx.Response(200),
    httpx.Response(502, html="<html>bad gateway</html>"),
    httpx.Response(520, html="<html>unknown error</html>"),
    httpx.Response(503, json={"message": "The upstream server is not available"}),
    error(500, "57014"),
    error(503, "PGRST001"),
    error(503, "53300"),
    httpx.ReadTimeout("slow"),
    httpx.ConnectError("refused"),
    httpx.RemoteProtocolError("cut"),
]


@pytest.mark.parametrize("answer", UNUSABLE)
def test_a_function_whose_answer_is_unusable_is_called_again(answer: Answer) -> None:
    script = Script(answer, answer, httpx.Response(200, json=CONTEXT))
    with backoffice(script) as client:
        assert client.context().installation_id == "here"
    assert [call.method for call in script.calls] == ["POST"] * 3
    assert isinstance(failing(answer), Unavailable)


@pytest.mark.parametrize("answer", UNUSABLE)
def test_rows_that_do_not_come_whole_are_read_again_and_are_never_the_end(answer: Answer) -> None:
    script = Script(answer, answer, httpx.Response(200, json=[{"id": "1"}]))
    with portal(script) as client:
        assert client.rows() == [{"id": "1"}]
    assert len(script.calls) == 3


@pytest.mark.parametrize("body", [None, {}, "text", [1], 7])
def test_rows_are_objects_or_nothing(body: object) -> None:
    answer = httpx.Response(200, content=json.dumps(body))
    with portal(Script(answer)) as client, pytest.raises(Unavailable):
        client.rows()


@pytest.mark.parametrize(
    ("status", "code", "kind", "cure"),
    [
        (400, "LS001", AttemptClosed, "next run"),
        (500, "LS001", AttemptClosed, "next run"),
        (500, "55P03", Contended, "again"),
        (500, "40P01", Contended, "again"),
        (500, "53100", Unavailable, "more space"),
        (503, "53300", Unavailable, "what takes them"),
        (500, "57014", Unavailable, "what holds locks"),
        (503, "PGRST002", Unavailable, "paused, restarting or out of connections"),
        (404, "PGRST202", Misconfigured, "reload schema"),
        (404, "42883", Misconfigured, "supabase db push"),
        (404, "PGRST205", Misconfigured, "reload schema"),
        (404, "42P01", Misconfigured, "supabase db push"),
        (404, None, Misconfigured, "BACKOFFICE_SUPABASE_URL"),
        (301, None, Misconfigured, "BACKOFFICE_SUPABASE_URL"),
        (401, None, Misconfigured, "BACKOFFICE_SUPABASE_SERVICE_KEY"),
        (403, None, Misconfigured, "BACKOFFICE_SUPABASE_SERVICE_KEY"),
        (401, "PGRST301", Misconfigured, "BACKOFFICE_SUPABASE_SERVICE_KEY"),
        (403, "42501", Misconfigured, "BACKOFFICE_SUPABASE_SERVICE_KEY"),
        (400, "22P02", ContractBroken, "defect"),
        (400, "P0001", ContractBroken, "defect"),
        (500, "XX000", ContractBroken, "defect"),
        (400, "PGRST100", ContractBroken, "defect"),
    ],
)
def test_an_error_is_known_by_its_code_and_else_by_its_status(
    status: int, code: str | None, kind: type[LeadsyncError], cure: str
) -> None:
    told = failing(error(status, code))
    assert type(told) is kind
    assert told.status == status
    assert cure in told.cure


def test_ten_refusals_in_a_row_are_survived_and_their_wish_is_known() -> None:
    script = Script(*[httpx.Response(429, headers={"Retry-After": "1"})] * 10, httpx.Response(200, json=CONTEXT))
    with backoffice(script) as client:
        client.context()
    assert len(script.calls) == 11
    told = failing(httpx.Response(429, headers={"Retry-After": "3600"}))
    assert isinstance(told, RateLimited)
    assert told.retry_after == 3600
    never = failing(httpx.Response(429, headers={"Retry-After": "Sat, 24 Oct 99999999999 10:00:00 GMT"}))
    assert isinstance(never, RateLimited)
    assert never.retry_after is None


def test_a_secret_key_is_sent_as_apikey_alone_and_a_legacy_one_twice() -> None:
    script = Script(httpx.Response(200, json=CONTEXT))
    with backoffice(script) as client:
        client.context()
    with backoffice(script, "an-older-opaque-key") as client:
        client.context()
    secret, legacy = script.calls
    assert secret.headers["apikey"] == KEY
    assert "Authorization" not in secret.headers
    assert legacy.headers["apikey"] == "an-older-opaque-key"
    assert legacy.headers["Authorization"] == "Bearer an-older-opaque-key"


def test_nothing_secret_or_personal_is_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"code": "person@private.example", "message": "person@private.example", "details": "person@private.example"}
    script = Script(error(500, "57014"), httpx.Response(400, json=body))
    with portal(script) as client, pytest.raises(LeadsyncError) as caught:
        client.rows(after="person@private.example")
    assert "Portal: Unavailable at attempt 1" in caplog.text
    for text in (caplog.text, str(caught.value), repr(caught.value)):
        assert "private" not in text
        assert KEY not in text


def test_rows_are_asked_for_by_keyset() -> None:
    script = Script(httpx.Response(200, json=[]))
    with portal(script) as client:
        assert client.rows() == []
        client.rows(after="a,b", limit=5)
    first, second = script.calls
    assert first.url.path == "/rest/v1/leads"
    assert dict(first.url.params) == {"select": "*", "order": "id.asc", "limit": "1000"}
    assert dict(second.url.params) == {"select": "*", "order": "id.asc", "limit": "5", "id": "gt.a,b"}


def test_a_repeated_read_asks_the_same_question() -> None:
    script = Script(httpx.Response(503), httpx.Response(200, json=[]))
    with portal(script) as client:
        client.rows(after="a")
    assert script.calls[0].url == script.calls[1].url


@pytest.mark.parametrize(
    ("answer", "identity"),
    [
        (httpx.Response(200, json=CONTEXT), "here"),
        (error(404, "PGRST202"), None),
        (error(404, "42883"), None),
    ],
)
def test_the_portal_tells_whether_an_installation_lives_there(answer: httpx.Response, identity: str | None) -> None:
    with portal(Script(answer)) as client:
        assert client.installation_id() == identity


def test_a_wrong_key_is_no_sign_that_nothing_is_installed() -> None:
    with portal(Script(httpx.Response(401))) as client, pytest.raises(Misconfigured, match="PORTAL_SUPABASE"):
        client.installation_id()


def test_the_context_is_read_into_values() -> None:
    body = {
        **CONTEXT,
        "watermarks": {"zoho": "2026-11-24T05:00:00+00:00"},
        "columns": {"name": {"type": "character varying", "length": 255, "nullable": False, "later": 1}},
        "cache": {"key": {"value": [1], "expires_at": "2026-11-24T07:00:00+00:00"}},
    }
    with backoffice(Script(httpx.Response(200, json=body))) as client:
        context = client.context()
    assert context.now == datetime(2026, 11, 24, 6, 0, 0, 500_000, tzinfo=UTC)
    assert context.watermarks == {"zoho": datetime(2026, 11, 24, 5, tzinfo=UTC)}
    assert (context.columns["name"].length, context.columns["name"].nullable) == (255, False)
    assert context.cache["key"].value == [1]


@pytest.mark.parametrize("body", [None, [], 7, {}, {**CONTEXT, "now": "soon"}])
def test_an_answer_against_the_contract_names_the_place_not_the_value(body: object) -> None:
    told = failing(httpx.Response(200, content=json.dumps(body)))
    assert isinstance(told, ContractBroken)
    assert "soon" not in str(told)


def test_a_database_with_older_migrations_is_not_written() -> None:
    told = failing(httpx.Response(200, json={**CONTEXT, "schema_version": 1}))
    assert isinstance(told, Misconfigured)
    assert "supabase db push" in str(told)


def test_an_answer_against_the_contract_is_told_without_the_keys_that_came_with_it() -> None:
    kept = {"value": 1, "expires_at": "x"}
    body = {**CONTEXT, "watermarks": {"anna@mail.example": "never"}, "cache": {"+356 79": kept}}
    text = str(failing(httpx.Response(200, json=body)))
    assert "at cache.….expires_at, watermarks.…)" in text
    assert "anna" not in text
    assert "356" not in text


def test_each_function_is_called_by_its_contract() -> None:
    answers: list[dict[str, Any]] = [
        {**CONTEXT, "attempt_id": ATTEMPT, "crashed": ["old"]},
        {"running": True},
        {"records": [], "leads": {}},
        {"outcomes": [{"n": 0, "outcome": "rejected", "reason": "22001"}]},
        {"deleted_at_source": 2},
        {"status": "completed", "watermark": None},
    ]
    script = Script(*(httpx.Response(200, json=answer) for answer in answers), httpx.Response(204))
    when = datetime(2026, 11, 24, tzinfo=UTC)
    with backoffice(script) as client:
        opened = client.open_attempt({"attempt_id": ATTEMPT})
        assert (opened.attempt_id, opened.crashed, opened.installation_id) == (ATTEMPT, ("old",), "here")
        assert client.beat(ATTEMPT)
        assert client.match(Source.ZOHO, ["name"], [{"n": 0}]) == {"records": [], "leads": {}}
        (outcome,) = client.apply(ATTEMPT, 3, {"items": []})
        assert (outcome.n, outcome.outcome, outcome.reason) == (0, "rejected", "22001")
        assert client.mark_deleted(ATTEMPT, Source.ZOHO, [{"source_id": "1"}]) == 2
        assert client.close_attempt(ATTEMPT, {"status": "completed"}).status == "completed"
        client.cache_put("key", {"a": 1}, when)
    assert [(call.url.path, json.loads(call.content)) for call in script.calls] == [
        ("/rest/v1/rpc/leadsync_open", {"p_attempt": {"attempt_id": ATTEMPT}}),
        ("/rest/v1/rpc/leadsync_beat", {"p_attempt": ATTEMPT}),
        ("/rest/v1/rpc/leadsync_match", {"p_source": "zoho", "p_columns": ["name"], "p_records": [{"n": 0}]}),
        ("/rest/v1/rpc/leadsync_apply", {"p_attempt": ATTEMPT, "p_batch": 3, "p_plan": {"items": []}}),
        (
            "/rest/v1/rpc/leadsync_mark_deleted",
            {"p_attempt": ATTEMPT, "p_source": "zoho", "p_rows": [{"source_id": "1"}]},
        ),
        ("/rest/v1/rpc/leadsync_close", {"p_attempt": ATTEMPT, "p_result": {"status": "completed"}}),
        (
            "/rest/v1/rpc/leadsync_cache_put",
            {"p_key": "key", "p_value": {"a": 1}, "p_expires_at": "2026-11-24T00:00:00+00:00"},
        ),
    ]


def zoho_settings(client_id: str = "1000.A") -> ZohoSettings:
    return ZohoSettings(
        client_id=SecretStr(client_id), client_secret=SecretStr("b"), refresh_token=SecretStr("1000.c.d")
    )


def test_a_token_goes_into_the_cache_and_comes_out_only_for_the_same_credentials() -> None:
    script = Script(httpx.Response(204))
    token = AccessToken(
        access_token="1000.x", api_domain="https://api.example", expires_at=datetime.now(UTC) + timedelta(hours=1)
    )
    with backoffice(script) as client:
        CachedTokens(zoho_settings(), {}, client).put(token)
    stored = json.loads(script.calls[0].content)
    cache = {stored["p_key"]: CacheEntry(value=stored["p_value"], expires_at=stored["p_expires_at"])}
    assert CachedTokens(zoho_settings(), cache).get() == token
    assert CachedTokens(zoho_settings("1000.B"), cache).get() is None


@pytest.mark.parametrize("value", [None, {}, {"access_token": 5, "api_domain": None}, "text"])
def test_a_spoilt_cache_entry_is_no_token(value: object) -> None:
    settings = zoho_settings()
    key = f"zoho_access_token:{settings.fingerprint()}"
    entry = CacheEntry(value=value, expires_at=datetime.now(UTC))
    assert CachedTokens(settings, {key: entry}).get() is None


def test_a_store_without_a_backoffice_only_reads() -> None:
    token = AccessToken(access_token="1000.x", api_domain="https://api.example", expires_at=datetime.now(UTC))
    store = CachedTokens(zoho_settings(), {})
    store.put(token)
    assert store.get() is None
