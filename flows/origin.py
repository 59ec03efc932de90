"""Who started a run, and what it is called: facts from Prefect's own record of it."""

from prefect.context import FlowRunContext
from prefect.runtime import flow_run

CALLER = "trigger:"
"""Prefix of a tag by which a program that starts a run says what it is, such as `trigger:cli`."""


def trigger() -> str:
    """`schedule`, `automation`, `manual`, what a `trigger:` tag says, or `code` for a plain call of the flow."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None:
        return "code"
    told = [tag.removeprefix(CALLER) for tag in run.tags if tag.startswith(CALLER)]
    if told:
        return told[0]
    if run.auto_scheduled or "auto-scheduled" in run.tags:
        return "schedule"
    if run.created_by is not None and run.created_by.type == "AUTOMATION":
        return "automation"
    return "manual" if run.deployment_id else "code"


def run_id() -> str | None:
    """The id of the flow run that is going on."""
    return flow_run.id or None


def run_name() -> str:
    """The run's name: flow and window as far as the parameters tell. Must not raise: that would crash the run."""
    try:
        asked = flow_run.parameters
        start = asked.get("since") or ("the beginning" if asked.get("mode") == "full" else "the watermark")
        dry = " (dry run)" if asked.get("dry_run") else ""
        moment = flow_run.scheduled_start_time
        return f"{flow_run.flow_name} {moment:%Y-%m-%d %H:%MZ} from {start}{dry}"[:200]
    except Exception:  # noqa: BLE001 - a name is never worth a run
        return "leadsync"
