"""The sandbox in the foreground: everything up, the settings written down, everything gone at the end."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from sandbox.lead_api.process import LeadApiServer, lead_api
from sandbox.prefect_api import PrefectApi, prefect_api
from sandbox.world import World, world

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(*, empty: bool, env_file: Path | None, prefect: bool) -> None:
    """Run the world until a signal comes.

    Args:
        empty: Without sample leads.
        env_file: Takes all settings as lines `NAME=value`; readable by its owner only.
        prefect: With a Prefect API.

    Raises:
        SandboxError: a part is missing or does not start.
    """
    began = time.monotonic()
    console = Console()
    with until_a_signal(), _directory() as directory, ExitStack() as stack:
        # Prefect takes longest, so it starts first and is waited for last.
        api = stack.enter_context(prefect_api(directory)) if prefect else None
        built = stack.enter_context(world(directory, empty=empty))
        leads = stack.enter_context(lead_api(directory, built))
        if api:
            api.wait()
        if env_file:
            write_settings(env_file, all_settings(built, leads, api))
        console.print(_addresses(built, leads, api, env_file))
        console.print(f"ready after {time.monotonic() - began:.1f} s; Ctrl-C ends it")
        while True:
            signal.pause()


def all_settings(built: World, leads: LeadApiServer, api: PrefectApi | None) -> dict[str, str]:
    """The settings of the world and the lead API and, if there is one, the Prefect API's address."""
    return built.settings() | leads.settings() | ({"PREFECT_API_URL": api.url} if api else {})


def write_settings(path: Path, settings: dict[str, str]) -> None:
    """Write lines `NAME=value` to a file that only its owner can read, in place at once."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    draft.replace(path)


@contextmanager
def until_a_signal() -> Iterator[None]:
    """Leave the block in good order when a signal asks for the end; what comes while it is left is ignored."""
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _directory() -> Iterator[Path]:
    """A directory for this run: below `$LEADSYNC_SANDBOX_DIR` it stays, for its logs; else it is temporary."""
    if chosen := os.environ.get("LEADSYNC_SANDBOX_DIR"):
        Path(chosen).mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix="run-", dir=chosen))
        return
    with tempfile.TemporaryDirectory(prefix="leadsync-") as temporary:
        yield Path(temporary)


def _addresses(built: World, leads: LeadApiServer, api: PrefectApi | None, env_file: Path | None) -> Table:
    table = Table("part", "address")
    table.add_row("portal", built.portal_url)
    table.add_row("its lead API", leads.url)
    table.add_row("backoffice", built.backoffice_url)
    table.add_row("Zoho", built.zoho_api_domain)
    if api:
        table.add_row("Prefect", api.url.removesuffix("/api"))
    if env_file:
        table.add_row("settings", str(env_file))
    return table
