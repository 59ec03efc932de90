"""What the page is drawn from, as values: what the three systems said, or that they did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leads.sources import Source
from systems.report_answers import Report


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a source says when it is asked how many leads it has.

    Attributes:
        leads: None if it did not say.
        problem: why it did not, in a few words; empty if it did.
        at: when it was asked.
    """

    leads: int | None = None
    problem: str = ""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The state of everything at one moment.

    Attributes:
        at: when the page is made.
        report: what the backoffice told; None if it did not.
        problem: why it did not, as a sentence; empty if it did.
        counted: what each source says; one that is not asked is missing.
    """

    at: datetime
    report: Report | None
    problem: str = ""
    counted: Mapping[Source, Counted]
