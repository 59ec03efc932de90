"""Bots and chats of the three tiers, as the environment names them."""

from pathlib import Path

import pytest

from leads.incidents import Tier
from systems.errors import Misconfigured
from systems.settings import TelegramSettings, load
from systems.telegram import Channel

BOT = f"{123456789}:made-up-token-of-nobody-at-all-0001"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for field in TelegramSettings.model_fields:
        monkeypatch.delenv(TelegramSettings.name_of(field), raising=False)


def test_a_tier_has_a_bot_of_its_own_or_the_common_one_and_without_a_chat_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TELEGRAM_BOT_TOKEN": BOT,
        "TELEGRAM_TEAM_BOT_TOKEN": BOT[:-1] + "2",
        "TELEGRAM_ADMIN_CHAT_ID": "-1001",
        "TELEGRAM_TEAM_CHAT_ID": "@team",
        "TELEGRAM_EVERYTHING_CHAT_ID": "your_placeholder",
    }.items():
        monkeypatch.setenv(name, value)
    (settings,) = load(TelegramSettings)
    channels = {tier: Channel.of(settings, tier) for tier in Tier}
    assert {tier.value: channel and (channel.token_name, channel.chat) for tier, channel in channels.items()} == {
        "admin": ("TELEGRAM_BOT_TOKEN", "-1001"),
        "team": ("TELEGRAM_TEAM_BOT_TOKEN", "@team"),
        "everything": None,
    }


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("TELEGRAM_BOT_TOKEN", "secret-but-no-token", "is no bot's token"),
        ("TELEGRAM_ADMIN_CHAT_ID", "the admins", "is no chat's id"),
    ],
)
def test_what_is_no_token_or_chat_is_named_and_not_told(
    name: str, value: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as caught:
        load(TelegramSettings)
    assert f"{name} {what}" in caught.value.cause
    assert value not in str(caught.value)
