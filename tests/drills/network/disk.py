"""A disk that is full: the backoffice's growing tables lie on a small one of their own."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.drills.network.administrator import as_admin
from tests.drills.network.drill import MANY, Drill, failure
from tests.drills.network.scene import Scene

MEGABYTES = 32
GROWING = ("public.leads", "leadsync.records", "leadsync.bases", "leadsync.journal", "leadsync.batches")
NOT_PERMITTED = (
    "No tmpfs can be mounted here, so it was not seen what a full disk does: it takes root with CAP_SYS_ADMIN "
    "(in a container, --cap-add SYS_ADMIN)"
)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A tmpfs of some megabytes."""
    with tempfile.TemporaryDirectory(prefix="leadsync-disk-") as folder:
        wish = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=700", "tmpfs", folder]
        try:
            mounted = subprocess.run(wish, check=False, capture_output=True).returncode == 0
        except OSError:
            mounted = False
        if not mounted:
            pytest.skip(NOT_PERMITTED)  # pytest tells every skip and why at its end (-ra)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def fill(path: Path) -> None:
    """Writes until the disk takes no more byte."""
    with path.open("wb", buffering=0) as ballast:
        for size in (1024 * 1024, 1024):
            try:
                while ballast.write(b"\0" * size):
                    pass
            except OSError:
                continue


def move(scene: Scene, tablespace: str) -> None:
    """Takes the tables that grow to another disk."""
    as_admin(scene, *(f"alter table {table} set tablespace {tablespace}" for table in GROWING))


@contextmanager
def full_disk(scene: Scene) -> Iterator[None]:
    """There is no byte left for new pages of the tables that a batch writes to."""
    with small_disk() as folder:
        as_admin(scene, f"create tablespace small location '{folder}'")
        move(scene, "small")
        fill(folder / "ballast")
        yield
        (folder / "ballast").unlink()
        move(scene, "pg_default")
        as_admin(scene, "checkpoint", "drop tablespace small")


DRILLS = (
    Drill(
        name="PostgreSQL's disk is full",
        fault=full_disk,
        sight=failure(
            r"Backoffice: its disk is full \(53100\)\. Give the project more space; the next run reads on\.$"
        ),
        people=MANY,
        quick="primary",
    ),
)
