"""Environments of their own, for clients whose requirements do not go with ours."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sandbox.postgrest import cache_directory

PYTHON = "3.11"
_SECONDS = 300


def python_with(requirements: Path) -> Path:
    """An interpreter that has these pinned requirements; made once a checkout, anew when they change.

    Where it cannot be made, the test fails with what the installer said.
    """
    pins = hashlib.sha256(requirements.read_bytes()).hexdigest()
    environment = cache_directory() / f"{requirements.stem}-{pins[:16]}"
    if not environment.exists():
        environment.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=environment.parent) as scratch:
            made = Path(scratch) / "made"
            for command in _commands(made, requirements):
                _run(command, requirements.stem)
            made.replace(environment)
    return environment / "bin" / "python"


def _commands(environment: Path, requirements: Path) -> list[list[str]]:
    python = str(environment / "bin" / "python")
    pinned = ["--quiet", "--require-hashes", "--requirement", str(requirements)]
    if uv := shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent)):
        return [
            [uv, "venv", "--quiet", "--no-project", "--python", PYTHON, str(environment)],
            [uv, "pip", "install", "--python", python, *pinned],
        ]
    return [[f"python{PYTHON}", "-m", "venv", str(environment)], [python, "-m", "pip", "install", *pinned]]


def _run(command: list[str], name: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        pytest.fail(f"{name} cannot be installed, which takes Python {PYTHON} and PyPI: {said.strip()}", pytrace=False)
