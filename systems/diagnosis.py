"""The typed answer of `leadsync_diagnosis`: how the backoffice's database is made, and what happened in it."""

from datetime import datetime

from systems.backoffice_answers import Answer


class Refusal(Answer):
    """A check of `leads` that refuses some of the probes; without a name it is the types of its columns."""

    name: str | None
    columns: tuple[str, ...]
    refused: tuple[str, ...]
    """Names of probes."""


class Unique(Answer):
    """A rule that lets values of columns be there once; `partial`: only for some of the rows."""

    name: str
    partial: bool
    columns: tuple[str, ...]


class Reference(Answer):
    """A foreign key of `leads`."""

    name: str
    columns: tuple[str, ...]


class Doubles(Answer):
    """How many values several live leads share, and how many leads those are."""

    keys: int
    leads: int


class AttemptError(Answer):
    """Why an attempt failed, as it was recorded: without personal data."""

    system: str = "leadsync"
    cause: str = "it does not say why"
    cure: str = ""


class PastAttempt(Answer):
    """An attempt as it stands; `silent`: running, and without a sign of life for 2 minutes."""

    attempt_id: str
    flow: str
    trigger: str | None
    status: str
    started_at: datetime
    finished_at: datetime | None
    error: AttemptError | None
    silent: bool


class Diagnosis(Answer):
    """What doctor asks the database.

    Attributes:
        now: the database's clock.
        leads: how many live leads there are.
        checks: the checks that refuse a probe.
        uniques: the unique rules besides the primary key.
        references: the foreign keys.
        fillers: how many triggers may change a row before it is inserted.
        statuses: how many live leads have each status, the 50 most frequent.
        duplicates: doubles by column: `zoho_lead_id`, `portal_lead_id`, `email`.
        attempts: the last 20 of each flow within 60 days, the last one first.
    """

    now: datetime
    leads: int
    checks: tuple[Refusal, ...]
    uniques: tuple[Unique, ...]
    references: tuple[Reference, ...]
    fillers: int
    statuses: dict[str, int]
    duplicates: dict[str, Doubles]
    attempts: tuple[PastAttempt, ...]
