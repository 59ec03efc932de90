"""A whole installation in order, and the command that says so."""

import json
import os
import subprocess
import sys

import pytest

from cli.doctor.command import doctor
from sandbox.world import World

SYSTEMS = ("Settings", "Clock", "Zoho", "Portal", "Backoffice", "Prefect", "Telegram")


Output = pytest.CaptureFixture[str]


def test_an_installation_in_order_ends_with_0_and_one_json_object(sound: World, capsys: Output) -> None:
    assert doctor(json=True) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert (told["exit_code"], told["counts"]["error"], told["counts"]["warning"]) == (0, 0, 0)
    assert {finding["system"] for finding in told["findings"]} == {*SYSTEMS}
    assert {"check", "severity", "system", "cause", "cure"} == set(told["findings"][0])
    # An empty portal has no row to look at.
    assert [one["check"] for one in told["findings"] if one["severity"] == "not looked at"] == ["portal-columns"]
    assert secrets(sound, said.out + said.err) == []


def test_the_command_ends_with_1_and_a_readable_table(sound: World) -> None:
    program = [sys.executable, "-c", "from cli.main import main; main()", "doctor"]
    environment = {"NO_COLOR": "1", "COLUMNS": "100", "CRON_SECRET": "a-short-secret-of-ours"}
    done = subprocess.run(
        program, capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=120
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in done.stdout
    assert [line.split()[:2] for line in lines if line.startswith(" warning")] == [["warning", "Settings"]]
    assert lines[-1].startswith("0 errors, 1 warning")
    assert done.stderr == ""
    assert secrets(sound, done.stdout) == []
    assert "a-short-secret" not in done.stdout


def test_where_everything_is_missing_it_ends_with_2(
    settled_world: World, prefect_url: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 - imports Prefect

    assert prefect_url
    for name in settled_world.settings():
        monkeypatch.setenv(name, "")
    with temporary_settings({PREFECT_API_URL: None}):
        assert doctor(json=True) == 2
    told = json.loads(capsys.readouterr().out)
    errors = [finding["check"] for finding in told["findings"] if finding["severity"] == "error"]
    assert (told["exit_code"], errors) == (2, ["settings", "settings", "prefect-answers"])


def secrets(world: World, said: str) -> list[str]:
    """Names of settings whose secret stands in what was said."""
    names = [name for name in world.settings() if name.endswith(("KEY", "SECRET", "TOKEN", "ID"))]
    return [name for name in names if world.settings()[name] in said]
