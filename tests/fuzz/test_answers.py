"""Whatever Zoho, PostgREST or the token endpoint answers: a value, or one sentence that carries nothing of it."""

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from leads.batch import read
from leads.incidents import Tier
from leads.sources import Source
from systems.backoffice import Backoffice
from systems.errors import LeadsyncError
from systems.lead_api import LeadApi
from systems.portal import Portal
from systems.settings import (
    BackofficeSettings,
    PortalSettings,
    TelegramSettings,
    Tunables,
    VerifySettings,
    ZohoSettings,
)
from systems.telegram import Channel, Telegram
from systems.zoho import PageQuery, Zoho
from systems.zoho_bulk import ZohoBulk
from systems.zoho_walk import advance, start
from tests.fuzz.effort import fuzz
from tests.fuzz.outside import answers
from tests.unit.leads.model import COLUMNS

ONCE = Tunables(retry_attempts=1, retry_first_wait=0.001, retry_longest_wait=0.001, retry_seconds=1)
KEY = "sb_secret_0123456789012345678901_01234567"
TOKEN = {"access_token": "1000.live", "expires_in": 3600, "api_domain": "https://api.example", "token_type": "Bearer"}
LEAD = {"id": "640000000000900001", "Last_Name": "Zammit", "Modified_Time": "2026-11-24T10:00:00+01:00"}
PAGE = {"data": [LEAD], "info": {"more_records": True, "next_page_token": "abc", "page": 1, "count": 1}}
REFUSAL = {"code": "INVALID_TOKEN", "details": {}, "message": "text", "status": "error"}
JOB = {"data": [{"id": "64", "state": "COMPLETED", "result": {"more_records": True, "next_page_token": "x"}}]}
ORDERED = {"data": [{"status": "success", "details": {"id": "64"}}]}
CONTEXT = {
    "installation_id": "here",
    "schema_version": 99,
    "now": "2026-11-24T06:00:00+00:00",
    "watermarks": {"zoho": "2026-11-24T06:00:00+00:00"},
    "columns": {"name": {"type": "text", "length": 255, "nullable": False}},
    "cache": {"key": {"value": 1, "expires_at": "2026-11-24T06:00:00+00:00"}},
}
MATCHED = {"records": [{"n": 0, "seen": "x", "record": None, "hits": {}}], "leads": {}}
DATABASE_ERROR = {"code": "57014", "message": "text", "hint": None, "details": None}

LONGEST_SENTENCE = 1000

Ask = Callable[[httpx.MockTransport], object]


def judged(ask: Ask, answer: httpx.Response) -> object:
    """What comes of an answer; errors are ours, one line, and say nothing that is not in our own words."""
    transport = httpx.MockTransport(
        lambda _: httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
    )
    said = ""
    try:
        return ask(transport)
    except LeadsyncError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < LONGEST_SENTENCE
    return None


def zoho(transport: httpx.BaseTransport, tokens: bytes | None = None) -> Zoho:
    def answered(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/v2/token" and tokens is None:
            return httpx.Response(200, json=TOKEN)
        return transport.handle_request(request)

    secrets = (SecretStr("1000.A"), SecretStr("b"), SecretStr("1000.c.d"))
    settings = ZohoSettings(client_id=secrets[0], client_secret=secrets[1], refresh_token=secrets[2])
    return Zoho(settings, tunables=ONCE, transport=httpx.MockTransport(answered))


def walked(transport: httpx.MockTransport) -> object:
    with zoho(transport) as client:
        step = start(None)
        page = client.leads_page(step.query(("id", "Modified_Time")))
        records, _ = advance(step, page)
        return read(Source.ZOHO, records, COLUMNS)


def exported(transport: httpx.MockTransport) -> object:
    with zoho(transport) as client:
        bulk = ZohoBulk(client.api)
        return bulk.job(bulk.order(["id"]))


def minted(transport: httpx.MockTransport) -> object:
    with zoho(transport, tokens=b"theirs") as client:
        return client.leads_page(PageQuery(fields=("id",)))


def backoffice(asked: Callable[[Backoffice], object]) -> Ask:
    def ask(transport: httpx.MockTransport) -> object:
        settings = BackofficeSettings(url="https://backoffice.example", service_key=SecretStr(KEY))
        with Backoffice(settings, tunables=ONCE, transport=transport) as client:
            return asked(client)

    return ask


def rows(transport: httpx.MockTransport) -> object:
    settings = PortalSettings(url="https://portal.example", service_key=SecretStr(KEY))
    with Portal(settings, tunables=ONCE, transport=transport) as client:
        return read(Source.PORTAL, client.rows(), COLUMNS)


def telegram(transport: httpx.MockTransport) -> object:
    settings = TelegramSettings(admin_bot_token=SecretStr(f"1:{'a' * 35}"), admin_chat_id="-1")
    channel = Channel.of(settings, Tier.ADMIN)
    assert channel
    with Telegram(settings, tunables=ONCE, transport=transport) as client:
        return client.check(channel)


def submitted(transport: httpx.MockTransport) -> object:
    values = {"lead_api_url": "https://portal.example/api/leads", "email": "a@mail.example", "phone": "+35679123456"}
    with LeadApi(VerifySettings.model_validate(values), tunables=ONCE, transport=transport) as api:
        api.create({})
    return None


ASKED: dict[str, tuple[Ask, tuple[object, ...]]] = {
    "a page of leads": (walked, (PAGE, REFUSAL, {"data": [REFUSAL]})),
    "an export": (exported, (ORDERED, JOB, REFUSAL)),
    "a token": (minted, (TOKEN, {"error": "invalid_code"}, PAGE)),
    "the context": (backoffice(lambda client: client.context()), (CONTEXT, DATABASE_ERROR)),
    "a match": (backoffice(lambda client: client.match(Source.ZOHO, [], [])), (MATCHED, DATABASE_ERROR)),
    "an apply": (
        backoffice(lambda client: client.apply("a", 1, {})),
        ({"outcomes": [{"n": 0, "outcome": "inserted"}]}, DATABASE_ERROR),
    ),
    "what waits": (
        backoffice(lambda client: client.waiting()),
        ({"records": [], "conflicts": [], "review": {"count": 0, "oldest": None}}, DATABASE_ERROR),
    ),
    "Telegram": (
        telegram,
        (
            {"ok": True, "result": {"username": "x"}},
            {"ok": False, "description": "x", "parameters": {"retry_after": 5}},
        ),
    ),
    "the portal's lead API": (submitted, ({"success": True, "id": "x"}, {"error": "x"})),
    "rows of the portal": (rows, ([{"id": "x", "name": "Ħ", "updated_at": "2026-11-24T06:00:00Z"}], DATABASE_ERROR)),
}


@pytest.mark.parametrize("name", ASKED)
@fuzz
@given(data=st.data())
def test_an_answer_is_a_value_or_one_sentence(name: str, data: st.DataObject) -> None:
    ask, templates = ASKED[name]
    judged(ask, data.draw(answers(*templates)))
