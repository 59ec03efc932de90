"""`leadsync run`: one attempt in this process."""

import json as json_module
import signal
import sys
from typing import Any, Literal, cast

# Sets Prefect's environment, so it comes before everything that imports Prefect.
from cli.prefect_api import api_url, prefect_errors  # isort: skip

from prefect import tags
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.backup import portal_to_backoffice
from flows.origin import CALLER
from flows.outcome import AttemptFailed, Outcome
from flows.preview import HEAD, Preview
from flows.primary import zoho_to_backoffice

WIDTH = 180
"""Characters of a line where stdout is no terminal."""

FLOWS = {"primary": zoho_to_backoffice, "backup": portal_to_backoffice}


def run_attempt(flow: Literal["primary", "backup"], asked: dict[str, Any], *, json: bool) -> int:
    """Runs a flow and tells its outcome on stdout; returns the exit code.

    Raises:
        LeadsyncError: Prefect does not let the flow run.
        KeyboardInterrupt: SIGINT or SIGTERM came; the attempt has been closed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if api_url() is None:
        print("PREFECT_API_URL is not set: a temporary Prefect server starts, which takes some 15 s.", file=sys.stderr)
    with prefect_errors():
        outcome = _outcome(flow, asked)
    if json:
        print(json_module.dumps(outcome.as_json()))
    else:
        _tell(outcome)
    if outcome.preview is not None and outcome.preview.cut:
        print(f"Only {len(outcome.preview.rows)} of {outcome.preview.total} changes are kept.", file=sys.stderr)
    if outcome.status == "failed":
        print(outcome.remarks[0], file=sys.stderr)
    return outcome.exit_code


def _outcome(flow: str, asked: dict[str, Any]) -> Outcome:
    with tags("leadsync", f"{CALLER}cli"):
        state = FLOWS[flow](**asked, return_state=True)
    try:
        # Prefect unpacks the state that the flow returns; its types do not know.
        return cast("Outcome", state.result())
    except AttemptFailed as failure:
        return failure.outcome


def _tell(outcome: Outcome) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    if outcome.preview is not None:
        _show(outcome.preview, console)
    console.print(f"{outcome.flow}: {outcome.message}", soft_wrap=True, markup=False, highlight=False)
    console.print(f"window: {outcome.window}; attempt: {outcome.attempt_id or 'none'}", soft_wrap=True, highlight=False)


def _show(preview: Preview, console: Console) -> None:
    lines, rest = preview.shown()
    table = Table(title=f"Planned changes: {preview.total}", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in HEAD:
        table.add_column(name, overflow="fold")
    for cells in lines:
        table.add_row(*map(Text, cells))
    console.print(table)
    if rest:
        console.print(f"and {rest} more; --json tells them all", highlight=False)
