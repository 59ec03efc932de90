"""Everything of ours over the API, as everybody but leadsync may ask it: refused."""

from datetime import UTC, datetime, timedelta

import httpx
import jwt
import psycopg
import pytest

from sandbox.keys import BACKOFFICE
from sandbox.world import World
from systems.role_token import role_token

OURS = "select relname from pg_class where relnamespace = 'leadsync'::regnamespace and relkind in ('r', 'v')"
FUNCTIONS = """
select proname, proargnames[1:pronargs]
from pg_proc where pronamespace = 'public'::regnamespace and proname like 'leadsync%'
"""
INSIDE = "select proname from pg_proc where pronamespace = 'leadsync'::regnamespace"
COMPANY = """
select relname from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') and relname <> 'leads'
"""


def token(role: str, secret: str = BACKOFFICE.jwt_secret) -> str:
    ends = datetime.now(UTC) + timedelta(hours=1)
    return jwt.encode({"role": role, "exp": ends}, secret, algorithm="HS256")


def headers(who: str) -> dict[str, str]:
    """What a caller sends: `nobody` nothing, `anon` the public key, the others a token of their role beside it."""
    if who == "nobody":
        return {}
    tokens = {
        "a forged token": lambda: token("leadsync", "x" * 40),
        "a token that ended": lambda: role_token(
            BACKOFFICE.jwt_secret, now=datetime.now(UTC) - timedelta(days=2), valid=timedelta(days=1)
        ),
    }
    bearer = None if who == "anon" else tokens.get(who, lambda: token(who))()
    return {"apikey": BACKOFFICE.publishable_key} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})


CALLERS = ["nobody", "anon", "authenticated", "a role that does not exist", "a forged token", "a token that ended"]
REFUSED = {400, 401, 403}
"""400 for a role that the database does not have."""


@pytest.fixture
def api(world: World) -> str:
    return f"{world.backoffice_url}/rest/v1"


@pytest.mark.parametrize("who", CALLERS)
def test_no_function_can_be_called(api: str, backoffice_db: psycopg.Connection, who: str) -> None:
    functions = backoffice_db.execute(FUNCTIONS).fetchall()
    assert len(functions) > 20
    with httpx.Client(headers=headers(who), trust_env=False) as client:
        for name, arguments in functions:
            answer = client.post(f"{api}/rpc/{name}", json=dict.fromkeys(arguments or []))
            assert answer.status_code in REFUSED, (name, answer.text)
            assert "leadsync." not in answer.text


@pytest.mark.parametrize("who", [*CALLERS, "leadsync", "service_role"])
def test_nothing_of_our_schema_is_exposed(api: str, backoffice_db: psycopg.Connection, who: str) -> None:
    tables = [name for (name,) in backoffice_db.execute(OURS).fetchall()]
    functions = [name for (name,) in backoffice_db.execute(INSIDE).fetchall()]
    assert len(tables) > 10
    assert len(functions) > 40
    with httpx.Client(headers=headers(who), trust_env=False) as client:
        for name in tables:
            inside = {"Accept-Profile": "leadsync", "Content-Profile": "leadsync"}
            assert client.get(f"{api}/{name}").status_code in {*REFUSED, 404}
            assert client.get(f"{api}/{name}", headers=inside).status_code in {*REFUSED, 406}
            assert client.post(f"{api}/{name}", headers=inside, json={}).status_code in {*REFUSED, 406}
        for name in functions:
            assert client.post(f"{api}/rpc/{name}", json={}).status_code in {*REFUSED, 404}


@pytest.mark.parametrize("who", CALLERS)
def test_what_the_dashboard_reads_is_not_for_them(api: str, who: str) -> None:
    row = {"sync_type": "zoho", "last_sync_at": "2026-11-24T00:00:00Z"}
    with httpx.Client(headers=headers(who), trust_env=False) as client:
        assert client.get(f"{api}/sync_metadata").status_code in REFUSED
        assert client.post(f"{api}/sync_metadata", json=row).status_code in REFUSED
        for method in ("PATCH", "DELETE"):
            answer = client.request(method, f"{api}/sync_metadata?sync_type=eq.zoho", json=row)
            assert answer.status_code in REFUSED


def test_our_own_role_calls_functions_and_sees_no_table(api: str, backoffice_db: psycopg.Connection) -> None:
    made = role_token(BACKOFFICE.jwt_secret, now=datetime.now(UTC), valid=timedelta(days=1))
    ours = {**headers("anon"), "Authorization": f"Bearer {made}"}
    tables = ["leads", *(name for (name,) in backoffice_db.execute(COMPANY).fetchall())]
    assert {"sync_metadata", "quotes"} <= set(tables)
    with httpx.Client(headers=ours, trust_env=False) as client:
        assert client.post(f"{api}/rpc/leadsync_context", json={}).json()["schema_version"] >= 4
        for name in tables:
            assert client.get(f"{api}/{name}").status_code == 403
            assert client.post(f"{api}/{name}", json={}).status_code == 403


def test_a_role_token_is_no_key_of_the_gateway_by_itself(api: str) -> None:
    made = role_token(BACKOFFICE.jwt_secret, now=datetime.now(UTC), valid=timedelta(days=1))
    answer = httpx.post(f"{api}/rpc/leadsync_context", headers={"apikey": made}, json={}, trust_env=False)
    assert answer.status_code == 401
