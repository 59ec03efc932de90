"""A scene for drills of the network: a clean world behind wires, in which both flows have run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.wire import Wire, wire
from sandbox.world import World
from tests.drills.network.drill import Drill
from tests.drills.network.play import Report
from tests.drills.network.scene import Scene
from tests.integration.test_flows.runs import Which

TABLE = Path(__file__).parents[3] / "build" / "drills" / "network.md"
"""Where it stays what was seen."""

CROWDED = 300
"""Leads of one source with which a world is not used again."""

HEAD = ("drill", "flow", "state", "message", "record", "seconds")


@pytest.fixture(scope="module")
def wires(world: World) -> Iterator[dict[str, Wire]]:
    """A wire before each system."""
    urls = {"zoho": world.zoho_api_domain, "portal": world.portal_url, "backoffice": world.backoffice_url}
    with ExitStack() as stack:
        yield {system: stack.enter_context(wire(url)) for system, url in urls.items()}


@pytest.fixture(scope="module")
def through_wires(settled: None, wires: dict[str, Wire]) -> Iterator[dict[str, Wire]]:  # noqa: ARG001 - order
    """The environment of a worker that reaches every system through its wire, and writes small batches."""
    environment = {
        "ZOHO_ACCOUNTS_URL": wires["zoho"].url,
        "ZOHO_API_DOMAIN": wires["zoho"].url,
        "PORTAL_SUPABASE_URL": wires["portal"].url,
        "BACKOFFICE_SUPABASE_URL": wires["backoffice"].url,
        "LEADSYNC_BATCH_SIZE": "200",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield wires


@dataclass
class Stage:
    """Where drills are played, one after the other in the same world, until one has gone wrong or filled it."""

    clean: Callable[[], World]
    wires: dict[str, Wire]
    scene: Scene | None = None

    @contextmanager
    def set_for(self, drill: Drill, which: Which) -> Iterator[Scene]:
        """A scene for a flow's drill; after one that fails the next one begins anew."""
        scene, self.scene = self.scene, None
        with ExitStack() as stack:
            if scene is None or drill.standing:
                scene = self._fresh()
                if drill.standing:
                    stack.enter_context(drill.standing(scene))
                scene.begin()
            scene.which = which
            yield scene
        self.scene = None if drill.standing or len(scene.ids[which]) > CROWDED else scene

    def _fresh(self) -> Scene:
        for each in self.wires.values():
            each.clear()
        return Scene(self.clean(), self.wires, "primary")


@pytest.fixture(scope="module")
def stage(clean: Callable[[], World], through_wires: dict[str, Wire]) -> Stage:
    """Where drills are played."""
    return Stage(clean, through_wires)


@pytest.fixture(scope="module")
def tell() -> Callable[[Report], None]:
    """Takes what was seen, and writes it down at once."""
    rows = [HEAD, tuple("---" for _ in HEAD)]

    def told(report: Report) -> None:
        rows.append(report.cells())
        TABLE.parent.mkdir(parents=True, exist_ok=True)
        TABLE.write_text("".join(f"| {' | '.join(row)} |\n" for row in rows))

    return told
