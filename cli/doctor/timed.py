"""An answer that tells the time, beside our own clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

R = TypeVar("R")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Timed(Generic[T_co]):
    """An answer, and our clock before and after it."""

    answer: T_co
    before: datetime
    after: datetime


def timed(ask: Callable[[], R]) -> Timed[R]:
    """Asks and looks at the clock."""
    before = datetime.now(UTC)
    return Timed(ask(), before, datetime.now(UTC))
