"""A stand-in for Telegram's Bot API: strict about token, chat and markup, as the real one is; it keeps what arrives."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.etree import ElementTree as ET

TOKEN = f"{123456789}:invented-token-of-the-stand-in-0001"
CHATS = {"admin": "-1001", "team": "-1002", "everything": "-1003"}
SECONDS = 120


@dataclass
class TelegramApi:
    """What arrived, as (tier, text), and how the stand-in answers.

    Attributes:
        status: of all answers; 200 as long as nothing is wrong with it.
    """

    url: str = ""
    status: int = 200
    messages: list[tuple[str, str]] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        """The environment that leads there: one bot for all tiers."""
        chats = {f"TELEGRAM_{tier.upper()}_CHAT_ID": chat for tier, chat in CHATS.items()}
        return {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": self.url, **chats}

    def take(self, number: int = 0) -> list[tuple[str, str]]:
        """What has arrived since the last take; waits for so many."""
        deadline = time.monotonic() + SECONDS
        while len(self.messages) < number:
            assert time.monotonic() < deadline, f"only {self.messages} came"
            time.sleep(0.1)
        taken = list(self.messages)
        del self.messages[: len(taken)]
        return taken

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and JSON for a call."""
        _, bot, method = path.split("/")
        tier = {chat: tier for tier, chat in CHATS.items()}.get(body.get("chat_id", ""))
        if self.status != 200:
            refused = self.status, "as the test wants it"
        elif bot != f"bot{TOKEN}":
            refused = 401, "Unauthorized"
        elif method != "getMe" and tier is None:
            refused = 400, "Bad Request: chat not found"
        elif method == "sendMessage" and not well_formed(body):
            refused = 400, "Bad Request: can't parse entities"
        else:
            if method == "sendMessage":
                self.messages.append((str(tier), body["text"]))
            return 200, {"ok": True, "result": {"id": 1, "username": "leadsync_bot"}}
        return refused[0], {"ok": False, "error_code": refused[0], "description": refused[1]}


def well_formed(body: dict[str, Any]) -> bool:
    """Whether the text is HTML as Telegram takes it, or short enough."""
    try:
        text = "".join(ET.fromstring(f"<m>{body['text']}</m>").itertext())  # noqa: S314 - our own
    except ET.ParseError:
        return False
    return body.get("parse_mode") == "HTML" and 0 < len(text) <= 4096


@contextmanager
def telegram_api() -> Iterator[TelegramApi]:
    api = TelegramApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            status, told = api.answer(self.path, body)
            said = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
