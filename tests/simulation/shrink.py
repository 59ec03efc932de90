"""A failing history made as short as it can be while it fails in the same way (delta debugging)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tests.simulation.actions import Action

Fails = Callable[[Sequence[Action]], bool]


def shrunk(actions: Sequence[Action], fails: Fails) -> list[Action]:
    """The history without any action, word or pause that its failure does not need.

    Args:
        actions: a history that fails.
        fails: whether another one fails in the same way.
    """
    kept = list(actions)
    before = None
    while before != kept:
        before = list(kept)
        kept = _fewer(kept, fails)
        for index in range(len(kept)):
            for simpler in _simpler(kept[index]):
                tried = [*kept[:index], simpler, *kept[index + 1 :]]
                if fails(tried):
                    kept = tried
    return kept


def _fewer(kept: list[Action], fails: Fails) -> list[Action]:
    size = max(1, len(kept) // 2)
    while True:
        index = 0
        while index < len(kept):
            tried = kept[:index] + kept[index + size :]
            if tried != kept and fails(tried):
                kept = tried
            else:
                index += size
        if size == 1:
            return kept
        size //= 2


def _simpler(action: Action) -> Iterator[Action]:
    """The action with less in it."""
    if action.wait:
        yield replace(action, wait=0.0)
    for name, value in action.more.items():
        if isinstance(value, dict):
            for key in value:
                yield _with(action, name, {k: v for k, v in value.items() if k != key})
        elif name in ("age", "since", "claims", "knows") and value:
            yield _with(action, name, type(value)())
        elif name in ("steps", "times") and value > 1:
            yield _with(action, name, value - 1)


def _with(action: Action, name: str, value: Any) -> Action:  # noqa: ANN401 - any argument
    return replace(action, more={**action.more, name: value})
