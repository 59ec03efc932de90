"""The edges as one process: `python -m sandbox.edge_server PROJECT FD SOCKET …`, started by `start_edges`."""

import os
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
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
class Edges:
    """The running edges and their addresses by project."""

    child: Child
    urls: Mapping[str, str]

    def is_ready(self) -> bool:
        """Whether they answer."""
        try:
            answers = [httpx.get(f"{control_url(url)}/calls", timeout=5, trust_env=False) for url in self.urls.values()]
        except httpx.TransportError:
            return False
        return all(answer.is_success for answer in answers)

    def wait(self) -> None:
        """Return once they are ready.

        Raises:
            SandboxError: they ended, or are not ready in time.
        """
        self.child.wait_until(self.is_ready, seconds=START_SECONDS)

    def stop(self) -> None:
        """End them."""
        self.child.stop()


def control_url(gateway: str) -> str:
    """Where faults of a gateway's project are ordered."""
    return f"{gateway}/control"


def start_edges(postgrests: Mapping[str, Path], log: Path, port: int = 0) -> Edges:
    """Start a gateway for each project, every one on a free loopback port; see `Edges.wait`.

    Args:
        postgrests: The Unix socket of each project's PostgREST, which need not be there yet.
        log: File that takes the output.
        port: Where a single project's gateway shall listen, as one did that is started again.
    """
    with ExitStack() as stack:
        listeners = {project: stack.enter_context(listen_on_loopback(port)) for project in postgrests}
        words = [
            word
            for project, listener in listeners.items()
            for word in (project, str(listener.fileno()), str(postgrests[project]))
        ]
        child = start(
            "the edge",
            [*dies_with_parent("TERM"), sys.executable, "-m", "sandbox.edge_server", *words],
            log=log,
            environment={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
            pass_fds=[listener.fileno() for listener in listeners.values()],
        )
        ports = {project: listener.getsockname()[1] for project, listener in listeners.items()}
    return Edges(child, {project: f"http://127.0.0.1:{port}" for project, port in ports.items()})


def main(words: list[str]) -> None:
    """Serve on the inherited sockets until a signal comes."""
    # The parent needs none of these, and starts faster without them.
    import uvicorn  # noqa: PLC0415

    from sandbox.edge import by_port, create_app  # noqa: PLC0415
    from sandbox.severable import SeverableProtocol  # noqa: PLC0415

    listeners = [socket.socket(fileno=int(fd)) for fd in words[1::3]]
    apps = [
        create_app(keys.OF_PROJECT[project], Path(postgrest))
        for project, postgrest in zip(words[::3], words[2::3], strict=True)
    ]
    ports = [listener.getsockname()[1] for listener in listeners]
    config = uvicorn.Config(
        by_port(dict(zip(ports, apps, strict=True))),
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
    uvicorn.Server(config).run(sockets=listeners)


if __name__ == "__main__":
    main(sys.argv[1:])
