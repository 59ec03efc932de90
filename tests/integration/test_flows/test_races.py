"""Writing a batch while others write: records whose world moved are decided again."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from leads.batch import Batch
from leads.columns import Columns
from leads.counts import Counts
from leads.plan import Plan
from leads.sources import Source
from sandbox.world import World
from systems.backoffice import Backoffice
from systems.errors import AttemptClosed, Contended
from systems.settings import BackofficeSettings, Tunables
from tasks.desk import Desk
from tasks.parcels import Draft, Haul

PERSON = "anna.zammit@mail.example"
RECORD = {"id": "640000000000900001", "Last_Name": "Zammit", "First_Name": "Anna", "Email": PERSON}
INSERT = "insert into leads (name, email, phone) values ('Anna Zammit', %s, '')"


@pytest.fixture
def backoffice(clean_world: World) -> Iterator[Backoffice]:
    values = {"url": clean_world.backoffice_url, "service_key": clean_world.backoffice_secret_key}
    with Backoffice(BackofficeSettings.model_validate(values), tunables=Tunables(retry_attempts=1)) as client:
        yield client


def open_desk(backoffice: Backoffice, kind: type[Desk] = Desk) -> Desk:
    attempt = {"attempt_id": str(uuid4()), "flow": "primary-zoho-sync", "source": "zoho", "mode": "full"}
    opened = backoffice.open_attempt(attempt | {"trigger": "code"})
    columns = Columns.of({name: column.model_dump() for name, column in opened.columns.items()})
    return kind(backoffice, source=Source.ZOHO, columns=columns, attempt_id=opened.attempt_id, begun=opened.now)


def draft(desk: Desk, record: dict[str, str] = RECORD) -> Draft:
    haul = Haul(1, [record])
    return Draft(haul, desk.plan(desk.read(haul.records)))


def test_a_lead_that_appears_between_match_and_write_is_met_and_not_doubled(
    backoffice: Backoffice, backoffice_db: psycopg.Connection
) -> None:
    desk = open_desk(backoffice)
    decided = draft(desk)
    assert decided.plan.counts.inserted == 1
    backoffice_db.execute(INSERT, (PERSON,))
    counts = decided.load(desk)
    assert (counts.fetched, counts.inserted, counts.updated, counts.balanced) == (1, 0, 1, True)
    assert backoffice_db.execute("select count(*) from leads").fetchone() == (1,)


EARLY = {**RECORD, "City": "Rabat", "Modified_Time": "2026-11-24T10:00:00+01:00"}
LATE = {**RECORD, "City": "Mosta", "Modified_Time": "2026-11-24T09:00:01+00:00"}


@pytest.mark.parametrize("nameless", [{}, {"Last_Name": "", "First_Name": ""}], ids=["a lead", "a dead letter"])
def test_an_older_version_that_a_slow_run_brings_late_does_not_overwrite_the_newer_one(
    nameless: dict[str, str], backoffice: Backoffice, backoffice_db: psycopg.Connection
) -> None:
    slow, quick = open_desk(backoffice), open_desk(backoffice)
    planned_before = draft(slow, {**EARLY, **nameless})
    assert draft(quick, {**LATE, **nameless}).load(quick).balanced
    kept = backoffice_db.execute("select digest, content, snapshot from leadsync.records").fetchall()

    for late in (planned_before, draft(slow, {**EARLY, **nameless})):
        assert late.load(slow) == Counts(fetched=1, unchanged=1)

    assert backoffice_db.execute("select digest, content, snapshot from leadsync.records").fetchall() == kept
    assert backoffice_db.execute("select locality from leads").fetchall() == ([] if nameless else [("Mosta",)])


def test_an_older_version_that_is_read_after_the_newer_one_was_written_counts_for_a_clock_may_go_back(
    backoffice: Backoffice, backoffice_db: psycopg.Connection
) -> None:
    before = open_desk(backoffice)
    draft(before, LATE).load(before)
    after = open_desk(backoffice)
    assert draft(after, EARLY).load(after).updated == 1
    assert backoffice_db.execute("select locality from leads").fetchall() == [("Rabat",)]


def test_a_world_that_never_rests_is_contention_and_loses_nothing(
    backoffice: Backoffice, backoffice_db: psycopg.Connection
) -> None:
    class RacedDesk(Desk):
        """Another writer comes after each look."""

        def plan(self, batch: Batch) -> Plan:
            decided = super().plan(batch)
            backoffice_db.execute(INSERT, (PERSON,))
            return decided

    desk = open_desk(backoffice, RacedDesk)
    decided = draft(desk)
    with pytest.raises(Contended):
        decided.load(desk)
    assert backoffice_db.execute("select count(*) from leadsync.records").fetchone() == (0,)


def test_a_load_that_is_repeated_goes_on_and_counts_each_record_once(backoffice: Backoffice) -> None:
    desk = open_desk(backoffice)
    decided = draft(desk)
    first = decided.load(desk)
    assert (first.fetched, first.inserted) == (1, 1)
    assert draft(desk).load(desk).unchanged == 1


def test_an_attempt_that_was_closed_meanwhile_writes_nothing_even_if_there_is_nothing_to_write(
    backoffice: Backoffice, backoffice_db: psycopg.Connection
) -> None:
    desk = open_desk(backoffice)
    draft(desk).load(desk)
    again = draft(desk)
    backoffice_db.execute("update leadsync.attempts set status = 'crashed', finished_at = now()")
    with pytest.raises(AttemptClosed):
        again.load(desk)
