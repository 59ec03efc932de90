"""A Prefect server of the sandbox's own, with the settings that its defaults get wrong (facts: prefect.md §10)."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox.ports import free_port
from sandbox.processes import Child, dies_with_parent, start

START_SECONDS = 120.0
"""The first start migrates its database: 14 to 17 s on two cores, more on a busy machine."""

SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # In memory, a server that restarts forgets who holds a deployment's slot.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "DO_NOT_TRACK": "1",
}


@dataclass(frozen=True)
class PrefectApi:
    """A Prefect server; `url` is what PREFECT_API_URL takes. The UI is at the same address without `/api`."""

    child: Child
    url: str

    def is_ready(self) -> bool:
        """Whether its health check passes."""
        try:
            return httpx.get(f"{self.url}/health", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def wait(self) -> None:
        """Return once it is ready.

        Raises:
            SandboxError: it ended, or is not ready in time.
        """
        self.child.wait_until(self.is_ready, seconds=START_SECONDS)


@contextmanager
def prefect_api(directory: Path, more: Mapping[str, str] | None = None) -> Iterator[PrefectApi]:
    """Start a server whose state lies below `directory`, and stop it at the end; see `PrefectApi.wait`.

    Args:
        directory: takes its state; made if missing.
        more: settings that this server wants besides.
    """
    port = free_port()
    settings = {
        **SETTINGS,
        **(more or {}),
        "PREFECT_HOME": str(directory / "prefect"),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    command = [*dies_with_parent("TERM"), sys.executable, "-m", "prefect", "server", "start"]
    child = start("Prefect", command, log=directory / "prefect.log", environment={**inherited, **settings})
    try:
        yield PrefectApi(child, f"http://127.0.0.1:{port}/api")
    finally:
        child.stop()
