"""What doctor knows of a Prefect server, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from deployments.blueprint import Planned


class Reach(Enum):
    """From where an address can be reached."""

    HERE = auto()
    """This machine alone."""
    PRIVATE = auto()
    """A network of one's own."""
    PUBLIC = auto()
    """Anywhere."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """How a server is reached.

    Attributes:
        host: its name.
        encrypted: whether the address is https.
        reach: from where.
        open_to_all: whether it answers somebody without credentials.
    """

    host: str
    encrypted: bool
    reach: Reach
    open_to_all: bool


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployment of the server.

    Attributes:
        paused: whether a person paused it.
        pool: its work pool.
        parameters: what its runs are given.
        schedules: cron and zone of each active schedule; another kind of schedule is told as it is.
        inactive: how many schedules are switched off.
        late: scheduled times of runs that should have begun.
    """

    paused: bool
    pool: str | None
    parameters: dict[str, Any]
    schedules: frozenset[tuple[str, str]]
    inactive: int
    late: tuple[datetime, ...]


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A work pool: whether it is paused, and the names of the workers that are online."""

    paused: bool
    online: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server's state.

    Attributes:
        version: Prefect's.
        leases: where it keeps who holds a deployment's slot; None where it does not say.
        pool: leadsync's work pool, None if there is none.
        deployments: those of prefect.yaml that are there, by name.
        automations: by name, whether it is on.
    """

    version: str
    leases: str | None
    pool: Pool | None
    deployments: dict[str, Deployed]
    automations: dict[str, bool]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a server should have: the deployments of prefect.yaml, and the names of all automations."""

    deployments: list[Planned]
    automations: list[str]
