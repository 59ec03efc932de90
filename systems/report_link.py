"""Links to the report that need no secret to be opened, and that end by themselves.

`report_link` makes one for whoever sends it to people: a run's artifact, a message. The cron endpoint asks `judged`.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from enum import Enum
from urllib.parse import urlencode

PATH = "/report"
VALID = timedelta(days=7)
"""How long a link opens the report. Another CRON_SECRET ends all links at once."""

_PURPOSE = b"leadsync: links to the report, version 1"


class Judgement(Enum):
    """What a link is worth."""

    VALID = "valid"
    EXPIRED = "expired"
    FORGED = "forged"


def report_link(public_url: str, secret: str, *, now: datetime, valid: timedelta = VALID) -> str:
    """A link that opens the report until a time.

    Args:
        public_url: where people reach the cron endpoint, `LEADSYNC_PUBLIC_URL`.
        secret: `CRON_SECRET`, which cannot be found out from the link.
        now: when the time begins.
        valid: how long it lasts, in whole seconds.
    """
    until = str(int((now + valid).timestamp()))
    return f"{public_url}{PATH}?{urlencode({'until': until, 'signature': _signature(secret, until)})}"


def judged(secret: str, until: str, signature: str, *, now: datetime) -> Judgement:
    """Judges the two parts of a link, in a time that does not depend on how much of the signature is right."""
    if not hmac.compare_digest(_signature(secret, until).encode(), signature.encode("utf-8", "surrogatepass")):
        return Judgement.FORGED
    # What we signed ourselves is a number.
    return Judgement.VALID if now < datetime.fromtimestamp(int(until), UTC) else Judgement.EXPIRED


def _signature(secret: str, until: str) -> str:
    """Under a key of its own, so that it proves nothing anywhere else."""
    key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
    return hmac.digest(key, until.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
