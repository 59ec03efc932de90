"""The way from Prefect's UI to the report: a link artifact, where there is an address to link to."""

import logging
from datetime import UTC, datetime

from prefect.artifacts import create_link_artifact

from systems.report_link import VALID, report_link
from systems.settings import CronSettings, Tunables, read

KEY = "leadsync-report"

logger = logging.getLogger("leadsync.flows")


def fresh_report_link() -> str | None:
    """A link to the report; None where LEADSYNC_PUBLIC_URL or CRON_SECRET is not set."""
    tunables, cron = read(Tunables), read(CronSettings)
    if isinstance(tunables, list) or isinstance(cron, list) or tunables.public_url is None:
        return None
    return report_link(tunables.public_url, cron.secret.get_secret_value(), now=datetime.now(UTC))


def keep_report_link() -> None:
    """Keeps a fresh link at Prefect's server, if there is one to give. A server that does not take it stops nothing."""
    link = fresh_report_link()
    if link is None:
        return
    said = f"How fresh the data are and how the last 30 days went. The link opens the page for {VALID.days} days."
    try:
        create_link_artifact(link, link_text="The picture of health", key=KEY, description=said)
    except Exception as error:  # noqa: BLE001 - the attempt is on record already
        logger.warning("The link to the report could not be kept (%s)", type(error).__name__)
