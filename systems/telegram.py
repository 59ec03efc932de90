"""Telegram's Bot API, as far as messages need it: one message to a tier's chat, and whether bot and chat are right.

Plain HTTP and no library: the ones at hand (apprise, Prefect's block of it) have the API's address built in, so that no
test can receive what they send, escape by tables of their own, and say of a failure only that there was one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx

from leads.incidents import Tier
from systems.errors import ContractBroken, LeadsyncError, Misconfigured, RateLimited, Unavailable
from systems.patience import Patience
from systems.settings import TelegramSettings, Tunables
from systems.transport import connection_errors, http_client, json_body

SYSTEM = "Telegram"
LONGEST = 4096
"""Characters of a message."""

HASTE = {"retry_attempts": 3, "retry_seconds": 30.0, "request_timeout": 15.0}
"""A look comes again soon."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A tier's bot and chat, and the names of the settings that say which."""

    token: str
    chat: str
    token_name: str
    chat_name: str

    @classmethod
    def of(cls, settings: TelegramSettings, tier: Tier) -> Self | None:
        """The channel of a tier; None if it has no bot or no chat."""
        own, chat = getattr(settings, f"{tier}_bot_token"), getattr(settings, f"{tier}_chat_id")
        token = own or settings.bot_token
        if token is None or chat is None:
            return None
        return cls(
            token=token.get_secret_value(),
            chat=chat,
            token_name=settings.name_of(f"{tier}_bot_token" if own else "bot_token"),
            chat_name=settings.name_of(f"{tier}_chat_id"),
        )


class Telegram:
    """A client; close it, or use it as a context manager."""

    def __init__(
        self, settings: TelegramSettings, *, tunables: Tunables, transport: httpx.BaseTransport | None = None
    ) -> None:
        hasty = tunables.model_copy(update=HASTE)
        self._url = settings.api_url
        self._patience = Patience.of(hasty)
        self._http = http_client(hasty, transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, channel: Channel, html: str) -> None:
        """Sends a message in Telegram's HTML, without a preview of its links.

        Raises:
            Misconfigured: the token is wrong, or the bot may not write to the chat.
            LeadsyncError: it was not delivered.
        """
        body = {"chat_id": channel.chat, "text": html, "parse_mode": "HTML"}
        self._call(channel, "sendMessage", **body, link_preview_options={"is_disabled": True})

    def check(self, channel: Channel) -> str:
        """The bot's name, after making sure that it sees the chat.

        Raises:
            Misconfigured: the token is wrong, or the bot does not see the chat.
            LeadsyncError: Telegram does not say.
        """
        name = self._call(channel, "getMe").get("username")
        self._call(channel, "getChat", chat_id=channel.chat)
        return f"@{name}"

    def _call(self, channel: Channel, method: str, **body: object) -> dict[str, Any]:
        return self._patience(lambda: self._once(channel, method, body))

    def _once(self, channel: Channel, method: str, body: dict[str, object]) -> dict[str, Any]:
        with _without_address(), connection_errors(SYSTEM, "TELEGRAM_API_URL"):
            # The token is part of the address, which must not get into a log or an error.
            response = self._http.post(f"{self._url}/bot{channel.token}/{method}", json=body)
        answer = json_body(response)
        if isinstance(answer, dict) and answer.get("ok") is True and isinstance(answer.get("result"), dict):
            result: dict[str, Any] = answer["result"]
            return result
        raise _refusal(channel, response, answer if isinstance(answer, dict) else {})


@contextmanager
def _without_address() -> Iterator[None]:
    """Lets no exception through that has the address in its chain."""
    try:
        yield
    except LeadsyncError as error:
        raise error from None


def _refusal(channel: Channel, response: httpx.Response, answer: dict[str, Any]) -> LeadsyncError:
    status = response.status_code
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND):
        cause = f"the token in {channel.token_name} is wrong or revoked"
        return Misconfigured(SYSTEM, cause, "Ask @BotFather for it (/token).", status=status)
    if status == httpx.codes.FORBIDDEN or (status == httpx.codes.BAD_REQUEST and "chat" in _description(answer)):
        cause = f"the bot of {channel.token_name} cannot write to the chat in {channel.chat_name}"
        return Misconfigured(SYSTEM, cause, "Add the bot to that chat, and check the chat's id.", status=status)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait = _wait(answer)
        return RateLimited(SYSTEM, "it was asked too often", "Try again later.", status=status, retry_after=wait)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Unavailable(SYSTEM, f"it answers with status {status}", "Try again later.", status=status)
    return ContractBroken(SYSTEM, f"it refuses a message with status {status}", "Report it as a defect.", status=status)


def _wait(answer: dict[str, Any]) -> float | None:
    """The seconds that Telegram asks for; None if it names none."""
    parameters = answer.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) else None


def _description(answer: dict[str, Any]) -> str:
    return str(answer.get("description", "")).lower()
