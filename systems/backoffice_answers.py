"""The typed answers of the backoffice's SQL functions (docs/architecture.md)."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from leads.sources import Source


class Answer(BaseModel):
    """Base of the typed answers: immutable, unknown keys ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Column(Answer):
    """A column of `public.leads`: SQL type, most characters (None: no limit), null allowed or not, a default or not."""

    type: str
    length: int | None = None
    nullable: bool
    default: bool = False


class Queue(Answer):
    """How many wait for a person, and since when the first of them."""

    count: int = 0
    oldest: datetime | None = None


class Waiting(Answer):
    """What waits for a person: records in review, dead letters, open conflicts."""

    review: Queue = Queue()
    dead_letters: Queue = Queue()
    conflicts: Queue = Queue()


class CacheEntry(Answer):
    """A cached value and when it expires (None: never)."""

    value: Any = None
    expires_at: datetime | None = None


class Taken(Answer):
    """A kept value, or whether the caller is the one to make it; neither: somebody else is making it."""

    entry: CacheEntry | None = None
    mine: bool


class Context(Answer):
    """What a run has to know of the backoffice before it reads anything."""

    installation_id: str
    schema_version: int
    now: datetime
    watermarks: dict[str, datetime] = {}
    columns: dict[str, Column] = {}
    recalled: dict[str, int] = {}
    """Records of each source that a person asked to take up again."""
    waiting: Waiting = Waiting()
    cache: dict[str, CacheEntry] = {}


class OpenedAttempt(Context):
    """The context, the attempt's id, and the ids of older attempts that were closed as crashed."""

    attempt_id: str
    crashed: tuple[str, ...] = ()


class ClosedAttempt(Answer):
    """The status that an attempt got in the end, the source's watermark now, and what waits for a person."""

    status: str
    watermark: datetime | None = None
    waiting: Waiting = Waiting()


class OnRecord(Answer):
    """An attempt as the company's dashboard finds it in `sync_metadata`; others may have written there, too."""

    status: str | None = None
    counts: dict[str, Any] | None = None
    errors: Any = None


class Outcome(Answer):
    """What became of one item of a plan: `n` is its number in the batch."""

    n: int
    outcome: str
    reason: str | None = None


class Freshness(Answer):
    """The database's clock, and when each flow last did all of its work; a flow that never did is missing."""

    now: datetime
    completed: dict[str, datetime] = {}


class Newcomer(Answer):
    """A record that came into review: which, why, and the lead it is linked to, if any."""

    source: Source
    source_id: str
    reason: str
    lead_id: str | None = None


class Newcomers(Answer):
    """Undecided records that came into review since a time: how many, since when the youngest, the first ten."""

    count: int = 0
    newest: datetime | None = None
    first: tuple[Newcomer, ...] = ()


class DayOfFlow(Answer):
    """What a flow's attempts of the last 24 hours did; `failed` of its `runs` did not end well."""

    runs: int
    failed: int
    inserted: int
    updated: int
    review: int
    rejected: int


class Watched(Freshness):
    """What the watch asks: freshness, what waits, who newly waits, and each flow's day."""

    waiting: Waiting
    news: Newcomers
    day: dict[str, DayOfFlow] = {}


class Undone(Answer):
    """The attempt that is to be taken back, as it stands."""

    attempt_id: str
    flow: str
    source: Source
    started_at: datetime
    tidied_at: datetime | None
    """When retention began to drop what it wrote."""
    status: str


class Restored(Answer):
    """A column of a lead that holds again what it held before."""

    lead_id: str
    field: str


class Left(Answer):
    """A column of a lead, or the lead as a whole (no field), that stays as it is, and why."""

    lead_id: str
    field: str | None
    why: str


class UndoPage(Answer):
    """What became of up to 500 leads of an attempt; `undone` is None if there is no such attempt."""

    undone: Undone | None
    next: str | None
    """The lead after which the next page begins; None: this was the last."""
    restored: tuple[Restored, ...]
    deleted: tuple[str, ...]
    """Leads that the attempt had inserted."""
    revived: tuple[str, ...]
    """Leads that the attempt, an undo itself, had deleted."""
    left: tuple[Left, ...]


class Story(Answer):
    """All that is kept on a lead, or on a record and its lead: rows of the tables of that name."""

    lead: dict[str, Any] | None
    base: dict[str, Any] | None
    records: tuple[dict[str, Any], ...]
    journal: tuple[dict[str, Any], ...]
    conflicts: tuple[dict[str, Any], ...]
    attempts: tuple[dict[str, Any], ...]


class Reference(Answer):
    """A source record by its name."""

    source: Source
    source_id: str

    def __str__(self) -> str:
        return f"{self.source}:{self.source_id}"


class Forgotten(Answer):
    """What became of a person: records that went, and what is left to be looked at."""

    records: int
    lead_anonymised: bool
    untouched: tuple[str, ...]
    """Columns of the lead that hold text and were not overwritten."""
    children: tuple[str, ...]
    """Tables with rows that refer to the lead."""
    waiting: int
    """Records in review and dead letters that may be the person's."""
    look_at: tuple[Reference, ...] = ()
    """Those records; a repeated call does not know them any more."""


class Tidied(Answer):
    """Rows that retention dropped or emptied; `more` says that there are others."""

    journal: int
    contents: int
    snapshots: int
    bases: int
    conflicts: int
    more: bool

    def __add__(self, later: "Tidied") -> "Tidied":
        counts = {name: number + getattr(self, name) for name, number in later.counts().items()}
        return Tidied(**counts, more=later.more)

    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return self.model_dump(exclude={"more"})


class Recalled(Answer):
    """A record that a person asked to take up again: as its source sent it, or else what is remembered of it."""

    source_id: str
    content: dict[str, Any] | None = None
    snapshot: dict[str, Any] | None = None
    claim: str | None = None


class WaitingRecord(Answer):
    """A record in review or a dead letter; `decision` and `recalled` while they are yet to be carried out."""

    source: str
    source_id: str
    place: str
    reason: str
    lead_id: str | None = None
    candidates: tuple[str, ...] | None = None
    since: datetime
    decision: str | None = None
    decision_lead: str | None = None
    recalled: bool = False


class WaitingConflict(Answer):
    """An open disagreement between a lead and one of its records; `kind`: `changed here` or `cleared at source`."""

    lead_id: str
    field: str
    source: str
    source_id: str
    since: datetime
    kind: str


class WaitingList(Answer):
    """All that waits for a person, oldest first."""

    records: tuple[WaitingRecord, ...] = ()
    conflicts: tuple[WaitingConflict, ...] = ()


class Decided(Answer):
    """Whether a decision was taken, and what is to be said of it."""

    decided: bool
    remark: str | None = None


class Known(Answer):
    """A record that the backoffice knows, and the lead that it belongs to, if it does."""

    source_id: str
    lead_id: str | None = None


class Double(Answer):
    """Leads that share a key, which is named and not told."""

    key: str
    leads: tuple[str, ...]


class Doubles(Answer):
    """How many such groups there are, and the first of them."""

    groups: int
    first: tuple[Double, ...] = ()
