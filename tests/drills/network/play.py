"""Playing a drill: news come, something goes wrong under a run, the next ordinary run makes it good."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.drills.network.drill import Drill, Sight
from tests.drills.network.scene import Row, Scene
from tests.drills.truth import broken, passed_by_watermark, quiet
from tests.integration.test_flows.runs import Which, run_for_state


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was seen when a drill was played.

    Attributes:
        state: the final state's name.
        message: the final state's.
        record: the attempt's status in sync_metadata; None: it has no row.
        seconds: that the run took.
        afterwards: what has become of the record at the end.
    """

    name: str
    which: Which
    state: str
    message: str
    record: str | None
    seconds: float
    afterwards: str | None

    def cells(self) -> tuple[str, ...]:
        """The drill's row in a table of Markdown."""
        record = self.record or "none"
        shown = record if self.afterwards in (self.record, None) else f"{record}, then {self.afterwards}"
        return self.name, self.which, self.state, self.message.replace("|", "\\|"), shown, f"{self.seconds:.1f}"


def play(drill: Drill, scene: Scene, *, last: Sequence[Which]) -> Report:
    """Plays it and says what was seen, once it is what was to be seen and all invariants hold.

    Args:
        drill: what is played.
        scene: where.
        last: the flows that run at the end and must not write anything.
    """
    scene.news(drill.people)
    before = {row["attempt_id"] for row in scene.on_record()}
    with drill.fault(scene):
        began = time.monotonic()
        state = _run(scene.which, drill.settings)
        seconds = time.monotonic() - began
    record = _new(scene, before)
    _compare(drill.sight, state, record)
    assert passed_by_watermark(scene.world) == []
    scene.wait_out()
    repaired = run_for_state(scene.which)
    assert repaired.name == "Completed", repaired.message
    assert broken(scene.world, scene.edits) == []
    assert quiet(scene.world, lambda: _run_quietly(scene, last)) == []
    return Report(
        name=drill.name,
        which=scene.which,
        state=state.name,
        message=state.message,
        record=record["status"] if record else None,
        seconds=seconds,
        afterwards=_status(scene, record["attempt_id"]) if record else None,
    )


def _run(which: Which, settings: Mapping[str, str]) -> Any:  # noqa: ANN401 - a Prefect state
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        return run_for_state(which)


def _run_quietly(scene: Scene, flows: Sequence[Which]) -> None:
    for which in flows:
        state = run_for_state(which)
        assert state.name == "Completed", state.message
    assert broken(scene.world, scene.edits) == []


def _new(scene: Scene, before: set[Any]) -> Row | None:
    """The run's row of the record; None: it has none."""
    return next((row for row in scene.on_record() if row["attempt_id"] not in before), None)


def _status(scene: Scene, attempt_id: object) -> str:
    return next(str(row["status"]) for row in scene.on_record() if row["attempt_id"] == attempt_id)


def _compare(sight: Sight, state: Any, record: Row | None) -> None:  # noqa: ANN401 - a Prefect state
    seen = state.name, record["status"] if record else None
    assert seen == (sight.state, sight.record), (seen, state.message)
    assert re.search(sight.message, state.message), state.message
    if record and record["status"] in ("failed", "findings"):
        first = record["errors"][0]
        assert f"{first['system']}: {first['cause']}. {first['cure']}" in state.message
