"""What the backoffice tells for the report: the last days in numbers. Nothing in it is about a person."""

from datetime import date, datetime

from pydantic import Field

from systems.backoffice_answers import Answer, Freshness, Queue


class Runs(Answer):
    """How many runs of a flow began within an hour and ended, or stand, in one way."""

    flow: str
    hour: datetime
    status: str
    runs: int


class Failure(Answer):
    """A run that failed or crashed; system, cause and cure are missing where it could not say."""

    attempt_id: str
    flow: str
    status: str
    started_at: datetime
    system: str | None = None
    cause: str | None = None
    cure: str | None = None


class Day(Answer):
    """Leads that the runs of a day made and changed, and what Zoho charged for these runs."""

    day: date
    inserted: int
    updated: int
    calls: int
    credits: int


class Met(Answer):
    """Leads that leadsync met on a day for the first time, by the sources that have them now."""

    day: date
    zoho: int
    portal: int
    both: int


class Reason(Answer):
    """Why something waits, and how much does for that reason."""

    reason: str
    count: int


class AgedQueue(Queue):
    """What waits of one kind; `ages`: up to a day, up to a week, up to 30 days, longer."""

    ages: tuple[int, int, int, int] = (0, 0, 0, 0)
    reasons: tuple[Reason, ...] = ()
    """The five most frequent ones."""


class AgedWaiting(Answer):
    """What waits for a person: records in review, dead letters, open conflicts."""

    review: AgedQueue = AgedQueue()
    dead_letters: AgedQueue = AgedQueue()
    conflicts: AgedQueue = AgedQueue()


class KnownRecords(Answer):
    """Records that are known of a source, and those of them that are known to be deleted there."""

    records: int = 0
    gone: int = 0


class CreditsLeft(Answer):
    """What Zoho said last that is left of its day, and when."""

    credits: int
    at: datetime


class Report(Freshness):
    """All of it.

    Attributes:
        since: the beginning of the first day.
        began: when the first attempt began; None before it.
        runs: of all flows.
        failures: the last ones, the newest first.
        days: only those that had runs.
        met: only those that had any.
        waiting: now.
        known: by source; a source of which nothing is known is missing.
        leads: in the backoffice, without deleted ones.
        credits_left: None if Zoho did not say.
    """

    since: datetime
    began: datetime | None = None
    runs: tuple[Runs, ...] = ()
    failures: tuple[Failure, ...] = ()
    days: tuple[Day, ...] = ()
    met: tuple[Met, ...] = ()
    waiting: AgedWaiting = AgedWaiting()
    known: dict[str, KnownRecords] = Field(default_factory=dict)
    leads: int = 0
    credits_left: CreditsLeft | None = None
