"""What drills ask of Prefect's server beside what the demo does: all deployments, automations."""

from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.demo.api import Run, Server

CHANGEABLE = (
    "name",
    "description",
    "enabled",
    "trigger",
    "actions",
    "actions_on_trigger",
    "actions_on_resolve",
    "tags",
)


@dataclass(frozen=True)
class Prefect(Server):
    """A server's API."""

    @classmethod
    def at(cls, url: str) -> "Prefect":
        """The server of a PREFECT_API_URL."""
        return cls(httpx.Client(base_url=url, timeout=30, trust_env=False))

    def deployments(self) -> list[str]:
        """The ids of all."""
        return [str(one["id"]) for one in self.ask("POST", "/deployments/filter", {})]

    def automations(self) -> list[dict[str, Any]]:
        """All of them."""
        found: list[dict[str, Any]] = self.ask("POST", "/automations/filter", {})
        return found

    def switch_off(self, automation: str) -> None:
        """Keeps an automation from acting."""
        self._call("PATCH", f"/automations/{automation}", {"enabled": False})

    def tighten(self, automation: dict[str, Any], seconds: int) -> None:
        """Lets an automation act after so long a silence."""
        changed = {name: automation[name] for name in CHANGEABLE if name in automation}
        changed["trigger"] = {**automation["trigger"], "within": seconds}
        self._call("PUT", f"/automations/{automation['id']}", changed)

    def run(self, run_id: str) -> Run:
        """A run as it is now."""
        return self._run(run_id)
