"""The stand-in as a process of its own: `lead_api` starts, awaits and ends it."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox.ports import listen_on_loopback
from sandbox.processes import Child, dies_with_parent, start
from sandbox.world import World

START_SECONDS = 30.0
_DSN = "LEADSYNC_SANDBOX_LEAD_API_DSN"
_ZOHO = "LEADSYNC_SANDBOX_LEAD_API_ZOHO"

EMAIL = "verify@leadsync.example"
PHONE = "+447700900123"
"""Nobody's, by its regulator's word; no sample has it."""


@dataclass(frozen=True)
class LeadApiServer:
    """The running stand-in; its control address orders how it behaves, see `sandbox.lead_api.app`."""

    child: Child
    url: str
    control_url: str

    def settings(self) -> dict[str, str]:
        """The environment that lets `leadsync verify` use it."""
        return {"VERIFY_LEAD_API_URL": self.url, "VERIFY_EMAIL": EMAIL, "VERIFY_PHONE": PHONE}

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.control_url}/manner", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False


@contextmanager
def lead_api(directory: Path, world: World) -> Iterator[LeadApiServer]:
    """Run the stand-in beside a world until the block ends; it dies with the calling thread, too.

    Raises:
        SandboxError: it does not start.
    """
    with listen_on_loopback() as listener:
        fd, port = listener.fileno(), listener.getsockname()[1]
        child = start(
            "the lead API",
            [*dies_with_parent("TERM"), sys.executable, "-m", "sandbox.lead_api.process", str(fd)],
            log=directory / "lead-api.log",
            environment={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parent.parent.parent),
                _DSN: world.portal_dsn,
                _ZOHO: world.zoho_api_domain,
            },
            pass_fds=[fd],
        )
    server = LeadApiServer(child, f"http://127.0.0.1:{port}/api/leads", f"http://127.0.0.1:{port}/control")
    try:
        child.wait_until(server.is_ready, seconds=START_SECONDS)
        yield server
    finally:
        child.stop()


def main(fd: int) -> None:
    """Serve on the inherited socket until a signal comes."""
    # The parent needs none of these, and starts faster without them.
    import uvicorn  # noqa: PLC0415

    from sandbox.lead_api.app import create_app  # noqa: PLC0415

    config = uvicorn.Config(
        create_app(os.environ[_DSN], os.environ[_ZOHO]),
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
