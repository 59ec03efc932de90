"""What Telegram answers, and what we make of it."""

import httpx
import pytest
from pydantic import SecretStr

from leads.incidents import Tier
from systems.errors import RateLimited
from systems.settings import TelegramSettings, Tunables
from systems.telegram import Channel, Telegram

SETTINGS = TelegramSettings(admin_bot_token=SecretStr(f"1:{'a' * 35}"), admin_chat_id="-1")
QUICK = Tunables(retry_first_wait=0.001, retry_longest_wait=0.001)


@pytest.mark.parametrize(
    ("parameters", "wait"), [({"retry_after": 5}, 5.0), ({"retry_after": "5"}, None), (7, None), (None, None)]
)
def test_a_wait_that_is_asked_for_counts_if_it_is_a_number(parameters: object, wait: float | None) -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": parameters}
    transport = httpx.MockTransport(lambda _: httpx.Response(429, json=body))
    channel = Channel.of(SETTINGS, Tier.ADMIN)
    assert channel
    with Telegram(SETTINGS, tunables=QUICK, transport=transport) as telegram, pytest.raises(RateLimited) as caught:
        telegram.send(channel, "text")
    assert caught.value.retry_after == wait
