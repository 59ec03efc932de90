"""`python -m sandbox`: the same as `leadsync sandbox`."""

import argparse
import sys
from pathlib import Path

from sandbox.command import serve
from sandbox.processes import SandboxError


def main() -> None:
    """Read the arguments and run until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m sandbox")
    parser.add_argument("--empty", action="store_true", help="without sample leads")
    parser.add_argument("--env-file", type=Path, help="write all settings to this file")
    parser.add_argument("--no-prefect", action="store_true", help="without a Prefect API")
    arguments = parser.parse_args()
    try:
        serve(empty=arguments.empty, env_file=arguments.env_file, prefect=not arguments.no_prefect)
    except SandboxError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
