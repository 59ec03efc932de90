"""A TCP proxy before one of the world's servers, for what goes wrong below HTTP.

Of HTTP it knows where a request ends, and that the next one comes after the whole answer. What is above (statuses,
made-up bodies, delays) is ordered at the edges and at Zoho's control.
"""

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

CHUNK = 64 * 1024
LONGEST_HEAD = 1024 * 1024
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3})")
BODY_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What befalls requests. Parts may be combined; those left out change nothing.

    Attributes:
        request: Regular expression, searched in a request's first line.
        after: So many of these pass unharmed first.
        times: How often it strikes; None for always.
        act: What happens before the request is handed on, in a thread of its own.
        twice: The server gets the request a second time, on another connection: before the first one, or with it.
        cut_request: So many bytes of the request reach the server; then the connection breaks.
        cut_answer: The same of the answer and the client.
        stall_s: Seconds that the answer is held back.
        drip_s: Seconds between two bytes of the answer.
        drip_from: So many bytes of it flow freely first.
    """

    request: str = ""
    after: int = 0
    times: int | None = 1
    act: Callable[[], object] | None = None
    twice: Literal["before", "at once"] | None = None
    cut_request: int | None = None
    cut_answer: int | None = None
    stall_s: float = 0.0
    drip_s: float = 0.0
    drip_from: int = 0


NO_TROUBLE = Trouble()


@dataclass
class Order:
    """A trouble, and how many matching requests there were."""

    trouble: Trouble
    met: int = 0

    @property
    def struck(self) -> int:
        """How often it has struck."""
        over = max(0, self.met - self.trouble.after)
        return over if self.trouble.times is None else min(over, self.trouble.times)

    def takes(self, first_line: str) -> bool:
        """Counts a request, if it matches; whether the trouble is for it."""
        if not re.search(self.trouble.request, first_line):
            return False
        before = self.struck
        self.met += 1
        return self.struck > before


@dataclass
class Wire:
    """A running proxy.

    Attributes:
        url: Where clients reach it.
        orders: All troubles, oldest first; the first that takes a request has it.
        heard: Every request as it came, oldest first, while `listening`.
        listening: Whether requests are kept.
    """

    url: str
    target: tuple[str, int]
    loop: asyncio.AbstractEventLoop
    orders: list[Order] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    listening: bool = False

    def order(self, trouble: Trouble) -> Order:
        """Lets something go wrong from now on."""
        made = Order(trouble)
        self.orders.append(made)
        return made

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.orders.clear()

    def send_again(self) -> list[int]:
        """Hands every request that was heard to the server once more, as a network does with what was under way.

        Returns:
            The statuses of the answers, which nobody else gets.
        """
        return [asyncio.run_coroutine_threadsafe(self.alone(one), self.loop).result() for one in [*self.heard]]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Plays one client's connection to its end."""
        with contextlib.suppress(OSError, asyncio.CancelledError):
            async with _ending(writer), self._server() as (answers, server):
                await _Line(self, reader, writer, answers, server).run()

    def take(self, request: bytes) -> Trouble:
        """What befalls a request."""
        if self.listening:
            self.heard.append(request)
        first_line = request.partition(b"\r\n")[0].decode("latin-1")
        return next((order.trouble for order in [*self.orders] if order.takes(first_line)), NO_TROUBLE)

    async def alone(self, request: bytes, beside: Callable[[], object] = lambda: None) -> int:
        """Sends a request on a connection of its own; gives the status of the answer.

        Args:
            request: what is sent.
            beside: what is done at the same moment.
        """
        async with self._server() as (answers, server):
            server.write(request.replace(b"Connection: keep-alive", b"Connection: close", 1))
            beside()
            status = STATUS_LINE.match(await answers.read())
            return int(status[1]) if status else 0

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        answers, server = await asyncio.open_connection(*self.target)
        async with _ending(server):
            yield answers, server


@dataclass
class _Line:
    """One client's connection and the one to the server that belongs to it."""

    wire: Wire
    requests: asyncio.StreamReader
    client: asyncio.StreamWriter
    answers: asyncio.StreamReader
    server: asyncio.StreamWriter
    trouble: Trouble = NO_TROUBLE
    answered: int = 0

    async def run(self) -> None:
        """Goes on until either side has had enough."""
        ways = [asyncio.create_task(self._hand_on_requests()), asyncio.create_task(self._hand_on_answers())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _hand_on_requests(self) -> None:
        while request := await _read_request(self.requests):
            self.trouble, self.answered = self.wire.take(request), 0
            if self.trouble.act:
                await asyncio.to_thread(self.trouble.act)
            if self.trouble.cut_request is not None:
                self.server.write(request[: self.trouble.cut_request])
                await self.server.drain()
                return
            await self._send(request)

    async def _send(self, request: bytes) -> None:
        if self.trouble.twice == "at once":
            await self.wire.alone(request, beside=lambda: self.server.write(request))
            return
        if self.trouble.twice == "before":
            await self.wire.alone(request)
        self.server.write(request)
        await self.server.drain()

    async def _hand_on_answers(self) -> None:
        while chunk := await self.answers.read(CHUNK):
            await asyncio.sleep(self.trouble.stall_s)
            if self.trouble.cut_answer is not None and self.answered + len(chunk) >= self.trouble.cut_answer:
                self.client.write(chunk[: self.trouble.cut_answer - self.answered])
                await self.client.drain()
                return
            await self._answer(chunk)

    async def _answer(self, chunk: bytes) -> None:
        freely = len(chunk) if not self.trouble.drip_s else max(0, self.trouble.drip_from - self.answered)
        self.client.write(chunk[:freely])
        for byte in chunk[freely:]:
            await self.client.drain()
            await asyncio.sleep(self.trouble.drip_s)
            self.client.write(bytes([byte]))
        await self.client.drain()
        self.answered += len(chunk)


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    """One whole request; nothing at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = BODY_LENGTH.search(head)
        return head + (await reader.readexactly(int(length[1])) if length else b"")
    except asyncio.IncompleteReadError:
        return b""


@asynccontextmanager
async def _ending(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Closes a connection, whatever happens, after what was written has gone out."""
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextmanager
def wire(target: str) -> Iterator[Wire]:
    """Listen on a free port of loopback, in a thread of its own, until the block ends.

    Args:
        target: The URL of the server behind it, on this machine and without TLS.
    """
    parts = urlsplit(target)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="wire")
    thread.start()
    try:
        made = Wire("", (str(parts.hostname), int(parts.port or 80)), loop)
        start = asyncio.start_server(made.serve, "127.0.0.1", 0, limit=LONGEST_HEAD)
        server = asyncio.run_coroutine_threadsafe(start, loop).result()
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
