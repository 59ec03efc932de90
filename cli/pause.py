"""`leadsync pause` and `leadsync resume`: what may start by itself."""

from typing import Annotated, Literal

from cyclopts import Parameter

ScheduleOnly = Annotated[bool, Parameter(negative="")]


def pause(flow: Literal["primary", "backup"], /, *, schedule_only: ScheduleOnly = False) -> int:
    """Let nothing start a flow any more but a person; the other one goes on, and so does a run that has begun.

    Neither Prefect's schedule nor the cron endpoint nor an automation starts it until `leadsync resume`.
    `leadsync deploy` leaves it paused.

    Args:
        flow: primary reads Zoho CRM, backup reads the sales portal.
        schedule_only: Switch off Prefect's own schedule alone, because another scheduler calls the cron endpoint.
    """
    return _switch(flow, on=False, schedule_only=schedule_only)


def resume(flow: Literal["primary", "backup"], /, *, schedule_only: ScheduleOnly = False) -> int:
    """Let a paused flow go on. The next run reads on where the last one ended.

    Args:
        flow: primary reads Zoho CRM, backup reads the sales portal.
        schedule_only: Switch Prefect's own schedule on again.
    """
    return _switch(flow, on=True, schedule_only=schedule_only)


def _switch(flow: Literal["primary", "backup"], *, on: bool, schedule_only: bool) -> int:
    from cli.prefect_api import prefect_errors  # noqa: PLC0415 - imports Prefect
    from deployments.pausing import switch  # noqa: PLC0415 - imports Prefect

    with prefect_errors():
        for standing in switch(flow, on=on, schedule_only=schedule_only):
            print(standing)
    return 0
