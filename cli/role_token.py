"""`leadsync role-token`: a key for the backoffice that can do no more than leadsync needs."""

import sys
from datetime import UTC, datetime, timedelta
from getpass import getpass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from systems import role_token as tokens
from systems.errors import Refused


def role_token(*, days: Annotated[int, Parameter(validator=Number(gte=1, lte=3650))] = 365) -> int:
    """Print a token of the database role leadsync, which may call leadsync's functions and nothing else.

    The JWT secret of the backoffice's project is asked for, or read from stdin where that is no terminal; it is kept
    nowhere. Set the token as BACKOFFICE_SUPABASE_SERVICE_KEY, and the project's publishable key beside it as
    BACKOFFICE_SUPABASE_PUBLISHABLE_KEY.

    Args:
        days: How long the token holds.
    """
    secret = _secret()
    if len(secret.encode()) < tokens.SHORTEST:
        cause = f"that is no JWT secret, which has at least {tokens.SHORTEST} bytes"
        cure = "It is in the dashboard of the backoffice's Supabase project, Project Settings, JWT Keys."
        raise Refused("Role token", cause, cure)
    print(tokens.role_token(secret, now=datetime.now(UTC), valid=timedelta(days=days)))
    return 0


def _secret() -> str:
    """Never an argument: others on the machine see those."""
    return (getpass("JWT secret of the backoffice's project: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
