"""A dry run in batches plans what the real run in the same batches does."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leads.batch import read
from leads.foresight import Foresight
from leads.items import NEW, Action, Difference, differences
from leads.plan import Plan, plan
from leads.sources import Source
from tests.unit.leads.model import COLUMNS, DEFAULTS, Backoffice, run
from tests.unit.leads.people import PORTAL_ID, zoho_record
from tests.unit.leads.strategies import persons

BOTH = [Source.ZOHO, Source.PORTAL]
Records = list[dict[str, Any]]


@st.composite
def walks(draw: st.DrawFn, source: Source) -> Records:
    """Records of three people, some sent twice, some under another id, in any order."""
    drawn = draw(st.lists(st.integers(0, 2).flatmap(persons), min_size=1, max_size=6))
    records = [record for person in drawn if (record := person.record(source)) is not None]
    other_ids = {Source.ZOHO: "91000000000000000", Source.PORTAL: PORTAL_ID[:-2]}
    for number, record in enumerate(records):
        if draw(st.integers(0, 3)) == 0:
            record["id"] = f"{other_ids[source]}{number:02}"
    return records


def in_batches(records: Records, size: int) -> Iterator[Records]:
    return (records[start : start + size] for start in range(0, len(records), size))


def foreseen(backoffice: Backoffice, source: Source, records: Records, size: int) -> list[Plan]:
    """The plans of a dry run; the backoffice is only asked."""
    foresight = Foresight()
    plans = []
    for part in in_batches(records, size):
        batch = read(source, part, COLUMNS)
        asks = batch.asks()
        answer = foresight.amend(asks, backoffice.match(source.value, asks))
        plans.append(plan(batch, answer, new_ids=iter(backoffice.new_id, "")))
        foresight.add(plans[-1], asks, answer)
    return plans


def carried_out(backoffice: Backoffice, source: Source, records: Records, size: int) -> list[Plan]:
    """The plans of a real run."""
    plans = []
    for part in in_batches(records, size):
        batch = read(source, part, COLUMNS)
        answer = backoffice.match(source.value, batch.asks())
        plans.append(plan(batch, answer, new_ids=iter(backoffice.new_id, "")))
        backoffice.apply(plans[-1].payload())
    return plans


def told(plans: Sequence[Plan]) -> list[Difference]:
    """The differences; leads that are made are named by their turn, and what a column's default is reads as such."""
    made: dict[str | None, str] = {}
    lines: list[Difference] = []
    for item in (item for one in plans for item in one.items):
        if item.action is Action.INSERT:
            made[item.lead_id] = f"{NEW} {len(made)}"
        lines += map(filled, differences(item, made.get(item.lead_id, item.lead_id)))
    return lines


def filled(one: Difference) -> Difference:
    """A lead that a dry run makes has not had its defaults filled in by the database."""
    emptied = one.action is Action.UPDATE and one.old is None
    return replace(one, old=DEFAULTS.get(one.column or "")) if emptied else one


@given(st.sampled_from(BOTH), st.integers(1, 3), st.data())
def test_a_dry_run_in_batches_plans_what_the_real_run_does(source: Source, size: int, data: st.DataObject) -> None:
    backoffice = Backoffice()
    for before in data.draw(st.lists(st.sampled_from(BOTH), max_size=2)):
        run(backoffice, before, data.draw(walks(before)))
    records = data.draw(walks(source))
    dry = foreseen(backoffice, source, records, size)
    real = carried_out(backoffice, source, records, size)
    assert [one.counts for one in dry] == [one.counts for one in real]
    assert told(dry) == told(real)


def test_a_person_who_comes_in_two_batches_is_one_new_lead() -> None:
    twins: Records = [zoho_record(), zoho_record(id="900000000000000002", Mobile="+356 7900 0000")]
    first, second = foreseen(Backoffice(), Source.ZOHO, twins, 1)
    assert (first.counts.inserted, second.counts.inserted, second.counts.updated) == (1, 0, 1)


def test_a_record_that_comes_again_says_nothing_new() -> None:
    again: Records = [zoho_record(), zoho_record()]
    _, second = foreseen(Backoffice(), Source.ZOHO, again, 1)
    assert second.counts.unchanged == 1


def test_an_address_that_a_record_gave_up_is_anybodys() -> None:
    other = zoho_record(id="900000000000000002", First_Name="Paul", Last_Name="Vella")
    records: Records = [zoho_record(), zoho_record(Email="new@mail.example"), other]
    dry = foreseen(Backoffice(), Source.ZOHO, records, 1)
    real = carried_out(Backoffice(), Source.ZOHO, records, 1)
    assert [one.counts for one in dry] == [one.counts for one in real]
    assert dry[2].counts.inserted == 1


def test_what_is_carried_is_bounded_and_its_end_is_said() -> None:
    foresight = Foresight(most=1)
    batch = read(Source.ZOHO, [zoho_record(), zoho_record(id="900000000000000002", Email="x@mail.example")], COLUMNS)
    answer = Backoffice().match("zoho", batch.asks())
    foresight.add(plan(batch, answer, new_ids=iter(["a", "b"])), batch.asks(), answer)
    assert foresight.full
