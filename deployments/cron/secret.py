"""A secret for the cron endpoint, offered where there is none that will do."""

from collections.abc import Iterator
from secrets import token_hex

from systems.errors import Misconfigured
from systems.settings import CronSettings, load

BYTES = 32


def offer() -> Iterator[str]:
    """A fresh secret and what it is for, if `CRON_SECRET` is missing or too short; it is kept nowhere."""
    try:
        load(CronSettings)
    except Misconfigured as error:
        yield (
            f"cron endpoint: would not start, because {error.cause}. To let another scheduler start the flows, set "
            f"this fresh secret, which is shown only once: CRON_SECRET={token_hex(BYTES)}"
        )
