"""How faults are ordered: at the edges, on the wires, in the settings, and several at once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import httpx

from sandbox.wire import Trouble
from tests.drills.network.drill import Fault
from tests.drills.network.scene import Scene

SOURCE = "source"
"""Stands for the system that the flow reads."""

READS = r"(?i)/leads\?"
"""A page of leads, of Zoho and of the portal."""


def at_edge(system: str, path: str = READS, **fault: object) -> Fault:
    """A fault of HTTP: `sandbox.faults.Fault`."""

    @contextmanager
    def ordered(scene: Scene) -> Iterator[None]:
        url = scene.edge(scene.source if system == SOURCE else system)
        _ask("POST", url, [{"path": path, **fault}])
        place = len(_ask("GET", url)) - 1
        yield
        fired = _ask("GET", url)[place]["fired"]
        _ask("DELETE", url)
        assert fired, f"nothing went wrong at {path}"

    return ordered


def on_wire(
    system: str,
    path: str = READS,
    *,
    act: Callable[[Scene], object] | None = None,
    **trouble: Any,  # noqa: ANN401 - Trouble's own
) -> Fault:
    """Trouble below HTTP: `sandbox.wire.Trouble`; what is to happen then is told the scene."""

    @contextmanager
    def ordered(scene: Scene) -> Iterator[None]:
        wire = scene.wires[scene.source if system == SOURCE else system]
        happens = partial(act, scene) if act else None
        order = wire.order(Trouble(request=path, act=happens, **trouble))
        yield
        wire.clear()
        assert order.struck, f"nothing went wrong at {path}"

    return ordered


def together(*faults: Fault) -> Fault:
    """Several at once."""

    @contextmanager
    def ordered(scene: Scene) -> Iterator[None]:
        with ExitStack() as stack:
            for fault in faults:
                stack.enter_context(fault(scene))
            yield

    return ordered


@contextmanager
def forgotten_cache(scene: Scene) -> Iterator[None]:
    """Neither an access token nor the list of fields is kept."""
    scene.ask("delete from leadsync.cache where true")
    yield


def _ask(method: str, url: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    answer = httpx.request(method, url, json=body, trust_env=False).raise_for_status()
    return answer.json() if answer.content else None
