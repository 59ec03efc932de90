"""`leadsync tidy`: retention now, as the weekly deployment does it."""

import json as json_module
from typing import Annotated

from cyclopts import Parameter

from systems.backoffice import Backoffice
from systems.retention import days_kept, told, until_tidy
from systems.settings import BackofficeSettings, Tunables, load


def tidy(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Drop from leadsync's own tables what has been kept longer than LEADSYNC_KEEP_…_DAYS say; leads stay.

    Args:
        json: Print the counts as one JSON object.
    """
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice:
        done = until_tidy(lambda: backoffice.tidy(days_kept(tunables)))
    print(json_module.dumps(done.counts()) if json else f"Dropped: {told(done)}.")
    return 0
