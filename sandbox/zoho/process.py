"""The server as a process of its own: `zoho_server` starts, awaits and ends it."""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox.ports import listen_on_loopback
from sandbox.processes import Child, dies_with_parent, start

START_SECONDS = 30.0
KEEP_ALIVE_SECONDS = 75
LONGEST_HEAD = 1024 * 1024  # bytes
_DSN = "LEADSYNC_SANDBOX_ZOHO_SERVER_DSN"


@dataclass(frozen=True)
class ZohoServer:
    """A running server: its addresses and the client that it knows from the start."""

    accounts_url: str
    api_domain: str
    control_url: str
    client_id: str
    client_secret: str
    refresh_token: str


@contextmanager
def zoho_server(dsn: str) -> Iterator[ZohoServer]:
    """Run the server over a database until the block ends; it dies with the calling thread, too.

    Raises:
        SandboxError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="leadsync-zoho-") as directory:
        child, url = start_zoho(dsn, Path(directory) / "zoho.log")
        try:
            child.wait_until(lambda: is_ready(url), seconds=START_SECONDS)
            yield at(url)
        finally:
            child.stop()


def at(url: str) -> ZohoServer:
    """The server at an address."""
    # The application is heavy to import, and only the child needs it.
    from sandbox.zoho.oauth import DEFAULT_CLIENT  # noqa: PLC0415

    return ZohoServer(
        accounts_url=url,
        api_domain=url,
        control_url=f"{url}/control",
        client_id=DEFAULT_CLIENT.client_id,
        client_secret=DEFAULT_CLIENT.client_secret,
        refresh_token=DEFAULT_CLIENT.refresh_token,
    )


def start_zoho(dsn: str, log: Path, port: int = 0) -> tuple[Child, str]:
    """Start the server's process and give its address; see `is_ready`.

    Args:
        dsn: The database that holds its leads and tokens.
        log: File that takes the output.
        port: Where to listen, as a server did that is started again; 0 takes a free port.
    """
    with listen_on_loopback(port) as listener:
        fd, port = listener.fileno(), listener.getsockname()[1]
        command = [*dies_with_parent("TERM"), sys.executable, "-m", "sandbox.zoho.process", str(fd)]
        root = str(Path(__file__).parent.parent.parent)
        environment = {**os.environ, "PYTHONPATH": root, _DSN: dsn}
        child = start("the Zoho server", command, log=log, environment=environment, pass_fds=[fd])
    return child, f"http://127.0.0.1:{port}"


def is_ready(url: str) -> bool:
    """Whether the server at an address answers."""
    try:
        return httpx.get(f"{url}/control/settings", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def main(fd: int) -> None:
    """Serve on the inherited socket until a signal comes."""
    # The parent needs none of these, and starts faster without them.
    import uvicorn  # noqa: PLC0415

    from sandbox.severable import SeverableProtocol  # noqa: PLC0415
    from sandbox.zoho.server import create_app  # noqa: PLC0415

    config = uvicorn.Config(
        create_app(os.environ[_DSN]),
        http=SeverableProtocol,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
