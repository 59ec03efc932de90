"""Every sample lead, and what is expected of it."""

from datetime import UTC, datetime

from sandbox.samples.case import Case, Counts, counts
from sandbox.samples.content_cases import content_cases
from sandbox.samples.crowd import crowd
from sandbox.samples.identity_cases import identity_cases
from sandbox.samples.known_cases import known_cases
from sandbox.samples.poison_cases import poison_cases
from sandbox.samples.scribe import Scribe


def cases(now: datetime) -> tuple[Case, ...]:
    """The named cases and the crowd, the same for the same `now`."""
    scribe = Scribe(now)
    themes = (identity_cases, content_cases, known_cases, poison_cases, crowd)
    return tuple(case for theme in themes for case in theme(scribe))


def expected() -> dict[str, Counts]:
    """The counts of each flow's first run on the fresh samples, the primary before the backup."""
    return counts(cases(datetime(2026, 1, 1, tzinfo=UTC)))
