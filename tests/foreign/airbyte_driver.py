"""Runs the commands of Airbyte's source for Zoho CRM, under the Python of its own environment.

One change is made to the source: its tables of hosts say the address that is the first argument. Each line of standard
input is the JSON list of a command's words; after the source's own messages a line of the type END closes the answer.
"""

import json
import sys

from source_zoho_crm.api import ZohoAPI
from source_zoho_crm.run import run

REGION = "EU"


def main(address: str) -> None:
    """Answer until standard input ends."""
    ZohoAPI._DC_REGION_TO_ACCESS_URL = {REGION: address}  # noqa: SLF001 - there is no setting for it
    ZohoAPI._DC_REGION_TO_API_URL = {REGION: address}  # noqa: SLF001 - the same
    for line in sys.stdin:
        sys.argv[1:] = json.loads(line)
        try:
            run()
            error = None
        except Exception as raised:  # noqa: BLE001 - the source ends with it, and the next command starts afresh
            error = repr(raised)
        sys.stdout.write(f"\n{json.dumps({'type': 'END', 'error': error})}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
