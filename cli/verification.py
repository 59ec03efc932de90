"""The verification in this process, and its verdicts on the terminal."""

import json as json_module
import signal
import sys
from typing import cast

# Sets Prefect's environment, so it comes before everything that imports Prefect.
from cli.prefect_api import prefect_errors  # isort: skip

from prefect import tags
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.verification.verified import HEAD, Verified
from flows.verify import verify

WIDTH = 180
"""Characters of a line where stdout is no terminal."""


def run_verification(*, json: bool) -> int:
    """Runs the flow, confirmed, and tells its verdicts on stdout; returns the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with prefect_errors(), tags("leadsync"):
        state = verify(confirm_side_effects=True, return_state=True)
    done = cast("Verified", state.result(raise_on_failure=False))
    if json:
        print(json_module.dumps(done.as_json()))
    else:
        _tell(done)
    if done.error:
        print(done.error, file=sys.stderr)
    return done.exit_code


def _tell(done: Verified) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    table = Table(title=f"Verification: {done.name}", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in HEAD:
        table.add_column(name, overflow="fold")
    for cells in done.rows():
        table.add_row(*map(Text, cells))
    console.print(table)
    if done.left:
        console.print("What is left:", highlight=False)
        for one in done.left:
            console.print(f"- {one}", soft_wrap=True, markup=False, highlight=False)
    console.print(f"verify: {done.message}", soft_wrap=True, markup=False, highlight=False)
