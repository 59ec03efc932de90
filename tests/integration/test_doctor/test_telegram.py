"""Telegram as it can go wrong: no bot, no chat, a token that is revoked, a bot that is in no chat."""

import re

import pytest

from tests.integration.telegram_api import TOKEN, TelegramApi
from tests.integration.test_doctor.doctor import Wrong, found, look

pytestmark = pytest.mark.usefixtures("settled_world")

OTHER = TOKEN[:-1] + "9"


def test_bots_that_can_write_are_in_order_and_nothing_is_sent(telegram: TelegramApi) -> None:
    said = [(finding.severity.value, finding.cause) for finding in look("telegram")]
    tiers = ("admin", "team", "everything")
    assert said == [("ok", f"@leadsync_bot can write to the tier {tier}") for tier in tiers]
    assert telegram.messages == []


WRONGS = [
    Wrong(
        {"TELEGRAM_TEAM_CHAT_ID": ""},
        *("telegram", "warning", "TELEGRAM_TEAM_BOT_TOKEN or TELEGRAM_TEAM_CHAT_ID is not set, so", "deploying.md"),
    ),
    Wrong(
        {"TELEGRAM_BOT_TOKEN": "PLACEHOLDER"},
        *("telegram", "warning", "ADMIN.*TEAM.*EVERYTHING.* is not set, so nobody is told when a flow fails", "deploy"),
    ),
    Wrong(
        {"TELEGRAM_ADMIN_BOT_TOKEN": OTHER},
        *("telegram", "error", "the token in TELEGRAM_ADMIN_BOT_TOKEN is wrong or revoked", "@BotFather"),
    ),
    Wrong(
        {"TELEGRAM_EVERYTHING_CHAT_ID": "-4711"},
        *("telegram", "error", "cannot write to the chat in TELEGRAM_EVERYTHING_CHAT_ID", "Add the bot"),
    ),
    Wrong(
        {"TELEGRAM_TEAM_BOT_TOKEN": "a-word"},
        *("settings", "error", "TELEGRAM_TEAM_BOT_TOKEN is no bot's token", "deploying.md"),
    ),
    Wrong(
        {"TELEGRAM_TEAM_CHATID": "-1002"},
        *("unread-names", "warning", "TELEGRAM_TEAM_CHATID is set, but nothing reads it", "TELEGRAM_TEAM_CHAT_ID"),
    ),
]


@pytest.mark.parametrize("wrong", WRONGS, ids=str)
def test_what_is_wrong_is_named_with_its_cure_and_without_the_secret(
    wrong: Wrong, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in wrong.environment.items():
        monkeypatch.setenv(name, value)
    if wrong.check == "unread-names":
        monkeypatch.delenv("TELEGRAM_TEAM_CHAT_ID")
    ((severity, _, cause, cure),) = found(wrong.check)
    assert severity == wrong.severity
    assert re.search(wrong.cause, cause), cause
    assert wrong.cure in cure
    assert OTHER not in cause + cure
