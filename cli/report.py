"""`leadsync report`: a picture of health as one HTML page."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from report.gathering import gathering
from report.page import page
from systems.errors import LeadsyncError, Misconfigured, Refused
from systems.report_link import report_link
from systems.settings import BackofficeSettings, CronSettings, Tunables, load

FILE = Path("leadsync-report.html")
STDOUT = "-"


def report(
    *,
    to: Annotated[Path, Parameter(allow_leading_hyphen=True)] = FILE,
    link: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Write the page that shows how fresh the data are, how the last 30 days went, and what waits.

    It needs nothing but itself and says nothing of a person. A system that does not answer is shown as such. Ends with
    0; without the backoffice with 1, or with 2 if a setting is wrong.

    Args:
        to: The file to write; - is stdout.
        link: Write no page, but print a link to the one that `leadsync serve-cron` serves, which opens it for a week.
    """
    if link:
        print(_link())
        return 0
    settings, tunables = load(BackofficeSettings, Tunables)
    with gathering(settings, tunables) as gatherer:
        _write(page(gatherer.picture()), to)
        return _ended(gatherer.error)


def _link() -> str:
    cron, tunables = load(CronSettings, Tunables)
    if tunables.public_url is None:
        cure = "Set it to the address at which people reach `leadsync serve-cron`."
        raise Misconfigured("Settings", "LEADSYNC_PUBLIC_URL is missing", cure)
    return report_link(tunables.public_url, cron.secret.get_secret_value(), now=datetime.now(UTC))


def _write(text: str, to: Path) -> None:
    if str(to) == STDOUT:
        sys.stdout.write(text)
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        cause = f"{to} cannot be written ({error.strerror or type(error).__name__})"
        raise Refused("Report", cause, "Name another file with --to.") from None
    print(f"The report is in {to}.")


def _ended(error: LeadsyncError | None) -> int:
    if error is None:
        return 0
    print(error, file=sys.stderr)
    return error.exit_code
