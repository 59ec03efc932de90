"""What goes wrong in which hour: dealt out beforehand, so that nothing is left to chance but the when."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from sandbox.world import World
from tests.month.crm import Crm

Fault = dict[str, Any]

READS = {"method": "GET", "path": "crm/"}
_BUSY = '{"code": "TOO_MANY_REQUESTS", "details": {}, "message": "too many requests", "status": "error"}'
_DOWN = '{"code": "INTERNAL_ERROR", "details": {}, "message": "Internal server error", "status": "error"}'
_WAIT = "Sat, 24 Oct 2026 10:00:00 GMT"

FAULTS: dict[str, tuple[Fault, ...]] = {
    "429 with Retry-After": (
        {"status": 429, "body": _BUSY, "headers": {"Retry-After": "1"}},
        {"status": 429, "body": _BUSY, "headers": {"Retry-After": _WAIT}},
    ),
    "429 without Retry-After": ({"status": 429, "body": _BUSY},),
    "5xx": (
        {"status": 500, "body": _DOWN},
        {"status": 502, "html": "<html>Bad Gateway</html>"},
        {"status": 503, "body": ""},
    ),
    "connection cut": ({"cut": "before"}, {"cut": "after"}, {"cut": "after", "truncate_at": 40}, {"truncate_at": 40}),
}
"""What befalls calls to Zoho."""

FEW, MANY = 2, None
"""Times that a fault fires: fewer than a run's patience, or for all of a run."""

OTHERS = (
    *("token death", "token death in a walk", "page token expired", "token endpoint down", "credits used up"),
    *("backoffice down", "asleep"),
)
KINDS = (*(f"{kind}{size}" for kind in FAULTS for size in ("", ", storm")), *OTHERS)
RARE = ("credits used up",)
"""What comes once in a month."""


def deal(random: Random, hours: list[int], each: int) -> dict[int, str]:
    """What goes wrong in which of the hours, at most one thing in each."""
    wanted = [kind for kind in KINDS for _ in range(1 if kind in RARE else each)]
    return dict(zip(random.sample(hours, len(wanted)), wanted, strict=True))


@dataclass
class Weather:
    """Orders faults, and counts those that fired."""

    crm: Crm
    http: httpx.Client
    world: World
    random: Random
    tally: Counter[str]
    _ordered: list[str] = field(default_factory=list)

    def comes(self, kind: str) -> None:
        """Lets it go wrong from now on, until the weather has passed."""
        name = kind.removesuffix(", storm")
        if name in FAULTS:
            times = MANY if kind != name else FEW
            self._orders(kind, {**READS, **self.random.choice(FAULTS[name]), "times": times})
        elif name == "token endpoint down":
            self.crm.control("POST", "kill-tokens")
            self._orders(
                kind, {"method": "POST", "path": "oauth", "status": 503, "html": "<html></html>", "times": FEW}
            )
        elif name == "token death":
            self.crm.control("POST", "kill-tokens")
            self.tally[kind] += 1
        elif name == "credits used up":
            self.crm.control("PATCH", "usage", {"left": 0})
        elif name == "backoffice down":
            self._refuses(self.random.choice(("leadsync_open", "leadsync_match", "leadsync_(apply|beat|close)")))
        elif name == "no apply":
            self._refuses("leadsync_apply")

    def passes(self) -> None:
        """Everything works again."""
        for kind, fault in zip(self._ordered, self.crm.control("GET", "faults"), strict=True):
            self.tally[kind] += fault["fired"]
        self.crm.control("DELETE", "faults")
        self._ordered.clear()
        for fault in self._edge("GET").json():
            self.tally["backoffice down"] += fault["fired"]
        self._edge("DELETE")

    def _orders(self, kind: str, fault: Fault) -> None:
        self.crm.control("POST", "faults", [fault])
        self._ordered.append(kind)

    def _refuses(self, path: str) -> None:
        self._edge("POST", json=[{"path": path, "status": 503, "body": "{}", "times": None}])

    def _edge(self, method: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        return self.http.request(method, f"{self.world.backoffice_control_url}/faults", **request).raise_for_status()
