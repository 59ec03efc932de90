"""Time in the simulated world: Zoho's clock, and how far our machine's and the database's stand off it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import time_machine

BEGINNING = datetime(2031, 3, 3, 8, 0, tzinfo=UTC)
BLINK = timedelta(milliseconds=130)
"""What a call takes, so that several calls and edits fall into one second."""


@dataclass
class Clock:
    """Moves only when it is told to; `datetime.now` is our machine's while it is installed.

    Attributes:
        turn: which action of the history is going on.
    """

    ours_off: timedelta
    database_off: timedelta
    now: datetime = BEGINNING
    turn: int = 0
    _machine: time_machine.Traveller | None = field(default=None, repr=False)

    def install(self, machine: time_machine.Traveller) -> None:
        """Takes over what the process believes the time to be."""
        self._machine = machine
        self._tell()

    @property
    def second(self) -> datetime:
        """Zoho's time as it stamps it: whole seconds."""
        return self.now.replace(microsecond=0)

    def second_before(self, seconds: float) -> datetime:
        return self.second - timedelta(seconds=int(seconds))

    @property
    def database(self) -> datetime:
        return self.now + self.database_off

    def advance(self, duration: timedelta = BLINK) -> None:
        self.now += duration
        self._tell()

    def _tell(self) -> None:
        if self._machine is not None:
            self._machine.move_to(self.now + self.ours_off)
