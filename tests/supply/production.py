"""What a production installation consists of, by the lock file."""

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def production(without: str = "--no-default-groups") -> frozenset[str]:
    """The names of all packages that `uv sync --no-default-groups` installs on some platform, but for our own.

    Args:
        without: what is asked of uv instead.
    """
    words = ["--frozen", without, "--no-emit-project", "--no-hashes", "--no-header", "--no-annotate"]
    done = subprocess.run(
        [_uv(), "export", *words, "--quiet", "--offline"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return frozenset(normal(line) for line in re.findall(r"^[A-Za-z0-9._-]+(?===)", done.stdout, re.MULTILINE))


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _uv() -> str:
    """From PATH, else beside Python, where the Makefile puts it."""
    found = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    assert found, "uv is missing"
    return found
