"""The PostgreSQL manager: who it runs as, what it leaves alone, and what the roles may do."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.binaries import as_nobody, find_folder
from sandbox.migrations import apply_migrations, create_project, create_roles
from sandbox.ports import LONGEST_SOCKET_PATH
from sandbox.postgres import ADMIN, SURVIVES, Postgres
from sandbox.processes import SandboxError
from sandbox.world import World

ROOT = Path(__file__).parent.parent.parent
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
NO_DEBIAN = "run `apt-get install postgresql`, or leave this out with -m 'not postgres15'"
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
START_AND_ASK = """
import os, sys
from pathlib import Path
from sandbox.postgres import ADMIN, Postgres
import psycopg
with Postgres.start(Path(sys.argv[1]) / "pg") as cluster:
    with psycopg.connect(cluster.dsn("postgres", user=ADMIN)) as connection:
        print(os.getuid(), connection.execute("select 1").fetchone()[0])
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who becomes somebody else")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Postgres]:
    with Postgres.start(tmp_path / "pg") as running:
        yield running


def _one(dsn: str, query: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_it_listens_on_a_private_socket_only(cluster: Postgres) -> None:
    assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700
    assert _one(cluster.dsn("postgres", user=ADMIN), "show listen_addresses") == ""


def test_text_is_compared_by_unicode_rules_without_a_locale_of_the_machine(cluster: Postgres) -> None:
    assert _one(cluster.dsn("postgres", user=ADMIN), "select 'Ħ' ilike 'ħ'") is True


def test_a_path_too_long_for_a_socket_gets_a_short_one_that_is_removed(tmp_path: Path) -> None:
    deep = tmp_path / ("long and spaced " * 6) / ("x" * 60)
    with Postgres.start(deep) as running:
        assert len(bytes(running.sockets / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH
        assert _one(running.dsn("postgres", user=ADMIN), "select 1") == 1
    assert not running.sockets.exists()


def test_stopping_removes_the_data_even_with_a_client_connected(tmp_path: Path) -> None:
    with Postgres.start(tmp_path / "pg") as running:
        client = psycopg.connect(running.dsn("postgres", user=ADMIN))
    assert running.child.process.returncode == 0
    assert not running.data.exists()
    client.close()


def test_what_is_committed_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    with Postgres.start(tmp_path / "pg", flags=SURVIVES) as first:
        dsn = first.dsn("postgres", user=ADMIN)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("create table kept as select 7 as n")
            first.child.process.kill()
            first.child.process.wait()
        second = first.launched_again()
        assert not second.is_ready(), "the old server's word is taken for the new one's"
        while not second.is_ready():
            if second.child.process.poll() is not None:
                second = second.launched_again()
        assert _one(dsn, "select n from kept") == 7
        second.child.stop()


def test_a_cluster_that_cannot_be_made_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in {"postgres": "echo postgres 18", "initdb": "echo no space >&2; exit 1"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    with pytest.raises(SandboxError, match="no space"):
        Postgres.start(tmp_path / "pg", folder=programs)
    assert list((tmp_path / "pg").iterdir()) == []


@as_root
def test_root_needs_no_new_user_and_no_mode_is_changed_outside(tmp_path: Path) -> None:
    watched = [Path("/etc/passwd"), tmp_path, *tmp_path.parents, find_folder(), *find_folder().parents]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in watched]
    users = Path("/etc/passwd").read_bytes()
    with Postgres.start(tmp_path / "pg") as running:
        assert running.data.stat().st_uid == 0
    assert [(path.stat().st_mode, path.stat().st_uid) for path in watched] == before
    assert Path("/etc/passwd").read_bytes() == users


@as_root
@pytest.mark.postgres15
def test_where_namespaces_are_refused_root_becomes_nobody(tmp_path: Path) -> None:
    # Debian's programs, since nobody may be kept out of the folder that the checkout lies in.
    assert DEBIAN_15.exists(), NO_DEBIAN
    with Postgres.start(tmp_path / "pg", binaries=as_nobody(DEBIAN_15)) as running:
        assert running.data.stat().st_uid != 0
        assert _one(running.dsn("postgres", user=ADMIN), "select 1") == 1
    assert running.binaries.base is not None
    assert not running.binaries.base.exists()


@as_root
def test_an_ordinary_user_runs_it_directly() -> None:
    with tempfile.TemporaryDirectory() as directory:
        os.chown(directory, 65534, 65534)
        environment = {"PATH": os.environ["PATH"], "HOME": directory, "PYTHONPATH": str(ROOT)}
        python = [*AS_NOBODY, sys.executable]
        reach = subprocess.run([*python, "-c", "import sandbox.postgres"], check=False, env=environment)
        if reach.returncode != 0:
            pytest.skip("nobody cannot reach this Python")
        command = [*python, "-c", START_AND_ASK, directory]
        answer = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    assert answer.stdout.split() == ["65534", "1"]


@pytest.mark.parametrize(
    ("role", "timeout"), [("anon", "3s"), ("authenticated", "8s"), ("authenticator", "8s"), ("service_role", None)]
)
def test_roles_have_supabase_s_timeouts(world: World, role: str, timeout: str | None) -> None:
    settings = _one(world.backoffice_dsn, f"select rolconfig from pg_roles where rolname = '{role}'")  # noqa: S608
    assert settings == ([f"statement_timeout={timeout}"] if timeout else None)


def test_the_owner_is_no_superuser_and_the_service_role_passes_row_security(world: World) -> None:
    query = "select array_agg(rolsuper or not rolbypassrls) from pg_roles where rolname in ('postgres', 'service_role')"
    assert _one(world.backoffice_dsn, query) == [False, False]


def test_a_new_function_in_public_is_open_to_anon_until_revoked(portal_db: psycopg.Connection) -> None:
    with portal_db.transaction(force_rollback=True):
        portal_db.execute("create function public.probe() returns int language sql as 'select 1'")
        portal_db.execute("revoke all on function public.probe() from public")
        row = portal_db.execute("select has_function_privilege('anon', 'public.probe()', 'execute')").fetchone()
    assert row == (True,)


def test_the_portal_leaves_updated_at_alone_and_the_backoffice_moves_it(
    clean_world: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    assert clean_world
    moved = []
    for database in (portal_db, backoffice_db):
        database.execute("insert into leads (name, email, phone) values ('Ana', 'ana@sample.example', '')")
        database.execute("update leads set address = 'Gozo' where true")
        row = database.execute("select updated_at > created_at from leads").fetchone()
        moved.append(row and row[0])
    assert moved == [False, True]


def test_the_backoffice_refuses_the_portal_s_own_status_words(
    clean_world: World, backoffice_db: psycopg.Connection
) -> None:
    assert clean_world
    with pytest.raises(psycopg.errors.CheckViolation, match="leads_status_check"):
        backoffice_db.execute("insert into leads (name, email, phone, status) values ('A', '', '', 'signed')")


@pytest.mark.postgres15
def test_the_schemas_and_the_migrations_run_on_postgresql_15_and_again(tmp_path: Path) -> None:
    assert DEBIAN_15.exists(), NO_DEBIAN
    with Postgres.start(tmp_path / "pg", folder=DEBIAN_15) as running:
        assert running.version == 15
        create_roles(running)
        dsn = create_project(running, "backoffice")
        assert apply_migrations(dsn) == apply_migrations(dsn)


def test_a_world_without_migrations_has_no_column_of_ours(tmp_path: Path) -> None:
    with Postgres.start(tmp_path / "pg") as running:
        create_roles(running)
        dsn = create_project(running, "backoffice")
        query = "select count(*) from information_schema.columns where column_name = 'portal_lead_id'"
        assert _one(dsn, query) == 0
