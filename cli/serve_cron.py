"""`leadsync serve-cron`: the endpoint for another scheduler, in the foreground."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from systems.settings import BackofficeSettings, CronSettings, Tunables, load


def serve_cron(
    *, host: str = "127.0.0.1", port: Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))] = 8787
) -> int:
    """Let another scheduler start the flows by HTTP, and a watch ask whether the data are fresh.

    Callers of /api/cron/zoho-sync and /api/cron/portal-sync send `Authorization: Bearer <CRON_SECRET>`; /healthz asks
    for no secret. /report shows the picture of health to whoever has the secret or a link from
    `leadsync report --link`. Runs until Ctrl-C.

    Args:
        host: The address to listen on; 0.0.0.0 is every one.
        port: The port to listen on; 0 takes any free one.
    """
    # Prefect takes seconds to import; whatever is wrong with the settings can be said before.
    load(CronSettings, BackofficeSettings, Tunables)
    from cli.prefect_api import prefect_errors  # noqa: PLC0415 - imports Prefect
    from deployments.cron.server import serve  # noqa: PLC0415 - imports Prefect

    with prefect_errors():
        serve(host, port)
    return 0
