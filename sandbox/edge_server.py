"""The edge as a process: `python -m sandbox.edge_server FD PROJECT SOCKET`, started by `start_edge`."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox import keys
from sandbox.ports import listen_on_loopback
from sandbox.processes import Child, dies_with_parent, start

START_SECONDS = 30.0
KEEP_ALIVE_SECONDS = 75
LONGEST_HEAD = 1024 * 1024  # bytes; far above the gateway's own limit, which is to be the one that is met


@dataclass(frozen=True)
class EdgeProcess:
    """A running edge and its address."""

    child: Child
    url: str

    @property
    def control_url(self) -> str:
        """Where faults are ordered."""
        return f"{self.url}/control"

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.control_url}/calls", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def wait(self) -> None:
        """Return once it is ready.

        Raises:
            SandboxError: it ended, or is not ready in time.
        """
        self.child.wait_until(self.is_ready, seconds=START_SECONDS)

    def stop(self) -> None:
        """End it."""
        self.child.stop()


def start_edge(project: str, postgrest: Path, log: Path) -> EdgeProcess:
    """Start the gateway of `portal` or `backoffice` on a free loopback port; see `EdgeProcess.wait`."""
    with listen_on_loopback() as listener:
        fd, port = listener.fileno(), listener.getsockname()[1]
        program = [sys.executable, "-m", "sandbox.edge_server", str(fd), project, str(postgrest)]
        root = str(Path(__file__).parent.parent)
        child = start(
            f"the edge of {project}",
            [*dies_with_parent("TERM"), *program],
            log=log,
            environment={**os.environ, "PYTHONPATH": root},
            pass_fds=[fd],
        )
    return EdgeProcess(child, f"http://127.0.0.1:{port}")


def main(fd: int, project: str, postgrest: Path) -> None:
    """Serve on the inherited socket until a signal comes."""
    # The parent needs none of these, and starts faster without them.
    import uvicorn  # noqa: PLC0415

    from sandbox.edge import create_app  # noqa: PLC0415
    from sandbox.severable import SeverableProtocol  # noqa: PLC0415

    config = uvicorn.Config(
        create_app(keys.OF_PROJECT[project], postgrest),
        http=SeverableProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
