"""What the administrator of the backoffice's server does, and PostgREST's way back to its database."""

import httpx
import psycopg

from sandbox.postgres import ADMIN, OWNER
from tests.drills.network.scene import Scene
from tests.integration.test_flows.server import wait_for

RESTARTED = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator' and datname = %s"

UNKNOWN = "PGRST202"
"""PostgREST's word for a function that it does not know."""


def as_admin(scene: Scene, *statements: str) -> list[tuple[object, ...]]:
    """Statements of the server's administrator in the backoffice's database; the rows of the last one."""
    dsn = scene.dsn("backoffice").replace(f"//{OWNER}@", f"//{ADMIN}@")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            arguments = ("backoffice",) if "%s" in statement else None
            cursor = connection.execute(statement.encode(), arguments)
        return cursor.fetchall() if cursor.description else []


def restart(scene: Scene) -> None:
    """Ends every connection of PostgREST's, as a restart of the server does."""
    as_admin(scene, RESTARTED)


def recovered(scene: Scene) -> None:
    """Waits until PostgREST has found its database again."""
    wait_for(lambda: called(scene, "leadsync_freshness", {}).is_success)


def learnt(scene: Scene, *, known: bool) -> None:
    """Waits until PostgREST, told to look at the schema anew, knows leadsync_match or has forgotten it."""
    as_admin(scene, "notify pgrst, 'reload schema'")
    nothing = {"p_source": "zoho", "p_columns": [], "p_records": []}

    def looked() -> bool:
        answer = called(scene, "leadsync_match", nothing)
        return answer.is_success if known else UNKNOWN in answer.text

    wait_for(looked)


def called(scene: Scene, function: str, arguments: object) -> httpx.Response:
    """The answer to a call of a function, past the wire."""
    url, key = scene.world.backoffice_url, scene.world.backoffice_secret_key
    return httpx.post(f"{url}/rest/v1/rpc/{function}", headers={"apikey": key}, json=arguments, trust_env=False)
