"""What prefect.yaml says that a Prefect server should have."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from systems.errors import Misconfigured

POOL = "leadsync"
"""The work pool of all of them."""

FILE = Path(__file__).resolve().parent.parent / "prefect.yaml"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A deployment of the file.

    Attributes:
        flow: the flow's name.
        name: with the deployment's own, such as `primary-zoho-sync/hourly`.
        pool: its work pool.
        parameters: what its runs are given.
        schedules: cron and zone of each.
        automations: names of the automations that belong to it.
    """

    flow: str
    name: str
    pool: str
    parameters: dict[str, Any]
    schedules: frozenset[tuple[str, str]]
    automations: tuple[str, ...]


def planned(file: Path = FILE) -> list[Planned]:
    """The deployments of a file, in its order.

    Raises:
        Misconfigured: it is not there.
    """
    if not file.is_file():
        raise Misconfigured("Prefect", "prefect.yaml is not beside the program", "Run leadsync from its checkout.")
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [_planned(entry) for entry in document["deployments"]]


def _planned(entry: dict[str, Any]) -> Planned:
    flow = _flow_name(entry["entrypoint"])
    return Planned(
        flow=flow,
        name=f"{flow}/{entry['name']}",
        pool=entry["work_pool"]["name"],
        parameters=entry["parameters"],
        schedules=frozenset((one["cron"], one.get("timezone", "UTC")) for one in entry["schedules"]),
        automations=tuple(one["name"] for one in entry.get("triggers", [])),
    )


def _flow_name(entrypoint: str) -> str:
    path, function = entrypoint.split(":")
    flow = getattr(import_module(path.removesuffix(".py").replace("/", ".")), function)
    return str(flow.name)
