"""The world as a whole: it is complete, its slate can be cleaned, and it takes all its processes with it."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest

from sandbox.world import World

ROOT = Path(__file__).parent.parent.parent
SECONDS = 60.0
STAY = """
import signal, sys
from pathlib import Path
from sandbox.world import world
with world(Path(sys.argv[1]), empty=True):
    print("ready", flush=True)
    signal.pause()
"""


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _processes() -> dict[int, tuple[str, int]]:
    """State and parent of every process, by its id."""
    found = {}
    for stat_file in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat_file.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(stat_file.parent.name)] = (rest[0], int(rest[1]))
    return found


def _descendants(pid: int) -> set[int]:
    processes = _processes()
    family = {pid}
    while more := {child for child, (_, parent) in processes.items() if parent in family} - family:
        family |= more
    return family - {pid}


def _alive(pids: set[int]) -> set[int]:
    processes = _processes()
    return {pid for pid in pids if pid in processes and processes[pid][0] != "Z"}


def _names(pids: set[int]) -> str:
    return " ".join((Path("/proc") / str(pid) / "cmdline").read_text() for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
def test_killing_the_parent_leaves_no_process(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", STAY, str(tmp_path / "world")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        children = _descendants(parent.pid)
        names = _names(children)
        assert all(part in names for part in ("postgres", "postgrest", "edge_server", "zoho"))
        parent.kill()
    _until(lambda: not _alive(children))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_writes_its_settings_and_cleans_up(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "sandbox.env"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "sandbox", "--empty", "--no-prefect", "--env-file", str(file)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert any(line.startswith("ready") for line in running.stdout)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        settings = dict(line.split("=", 1) for line in file.read_text().splitlines())
        with psycopg.connect(settings["LEADSYNC_SANDBOX_BACKOFFICE_DSN"]) as connection:
            assert connection.execute("select count(*) from leads").fetchone() == (0,)
        children = _descendants(running.pid)
        running.send_signal(number)
    assert running.returncode == 0
    assert not _alive(children)
    assert list(tmp_path.iterdir()) == [file]


def test_settings_survive_a_shell(world: World) -> None:
    lines = "".join(f"{name}={value}\n" for name, value in world.settings().items())
    shell = subprocess.run(
        ["sh", "-c", f"set -a\n{lines}env"],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    seen = dict(line.split("=", 1) for line in shell.stdout.splitlines())
    assert world.settings().items() <= seen.items()


def test_every_setting_of_the_contract_has_a_value(world: World) -> None:
    wanted = {
        *("PORTAL_SUPABASE_URL", "PORTAL_SUPABASE_SERVICE_KEY", "BACKOFFICE_SUPABASE_URL"),
        *("BACKOFFICE_SUPABASE_SERVICE_KEY", "ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"),
        *("ZOHO_ACCOUNTS_URL", "ZOHO_API_DOMAIN", "CRON_SECRET", "LEADSYNC_SANDBOX_PORTAL_DSN"),
        *("LEADSYNC_SANDBOX_BACKOFFICE_DSN", "LEADSYNC_SANDBOX_ZOHO_CONTROL_URL"),
    }
    assert wanted <= world.settings().keys()
    assert all(world.settings().values())


def test_the_projects_differ_in_address_and_keys(world: World) -> None:
    assert world.portal_url != world.backoffice_url
    assert world.portal_secret_key != world.backoffice_secret_key


def test_a_clean_world_has_no_leads_and_no_faults_and_keeps_our_settings(
    request: pytest.FixtureRequest, world: World, portal_db: psycopg.Connection, backoffice_db: psycopg.Connection
) -> None:
    before = backoffice_db.execute("select public.leadsync_context() ->> 'installation_id'").fetchone()
    for database in (portal_db, backoffice_db):
        database.execute("insert into leads (name, email, phone) values ('Ana', 'ana@sample.example', '')")
    for control in (world.portal_control_url, world.backoffice_control_url, world.zoho_control_url):
        httpx.post(f"{control}/faults", json=[{"status": 500}]).raise_for_status()
    request.getfixturevalue("clean_world")
    for database in (portal_db, backoffice_db):
        assert database.execute("select count(*) from leads").fetchone() == (0,)
    for control in (world.portal_control_url, world.backoffice_control_url, world.zoho_control_url):
        assert httpx.get(f"{control}/faults").json() == []
    after = backoffice_db.execute("select public.leadsync_context() ->> 'installation_id'").fetchone()
    assert after == before


def test_zoho_gives_a_token_to_the_client_of_the_settings(world: World) -> None:
    answer = httpx.post(
        f"{world.zoho_accounts_url}/oauth/v2/token",
        data={
            "grant_type": "refresh_token",
            "client_id": world.zoho_client_id,
            "client_secret": world.zoho_client_secret,
            "refresh_token": world.zoho_refresh_token,
        },
    )
    assert "access_token" in answer.json()
