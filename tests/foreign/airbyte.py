"""Airbyte's public source for Zoho CRM, as a process of its own that speaks Airbyte's protocol."""

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sandbox.world import World
from tests.foreign.environments import python_with

HERE = Path(__file__).parent
_SECONDS = 120.0

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What one command said: its messages in order, and the error that it ended with."""

    messages: Sequence[Message]
    error: str | None

    def of(self, kind: str) -> list[Any]:
        """The bodies of the messages of one kind, such as `record`."""
        return [message[kind] for message in self.messages if kind in message]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows that were read."""
        return [record["data"] for record in self.of("record")]

    @property
    def last_state(self) -> Message:
        """Where the next incremental read is to go on."""
        state: Message = self.of("state")[-1]
        return state


@dataclass(frozen=True)
class Airbyte:
    """The running source; `folder` takes the files that its commands read."""

    process: "subprocess.Popen[str]"
    folder: Path
    config: Mapping[str, object]

    def run(self, command: str, **files: object) -> Answer:
        """Run one command with its configuration and these JSON files."""
        words = [command]
        for name, content in {"config": self.config, **files}.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content))
            words += [f"--{name}", str(path)]
        return self._ask(words)

    def read(self, mode: Literal["full_refresh", "incremental"], state: Message | None = None) -> Answer:
        """Read the leads: all, or what is new by a state."""
        (catalog,) = self.run("discover").of("catalog")
        (leads,) = catalog["streams"]
        wish = {"stream": leads, "sync_mode": mode, "destination_sync_mode": "append"}
        files = {} if state is None else {"state": [state]}
        return self.run("read", catalog={"streams": [wish]}, **files)

    def _ask(self, words: Sequence[str]) -> Answer:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        # A source that hangs is killed, and its output ends.
        limit = threading.Timer(_SECONDS, self.process.kill)
        limit.start()
        try:
            self.process.stdin.write(f"{json.dumps(words)}\n")
            self.process.stdin.flush()
            messages: list[Message] = []
            for line in self.process.stdout:
                message = json.loads(line) if line.strip() else None
                if message and message["type"] == "END":
                    return Answer(messages, message["error"])
                if message:
                    messages.append(message)
        finally:
            limit.cancel()
        raise AssertionError(f"the source ended in {words[0]}: {(self.folder / 'stderr').read_text()[-2000:]}")


@contextmanager
def airbyte(world: World, folder: Path) -> Iterator[Airbyte]:
    """Start the source, led to the sandbox, and end it with the block."""
    python = python_with(HERE / "airbyte.txt")
    command = [str(python), str(HERE / "airbyte_driver.py"), world.zoho_api_domain]
    config = {
        "client_id": world.zoho_client_id,
        "client_secret": world.zoho_client_secret,
        "refresh_token": world.zoho_refresh_token,
        "dc_region": "EU",
        "environment": "Production",
    }
    with (
        (folder / "stderr").open("w") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={"PATH": "/usr/bin:/bin", "NO_PROXY": "127.0.0.1"},
        ) as process,
    ):
        try:
            yield Airbyte(process, folder, config)
        finally:
            process.kill()
