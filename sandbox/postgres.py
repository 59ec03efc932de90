"""A PostgreSQL cluster of our own: made in a directory, on a private socket, gone with its parent."""

import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from sandbox.binaries import BUILTIN_LOCALES_FROM, Binaries, find_folder, plain_environment, usable_binaries
from sandbox.ports import socket_directory
from sandbox.processes import Child, SandboxError, dies_with_parent, run_whole, start

ADMIN = "supabase_admin"
"""The superuser, called as on Supabase; people get `postgres`, which is none."""

OWNER = "postgres"
START_SECONDS = 30.0
STATUS_LINE = 7  # of postmaster.pid, counted from 0

FLAGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "timezone": "UTC",
    # The data is thrown away with its directory, so durability buys nothing.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


SURVIVES = {**FLAGS, "synchronous_commit": "on", "full_page_writes": "on"}
"""For a server that is to be killed: what it has committed outlives its processes (not the machine)."""


@dataclass(frozen=True)
class Postgres:
    """A running cluster. A context manager: leaving it stops the server and removes its data.

    Attributes:
        sockets: The 0700 directory of its Unix socket.
        version: The major version.
        flags: Its settings.
    """

    binaries: Binaries
    child: Child
    data: Path
    sockets: Path
    version: int
    flags: Mapping[str, str]

    @classmethod
    def start(
        cls,
        directory: Path,
        *,
        folder: Path | None = None,
        binaries: Binaries | None = None,
        flags: Mapping[str, str] = FLAGS,
    ) -> Self:
        """Make a cluster below `directory` and start it.

        Args:
            directory: Takes data, socket and log; made if missing.
            folder: PostgreSQL's bin folder; by default it is looked for.
            binaries: How to run it; by default the best way that works here.
            flags: Its settings.

        Raises:
            SandboxError: no PostgreSQL, or it does not start.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        chosen = binaries or usable_binaries(folder or find_folder(), directory)
        base = chosen.base or directory
        sockets = socket_directory(base / "sockets")
        if chosen.owner:
            os.chown(sockets, *chosen.owner)
        try:
            version = chosen.major_version()
            _initialise(chosen, base / "data", version)
        except SandboxError:
            _remove(base / "data", sockets, chosen.base)
            raise
        child = _launch(chosen, base / "data", sockets, directory / "postgres.log", flags)
        cluster = cls(chosen, child, base / "data", sockets, version, flags)
        try:
            child.wait_until(cluster.is_ready, seconds=START_SECONDS)
        except BaseException:
            cluster.stop()
            raise
        return cluster

    def launched_again(self) -> Self:
        """The cluster with a new server over the same data, after the old one has died; see `is_ready`."""
        return replace(self, child=_launch(self.binaries, self.data, self.sockets, self.child.log, self.flags))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def is_ready(self) -> bool:
        """Whether the server accepts connections, by its own pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        is_ours = lines[:1] == [str(self.child.pid)]
        return is_ours and len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    def dsn(self, database: str, *, user: str = OWNER) -> str:
        """A connection URI for `user`; the socket directory is the only guard, so there is no password.

        It holds nothing that a shell would not take literally, as settings files are read by shells too.
        """
        place = urlencode({"host": str(self.sockets)}, quote_via=quote)
        return f"postgresql://{quote(user)}@:5432/{quote(database)}?{place}"

    def create_database(self, name: str) -> None:
        """Create an empty database; it belongs to the superuser until its owner exists."""
        with psycopg.connect(self.dsn("postgres", user=ADMIN), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop the server, dropping its clients, and remove data and socket."""
        self.child.stop()
        _remove(self.data, self.sockets, self.binaries.base)


def _remove(*paths: Path | None) -> None:
    for path in paths:
        if path is not None:
            shutil.rmtree(path, ignore_errors=True)


def _initialise(binaries: Binaries, data: Path, version: int) -> None:
    command = binaries.command(
        "initdb",
        *("-D", str(data), "-U", ADMIN, "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"),
        *_locale_flags(version),
    )
    code, said = run_whole(command, environment=plain_environment(os.environ))
    if code != 0:
        raise SandboxError(f"initdb failed: {' | '.join(said.strip().splitlines()[-3:])}")


def _locale_flags(version: int) -> list[str]:
    """Unicode rules that need no locale of the machine, where the version has them."""
    if version >= BUILTIN_LOCALES_FROM:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def _launch(binaries: Binaries, data: Path, sockets: Path, log: Path, chosen: Mapping[str, str]) -> Child:
    settings = {**chosen, "unix_socket_directories": f'"{sockets}"'}
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    # The death signal comes after the change of user: changing it would clear the wish.
    program = [*dies_with_parent("INT"), str(binaries.folder / "postgres"), "-D", str(data), *flags]
    return start(
        "PostgreSQL",
        [*binaries.prefix, *program],
        log=log,
        environment=plain_environment(os.environ),
        stop_signal=signal.SIGINT,
    )
