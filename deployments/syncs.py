"""The two flows that bring leads, and the deployments that run them."""

from dataclasses import dataclass
from typing import Literal

from flows.request import NAMES
from leads.sources import Source

Which = Literal["primary", "backup"]


@dataclass(frozen=True, kw_only=True)
class Sync:
    """A flow that brings leads from a source, and its deployment's own name as prefect.yaml has it."""

    source: Source
    deployment: str

    @property
    def flow(self) -> str:
        """The flow's name."""
        return NAMES[self.source]

    @property
    def name(self) -> str:
        """What Prefect calls the deployment."""
        return f"{self.flow}/{self.deployment}"


SYNCS: dict[Which, Sync] = {
    "primary": Sync(source=Source.ZOHO, deployment="hourly"),
    "backup": Sync(source=Source.PORTAL, deployment="daily"),
}
