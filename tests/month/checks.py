"""What has to hold when the month is over: the backoffice is what the model says, at the price that was promised."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psycopg

from leads.fields import zoho_names
from tests.integration.tables import contents
from tests.month.model import ABSENT, COLUMNS, Lead
from tests.month.people import CANARIES

if TYPE_CHECKING:
    from tests.month.month import Month
    from tests.month.records import Record

FRESH = timedelta(minutes=53)
"""How old a token gets at least: its hour, less the margin in which nothing is begun with it, and the real time that
runs take."""

SHOWN = 20
OF_RUNS = ("leadsync.attempts", "leadsync.watermarks", "leadsync.cache", "leadsync.batches", "public.sync_metadata")
"""The tables that are about runs, not about leads."""

RECORDS = "select source_id, place, lead_id, deleted_at_source is not null from leadsync.records where source = 'zoho'"
ATTEMPTS = """
select a.attempt_id::text, a.status, m.status, leadsync.unaccounted(a.counts)
from leadsync.attempts as a full join public.sync_metadata as m using (attempt_id)
"""
MINTS = "select minted_at from zoho.access_tokens where refresh_token = %s order by n"


def check(month: "Month") -> None:
    """Everything, the cheap and telling first.

    Raises:
        AssertionError: something does not hold; all that differ are named.
    """
    dead = [call for call in month.calls() if call["status"] == 400 and "page_token" in call["query"]]
    month.tally["dead page tokens that leadsync met"] += len(dead)
    faults = [
        *zoho_is_what_was_written(month),
        *backoffice_is_what_the_model_says(month),
        *records_have_their_places(month),
        *attempts_are_on_record(month),
        *tokens_are_minted_sparingly(month),
        *nobody_is_named(month),
    ]
    assert not faults, _listed(faults)
    all_of_it_changes_nothing(month)
    silence_costs_two_calls(month)
    assert not month.tally.missing, f"never happened: {', '.join(month.tally.missing)}"


def zoho_is_what_was_written(month: "Month") -> Iterator[str]:
    """The author and the server agree on what Zoho says, so that the model was told the truth."""
    told = {lead["id"]: lead for lead in month.crm.all(zoho_names())}
    there = {record.id: record for record in month.author.records.values() if not record.gone}
    yield from (f"{lead} is at Zoho: {lead in told}" for lead in told.keys() ^ there.keys())
    for lead in told.keys() & there.keys():
        content = there[lead].content
        for name, written in (content.fields if content else {}).items():
            if name != "id" and name in told[lead] and _instant(told[lead][name]) != _instant(written):
                yield f"{lead}: {name} is {told[lead][name]!r} at Zoho, and {written!r} was written"


def backoffice_is_what_the_model_says(month: "Month") -> Iterator[str]:
    """Each lead, column by column; and there is no lead besides."""
    with month.product.backoffice.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        rows = {row["id"]: row for row in cursor.execute("select * from public.leads").fetchall()}
    known = {source_id: lead_id for source_id, _, lead_id, _ in month.product.backoffice.execute(RECORDS)}
    explained = set()
    for lead, records in _leads(month).items():
        found = {known[record.id] for record in records if known.get(record.id)}
        explained |= found
        if len(found) > 1:
            yield f"{records[0].id} and its twin are two leads"
        yield from _compared(lead, records[0].id, rows[found.pop()] if found else None)
    yield from (f"nobody knows of lead {lead_id}" for lead_id in rows.keys() - explained)


def records_have_their_places(month: "Month") -> Iterator[str]:
    """Each record of Zoho that was heard is in one place, and marked as deleted exactly where it is."""
    known = {row[0]: row[1:] for row in month.product.backoffice.execute(RECORDS)}
    for record in month.author.records.values():
        place, _, marked = known.get(record.id, (None, None, None))
        places = record.lead.places.get(record.id, {None})
        if place not in places:
            yield f"{record.id} has its place in {place}, and not in one of {places}"
        if place is not None and marked != bool(record.gone):
            yield f"{record.id} is deleted at Zoho: {record.gone}, marked so: {marked}"
    yield from (f"{source_id} never was at Zoho" for source_id in known.keys() - month.author.records.keys())


def attempts_are_on_record(month: "Month") -> Iterator[str]:
    """Each run that reached the backoffice, with the end that it had; those that it could not close as crashed."""
    kept = {row[0]: row[1:] for row in month.product.backoffice.execute(ATTEMPTS)}
    for outcome in month.product.outcomes:
        if outcome.attempt_id is None:
            continue
        status, told, unaccounted = kept.pop(outcome.attempt_id, (None, None, None))
        if status != told or status not in (outcome.status, "crashed"):
            yield f"a run that is {outcome.status} is {status}, and told as {told}"
        if unaccounted and status not in ("failed", "crashed"):
            yield f"{unaccounted} records of a run that is {status} are in no place"
        if status == "crashed" and outcome.status != "failed":
            yield f"a run that is {outcome.status} was taken for dead"
    yield from (f"nobody knows of attempt {attempt}" for attempt in kept)


def tokens_are_minted_sparingly(month: "Month") -> Iterator[str]:
    """One an hour at most, unless the one before had died."""
    with psycopg.connect(month.world.zoho_dsn) as zoho:
        mints = [row[0] for row in zoho.execute(MINTS, (month.world.zoho_refresh_token,))]
    for before, after in pairwise(mints):
        if after - before < FRESH and not any(before <= death <= after for death in month.deaths):
            yield f"a token was minted at {after}, and one at {before}"


def nobody_is_named(month: "Month") -> Iterator[str]:
    """No name, address or number in what is logged, shown or told to operators."""
    rows = month.product.backoffice.execute("select to_jsonb(m)::text from public.sync_metadata as m")
    texts = [*month.product.told, *(row[0] for row in rows)]
    yield from (f"somebody is named: {text}" for text in texts if any(canary in text.lower() for canary in CANARIES))


def all_of_it_changes_nothing(month: "Month") -> None:
    """A read of all leads finds every one as it is known already."""
    outcome = month.runs(mode="full")
    counts = outcome.counts
    assert (counts.inserted, counts.updated, counts.deleted_at_source) == (0, 0, 0), outcome.message


def silence_costs_two_calls(month: "Month") -> None:
    """Zoho's clock is ours at last: nothing is found, nothing is written, and two calls are made."""
    month.author.now = datetime.now(UTC)
    month.crm.set(offset_s=0)
    month.runs()
    month.crm.control("DELETE", "calls")
    before = contents(month.product.backoffice)
    outcome = month.runs()
    after = contents(month.product.backoffice)
    calls = [call["path"] for call in month.calls()]
    assert len([path for path in calls if path.startswith("/crm/")]) <= 2, calls
    assert outcome.status == "completed", outcome.message
    written = [table for table in before if table not in OF_RUNS and before[table] != after[table]]
    assert not written, written


def _leads(month: "Month") -> "dict[Lead, list[Record]]":
    found: dict[Lead, list[Record]] = {}
    for record in month.author.records.values():
        found.setdefault(record.lead, []).append(record)
    return found


def _compared(lead: Lead, name: str, row: dict[str, Any] | None) -> Iterator[str]:
    for column in COLUMNS:
        may = lead.may_hold(column)
        held = ABSENT if row is None else _value(row[column])
        if held not in {_value(value) for value in may}:
            yield f"{name}: {column} is {held!r}, and not one of {may!r}"
            if row is None:
                return


def _value(value: Any) -> Any:  # noqa: ANN401 - of any column
    """A value that can be compared with what a database gives."""
    if isinstance(value, dict):
        return value["lat"], value["lng"]
    return float(value) if isinstance(value, Decimal) else value


def _instant(value: Any) -> Any:  # noqa: ANN401 - of any field
    """A value as it can be compared: Zoho tells instants in the user's zone, and false for a box that nobody ticked."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
        return datetime.fromisoformat(value)
    return value or None


def _listed(faults: list[str]) -> str:
    more = f"\nand {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "\n".join(faults[:SHOWN]) + more
