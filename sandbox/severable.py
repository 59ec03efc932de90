"""HTTP whose connection the application can cut: `scope["transport"]` is the connection itself."""

import asyncio
from typing import cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class SeverableProtocol(H11Protocol):
    """uvicorn's protocol, with the connection within reach of the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Show the application of this connection its transport."""
        super().connection_made(transport)
        application = cast("ASGIApp", self.app)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await application({**scope, "transport": transport}, receive, send)

        self.app = app
