"""`leadsync reconcile`: the reconciliation now, as the weekly deployment does it."""

import json as json_module
import signal
import sys
from typing import Annotated, Literal, cast

from cyclopts import Parameter

# Sets Prefect's environment, so it comes before everything that imports Prefect.
from cli.prefect_api import prefect_errors  # isort: skip

from prefect import tags
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.origin import CALLER
from flows.reconcile import reconcile as flow
from flows.reconciled import HEAD, MOST_LINES, Reconciled
from systems.settings import BackofficeSettings, PortalSettings, Settings, Tunables, ZohoSettings, load

WIDTH = 180
"""Characters of a line where stdout is no terminal."""

MODELS: dict[str, list[type[Settings]]] = {
    "both": [ZohoSettings, PortalSettings],
    "zoho": [ZohoSettings],
    "portal": [PortalSettings],
}


def reconcile(
    *,
    heal: Annotated[bool, Parameter(negative="")] = False,
    only: Literal["both", "zoho", "portal"] = "both",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Compare all that both sources have with the backoffice, and list where they differ and why.

    Ends with 0 if everything could be compared, whatever was found; with 1 if not, with 2 if a setting is wrong.

    Args:
        heal: Bring in what is missing and what differs, and mark what is gone at its source.
        only: Compare only one of the sources.
        json: Print everything that was found as one JSON object.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for model in MODELS[only]:
        load(model, BackofficeSettings, Tunables)
    with prefect_errors(), tags("leadsync", f"{CALLER}cli"):
        state = flow(heal=heal, only=only, return_state=True)
    done = cast("Reconciled", state.result(raise_on_failure=False))
    if json:
        print(json_module.dumps(done.as_json()))
    else:
        _tell(done)
    for outcome in done.failed:
        print(outcome.remarks[0], file=sys.stderr)
    return max(outcome.exit_code for outcome in done.outcomes)


def _tell(done: Reconciled) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    if done.findings:
        table = Table(title="Where the systems differ", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for name in HEAD:
            table.add_column(name, overflow="fold")
        for cells in done.rows():
            table.add_row(*map(Text, cells))
        console.print(table)
    if (rest := done.totals.total() - MOST_LINES) > 0:
        console.print(f"and {rest} more; --json lists them", highlight=False)
    console.print(f"reconcile: {done.message}", soft_wrap=True, markup=False, highlight=False)
