"""Every kind of host starts the same processes."""

import json
import os
import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from deployments.processes import Process, become, command, require_password, settings
from systems.errors import Refused

DEPLOYMENTS = Path(__file__).parents[2] / "deployments"
PROCESSES: list[Process] = list(get_args(Process))


@pytest.mark.parametrize("process", PROCESSES)
def test_systemd_docker_and_railway_start_the_same_command(process: Process) -> None:
    unit = ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as documented
    unit.read_string((DEPLOYMENTS / "systemd" / f"leadsync-{process}.service").read_text())
    compose = yaml.safe_load((DEPLOYMENTS / "docker" / "compose.yaml").read_text())
    railway = json.loads((DEPLOYMENTS / "railway" / f"{process}.json").read_text())
    started = {
        unit["Service"]["ExecStart"].removeprefix("/opt/leadsync/.venv/bin/"),
        compose["services"][process]["command"],
        railway["deploy"]["startCommand"],
    }
    assert started == {f"leadsync start {process}"}


def test_a_worker_is_drained_before_it_is_stopped() -> None:
    unit = (DEPLOYMENTS / "systemd" / "leadsync-worker.service").read_text()
    drained = re.search(r"ExecStop=-.*leadsync drain --seconds (\d+)", unit)
    patience = re.search(r"TimeoutStopSec=(\d+)", unit)
    assert drained
    assert patience
    assert int(drained[1]) < int(patience[1])


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (DEPLOYMENTS / "docker" / "Dockerfile").read_text().splitlines()
    assert "USER leadsync" in lines
    assert lines.index("USER leadsync") < lines.index('CMD ["leadsync", "start", "server"]')


def test_what_the_environment_says_counts_more_than_what_is_shipped() -> None:
    shipped = settings({"PATH": "/bin"})
    assert shipped["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"].endswith("filesystem")
    assert shipped["PATH"] == "/bin"
    assert Path(shipped["LEADSYNC_HOME"], "prefect.yaml").is_file()
    assert settings({"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "60"})["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "60"


def test_what_is_shipped_are_settings_that_prefect_knows() -> None:
    from prefect.settings.legacy import _get_valid_setting_names  # noqa: PLC0415 - Prefect has no public list
    from prefect.settings.models.root import Settings  # noqa: PLC0415 - the same

    names = {name for name in settings({}) if name.startswith("PREFECT_")}
    assert names <= set(_get_valid_setting_names(Settings))


def test_a_host_that_names_a_port_is_listened_to_from_everywhere() -> None:
    listening = ["--host", "0.0.0.0", "--port", "8080"]  # noqa: S104 - nothing is bound here
    assert command("server", {"PORT": "8080"})[-4:] == listening
    assert command("cron", {"PORT": "8080"})[-4:] == listening
    assert "--host" not in command("server", {})


def test_a_process_becomes_prefect_in_folders_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.delenv("TMPDIR", raising=False)
    became: list[Any] = []
    monkeypatch.setattr(os, "execve", lambda *told: became.append(told))
    become("worker")
    ((program, arguments, environment),) = became
    assert arguments[1:] == ["-m", "prefect", "worker", "start", "--pool", "leadsync", "--type", "process"]
    assert program == arguments[0]
    assert environment["PREFECT_WORKER_QUERY_SECONDS"] == "2"
    assert Path(environment["TMPDIR"]).is_dir()
    assert Path(environment["TMPDIR"]).is_relative_to(tmp_path)
    assert Path(environment["PREFECT_SERVER_UI_STATIC_DIRECTORY"]).is_relative_to(tmp_path)


LONG = "leadsync:sixteen-characters"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PREFECT_SERVER_API_HOST": "127.0.0.1"},
        {"PREFECT_SERVER_API_HOST": "localhost"},
        {"PREFECT_SERVER_API_HOST": "::1"},
        {"PREFECT_SERVER_API_HOST": "0.0.0.0", "PREFECT_SERVER_API_AUTH_STRING": LONG},  # noqa: S104 - nothing is bound
        {"PORT": "8080", "PREFECT_SERVER_API_AUTH_STRING": LONG},
    ],
)
def test_a_server_that_only_this_machine_reaches_or_that_asks_for_a_password_starts(
    environment: dict[str, str],
) -> None:
    require_password(environment)


@pytest.mark.parametrize(
    "environment",
    [
        {"PORT": "8080"},
        {"PORT": "8080", "PREFECT_SERVER_API_HOST": "127.0.0.1"},
        {"PREFECT_SERVER_API_HOST": "0.0.0.0"},  # noqa: S104 - nothing is bound here
        {"PREFECT_SERVER_API_HOST": "::"},
        {"PREFECT_SERVER_API_HOST": "10.0.0.7"},
        {"PREFECT_SERVER_API_HOST": "prefect.internal"},
        {"PORT": "8080", "PREFECT_SERVER_API_AUTH_STRING": "leadsync:short"},
        {"PORT": "8080", "PREFECT_SERVER_API_AUTH_STRING": "a-long-word-without-any-colon"},
    ],
)
def test_a_server_that_others_reach_does_not_start_without_a_password(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PORT", "PREFECT_SERVER_API_HOST", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it started"))
    with pytest.raises(Refused, match="Set PREFECT_SERVER_API_AUTH_STRING") as caught:
        become("server")
    assert "short" not in caught.value.cause.replace("long enough", "")


def test_no_page_puts_settings_on_a_command_line() -> None:
    for page in (Path(__file__).parents[2] / "docs").glob("*.md"):
        assert "| xargs" not in page.read_text(encoding="utf-8"), page
