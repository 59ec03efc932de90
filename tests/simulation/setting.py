"""What does not change during a history: how far clocks are off, and what Zoho's habits are."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from tests.simulation.zoho import Habits

OFFSETS = (0, 0, 0, 3, -3, 600, -600)
"""Seconds by which a clock is off."""
CALM_EVERY = 5
"""Every fifth history has neither twins nor edits between the runs: its end does not depend on their order."""


@dataclass(frozen=True)
class Setting:
    """That of one history.

    Attributes:
        ours_off: our machine's clock against Zoho's.
        database_off: the database's clock against Zoho's.
        habits: Zoho's.
        calm: whether neither twins nor edits come between the runs.
    """

    ours_off: timedelta
    database_off: timedelta
    habits: Habits
    calm: bool


def setting(seed: int) -> Setting:
    """The setting of a seed."""
    random = Random(seed)  # noqa: S311 - to be had again
    dated = random.random() < 0.8
    return Setting(
        ours_off=timedelta(seconds=random.choice(OFFSETS)),
        # Where Zoho does not tell its time, the database's has to do, which must not be ahead then.
        database_off=timedelta(seconds=random.choice(OFFSETS if dated else (0, -3, -600))),
        habits=Habits(
            inclusive=random.random() < 0.6,
            falling=random.random() < 0.3,
            frozen_tokens=random.random() < 0.3,
            dated=dated,
            quiet_restore=random.random() < 0.3,
            zone=random.choice([0, 1, 2]),
        ),
        calm=seed % CALM_EVERY == 0,
    )
