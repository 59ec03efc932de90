"""The command without Prefect: help, and usage that is wrong."""

import subprocess
import sys

import pytest


def leadsync(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)


def test_help_names_the_commands() -> None:
    done = leadsync("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("run", "deploy", "sandbox", "undo", "history"))


def test_the_command_line_is_read_without_importing_prefect() -> None:
    check = "import sys, cli.main; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "nightly"),
        ("run", "primary", "--bogus"),
        ("run", "primary", "--max", "many"),
        ("run", "primary", "--max", "-1"),
        ("run", "primary", "--since", "yesterday"),
        ("run", "backup", "--since", "2999-01-01"),
        ("run", "primary", "--since", "0001-01-01T00:00:00+14:00"),
        ("forget",),
        ("forget", "somebody", "--yes"),
        ("forget", "hubspot:1", "--yes"),
        ("export", "portal:"),
        ("undo",),
        ("undo", "--bogus"),
        ("undo", "yesterday"),
        ("history",),
        ("history", "Anna"),
        ("verify",),
        ("verify", "--confirm-side-effects", "twice"),
        ("pause",),
        ("pause", "nightly"),
        ("resume", "backup", "--bogus"),
        ("serve-cron", "--port", "70000"),
        ("frobnicate",),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(arguments: tuple[str, ...]) -> None:
    done = leadsync(*arguments)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
