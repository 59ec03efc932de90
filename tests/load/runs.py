"""Runs as Prefect knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.demo.api import ENDED, Server

PAGE = 200


@dataclass(frozen=True)
class FlowRun:
    """A run of one of the deployments.

    Attributes:
        state: the state's type, such as COMPLETED.
        name: the state's name, such as `Completed with findings`.
        message: what the state says.
        due: when it was to begin.
        seconds: how long it ran; 0 where it never did.
        clock: whether Prefect's clock made it.
    """

    id: str
    deployment: str
    state: str
    name: str
    message: str
    due: datetime
    began: datetime | None
    seconds: float
    clock: bool

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in ENDED

    @property
    def planned(self) -> bool:
        """Whether it waits for its time."""
        return self.state == "SCHEDULED" and self.due > datetime.now(UTC)


def all_runs(server: Server) -> list[FlowRun]:
    """Every run of every deployment, by when it was due."""
    return _found(server, {})


def open_runs(server: Server) -> list[FlowRun]:
    """Those that have not ended."""
    return _found(server, {"flow_runs": {"state": {"type": {"not_any_": sorted(ENDED)}}}})


def _found(server: Server, wanted: Mapping[str, object]) -> list[FlowRun]:
    found: list[Any] = []
    while len(found) % PAGE == 0:
        asked = {**wanted, "sort": "EXPECTED_START_TIME_ASC", "limit": PAGE, "offset": len(found)}
        page = server.ask("POST", "/flow_runs/filter", asked)
        found += page
        if not page:
            break
    return [_run(told) for told in found]


def _run(told: Any) -> FlowRun:  # noqa: ANN401 - JSON
    state = told["state"] or {"type": "PENDING", "name": "Pending", "message": None}
    return FlowRun(
        id=told["id"],
        deployment=told["deployment_id"],
        state=state["type"],
        name=state["name"],
        message=state["message"] or "",
        due=datetime.fromisoformat(told["expected_start_time"]),
        began=told["start_time"] and datetime.fromisoformat(told["start_time"]),
        seconds=told["total_run_time"],
        clock=told["auto_scheduled"],
    )
