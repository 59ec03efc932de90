"""The `leadsync` command. What a command needs is imported when it runs, so that `--help` is there at once."""

import sys
from collections.abc import Callable
from itertools import chain
from json import dumps
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from cli.usage import DECISIONS
from flows.request import NAMES, Mode, Request
from leads.counts import Counts
from leads.sources import Source
from systems.errors import LeadsyncError
from systems.settings import BackofficeSettings, PortalSettings, Settings, Tunables, ZohoSettings, load

OK, FAILED, REFUSED = 0, 1, 2

SOURCES: dict[str, tuple[Source, type[Settings]]] = {
    "primary": (Source.ZOHO, ZohoSettings),
    "backup": (Source.PORTAL, PortalSettings),
}

REVIEW = f"""List, show and decide what waits for a person.

Without words it lists; `leadsync review RECORD` (zoho:ID or portal:ID) shows a record beside its candidates,
`leadsync review LEAD` a lead's open conflicts. The next run obeys a decision on a record; one on a field acts at once.

```
{DECISIONS}
```
"""

app = App(
    name="leadsync",
    help="Keeps a backoffice true to Zoho CRM and a sales portal.",
    result_action="return_value",
    version_flags=(),
    suppress_keyboard_interrupt=False,
)


@app.command
def run(
    flow: Literal["primary", "backup"],
    /,
    *,
    since: str = "",
    full: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    maximum: Annotated[int, Parameter(name="--max")] = 0,
    confirm_first_import: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Run one attempt in this process.

    Ends with 0 if it completed (findings and a skipped run included), 1 if it failed, 2 if it was refused or a setting
    is wrong.

    Args:
        flow: primary reads Zoho CRM, backup reads the sales portal.
        since: Read from this time, in ISO 8601, instead of from the watermark.
        full: Read everything.
        dry_run: Show what would change, field by field, and write nothing.
        maximum: Stop after this many records; 0 reads to the end.
        confirm_first_import: Confirm that old leads come in, which the company's own mails will then reach.
        json: Print the outcome as one JSON object; everything else goes to stderr.
    """
    mode: Mode = "full" if full else "incremental"
    asked: dict[str, Any] = {"mode": mode, "since": since, "dry_run": dry_run, "maximum": maximum}
    asked["confirm_first_import"] = confirm_first_import
    try:
        Request.read(**asked)
        # Prefect takes seconds to start; whatever is wrong with the settings can be said before.
        load(SOURCES[flow][1], BackofficeSettings, Tunables)
    except LeadsyncError:
        if json:
            print(dumps(_not_begun(flow)))
        raise
    from cli.attempt import run_attempt  # noqa: PLC0415 - imports Prefect

    return run_attempt(flow, asked, json=json)


@app.command
def deploy() -> int:
    """Put work pool, deployments and automations on the Prefect server of PREFECT_API_URL."""
    from cli.prefect_api import prefect_errors  # noqa: PLC0415 - imports Prefect
    from deployments.bootstrap import bootstrap  # noqa: PLC0415 - imports Prefect
    from deployments.cron.secret import offer  # noqa: PLC0415 - only here

    with prefect_errors():
        for line in chain(bootstrap(), offer()):
            print(line)
    return OK


@app.command
def start(process: Literal["server", "worker", "cron"], /) -> int:
    """Become one of an installation's processes, with the settings that it wants.

    Args:
        process: server is Prefect's API, UI and scheduler; worker runs the flows; cron answers other schedulers.
    """
    from deployments.processes import become  # noqa: PLC0415 - imports Prefect

    become(process)


@app.command
def drain(*, over: Annotated[bool, Parameter(negative="")] = False, seconds: float = 1500) -> int:
    """Let no run start any more and wait for those that go on, before the worker is stopped.

    Args:
        over: Let runs start again.
        seconds: How long to wait.
    """
    from cli.prefect_api import prefect_errors  # noqa: PLC0415, I001 - sets Prefect's environment
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - takes seconds

    from deployments import draining  # noqa: PLC0415 - imports Prefect

    with prefect_errors(), get_client(sync_client=True) as client:
        for line in draining.resume(client) if over else draining.drain(client, seconds):
            print(line)
    return OK


@app.command
def sandbox(
    *,
    empty: Annotated[bool, Parameter(negative="")] = False,
    env_file: Path | None = None,
    no_prefect: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Run an embedded portal, backoffice, Zoho CRM and Prefect server until Ctrl-C.

    Args:
        empty: Without sample leads.
        env_file: Write all settings to this file, as NAME=value lines.
        no_prefect: Without a Prefect server.
    """
    try:
        from sandbox.command import serve  # noqa: PLC0415 - needs the sandbox's own dependencies
        from sandbox.processes import SandboxError  # noqa: PLC0415 - the same
    except ImportError:
        return _say("leadsync: the sandbox is not part of this installation. Install the checkout by `make`.", REFUSED)
    try:
        serve(empty=empty, env_file=env_file, prefect=not no_prefect)
    except SandboxError as error:
        return _say(str(error), FAILED)
    return OK


app.command("cli.review:review", help=REVIEW)
app.command("cli.rejected:rejected", help="List, show and retry the records that cannot become leads.")
app.command("cli.forget:forget", help="Remove a person from leadsync's own tables, so that no run brings them back.")
app.command("cli.export:export", help="Print all that is held on a person, as JSON.")
app.command("cli.tidy:tidy", help="Drop what has been kept long enough, as the weekly deployment does.")
app.command("cli.reconcile:reconcile", help="Compare everything with the backoffice, and list where they differ.")
app.command("cli.verify:verify", help="Send a marked test lead through the whole chain, and name what is broken.")
app.command("cli.pause:pause", help="Let nothing start a flow any more but a person.")
app.command("cli.pause:resume", help="Let a paused flow go on.")
app.command("cli.serve_cron:serve_cron", help="Let another scheduler start the flows by HTTP.")
app.command("cli.role_token:role_token", help="Make a key for the backoffice that can do no more than leadsync needs.")
app.command("cli.report:report", help="Write a picture of health as one HTML page.")
app.command("cli.undo:undo", help="Take back what an attempt wrote, where nobody wrote since.")
app.command("cli.doctor.command:doctor", help="Look at the whole installation: name what is wrong, and its cure.")
app.command("cli.history:history", help="Tell what happened to a lead, values included.")


def _not_begun(flow: str) -> dict[str, object]:
    """What `--json` prints of an attempt that its settings or parameters do not let begin."""
    nowhere = {"from": None, "to": None}
    name = NAMES[SOURCES[flow][0]]
    return {"attempt_id": None, "flow": name, "status": "failed", "window": nowhere, "counts": Counts().as_dict()}


def main() -> None:
    """The entry point: runs a command and ends with its exit code."""
    sys.exit(_guarded(lambda: app(exit_on_error=False)))


def _guarded(command: Callable[[], int | None]) -> int:
    """Turns whatever goes wrong into one sentence on stderr and an exit code."""
    try:
        return command() or OK
    except CycloptsError:
        return REFUSED
    except LeadsyncError as error:
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _say("Interrupted.", FAILED)


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
