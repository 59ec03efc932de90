"""An ASGI app of ours behind a real socket, in a thread of the test's own process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

import uvicorn


@contextmanager
def listening(app: Any) -> Iterator[str]:  # noqa: ANN401 - uvicorn and Starlette type an ASGI app differently
    """Serves the app, with Prefect's settings as they are now, and tells its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=copy_context().run, args=(server.run, [listener]))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(30)
