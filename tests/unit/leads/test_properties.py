import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.contacts import email_key, names_agree, phone_key
from leads.fields import BY_COLUMN, FIELDS, QUOTED, Owner
from leads.items import Action
from leads.lead import DeadLetter, Lead
from leads.parsing import parse, revive
from leads.quote import ANCHORS
from leads.sources import Source
from tests.unit.leads.model import COLUMNS, Backoffice, comparable, planned, run
from tests.unit.leads.strategies import GIVEN, SURNAMES, Person, hostile_records, odd_text, people, persons

BOTH = [Source.ZOHO, Source.PORTAL]
TOKENS = st.lists(st.sampled_from([*GIVEN, *SURNAMES, "J", "B.", "Dr", "de"]), max_size=4).map(" ".join)


def _records(everyone: tuple[Person, ...], source: Source) -> list[Any]:
    return [record for person in everyone if (record := person.record(source)) is not None]


def _sync(backoffice: Backoffice, everyone: tuple[Person, ...], order: list[Source] = BOTH) -> None:
    for source in order:
        run(backoffice, source, _records(everyone, source))


def _storable(value: object) -> bool:
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    return "\\u0000" not in text


@pytest.mark.parametrize("source", BOTH)
@given(data=st.data())
def test_whatever_a_source_sends_becomes_a_storable_lead_or_dead_letter(source: Source, data: st.DataObject) -> None:
    parsed = parse(source, data.draw(hostile_records(source)), COLUMNS)
    assert _storable(parsed.content)
    assert _storable([parsed.source_id, parsed.digest])
    if isinstance(parsed, DeadLetter):
        assert parsed.reason
        return
    assert _storable([parsed.snapshot(), parsed.claim, parsed.email, sorted(parsed.phones)])
    assert parsed.name
    assert parsed.name == parsed.name.strip()
    for column, value in parsed.values.items():
        assert not BY_COLUMN[column].is_gap(value)


@pytest.mark.parametrize("source", BOTH)
@given(data=st.data())
def test_what_is_kept_of_a_record_that_waits_is_read_like_the_record(source: Source, data: st.DataObject) -> None:
    parsed = parse(source, data.draw(hostile_records(source)), COLUMNS)
    again = parse(source, parsed.content, COLUMNS)
    assert (type(again), again.digest) == (type(parsed), parsed.digest)
    if isinstance(parsed, Lead) and isinstance(again, Lead):
        assert again.values == parsed.values


@given(data=st.data())
def test_values_once_canonical_are_read_as_they_are(data: st.DataObject) -> None:
    lead = parse(Source.PORTAL, data.draw(hostile_records(Source.PORTAL)), COLUMNS)
    if isinstance(lead, DeadLetter):
        return
    row = {**lead.values, "id": lead.source_id}
    again = parse(Source.PORTAL, row, COLUMNS)
    assert isinstance(again, Lead)
    assert again.values == lead.values
    assert again.remarks == ()


@given(data=st.data())
def test_what_zoho_says_reads_the_same_from_a_row_of_the_backoffice(data: st.DataObject) -> None:
    lead = parse(Source.ZOHO, data.draw(hostile_records(Source.ZOHO)), COLUMNS)
    if isinstance(lead, DeadLetter):
        return
    composed = {"with_battery", "is_gozo", "zoho_lead_id", "status"}
    for field in FIELDS:
        if field.column in lead.values and field.column not in composed:
            assert field.canonical(lead.values[field.column]) == lead.values[field.column]


@pytest.mark.parametrize("source", BOTH)
@given(data=st.data())
def test_a_record_is_revived_from_its_snapshot_as_it_was(source: Source, data: st.DataObject) -> None:
    lead = parse(source, data.draw(hostile_records(source)), COLUMNS)
    if isinstance(lead, DeadLetter):
        return
    again = revive(source, lead.source_id, json.loads(json.dumps(lead.snapshot())), lead.claim)
    kept = ("source", "source_id", "values", "claim", "email", "phones", "session", "created_at", "digest")
    assert {name: getattr(again, name) for name in kept} == {name: getattr(lead, name) for name in kept}


@given(TOKENS | odd_text, TOKENS | odd_text)
def test_names_agree_whoever_is_asked_first(one: str, other: str) -> None:
    assert names_agree(one, other) == names_agree(other, one)


@given(odd_text | st.from_regex(r"[ +]?(00)?(356)?[- 0-9]{6,12}", fullmatch=True))
def test_the_key_of_a_phones_key_is_that_key(text: str) -> None:
    key = phone_key(text)
    assert key is None or phone_key(key) == key


@given(odd_text | st.emails() | st.emails().map(lambda address: f" {address.upper()}\n"))
def test_the_key_of_an_addresss_key_is_that_key(text: str) -> None:
    key = email_key(text)
    assert key is None or email_key(key) == key


@given(people, st.lists(st.sampled_from(BOTH), min_size=1, max_size=4))
def test_a_run_over_unchanged_sources_writes_nothing(everyone: tuple[Person, ...], again: list[Source]) -> None:
    backoffice = Backoffice()
    _sync(backoffice, everyone)
    before, conflicts = backoffice.writes, len(backoffice.conflicts)
    _sync(backoffice, everyone, again)
    assert (backoffice.writes, len(backoffice.conflicts)) == (before, conflicts)
    for source in BOTH:
        assert not planned(backoffice, source, _records(everyone, source)).items


def _reached(everyone: tuple[Person, ...], order: list[Source], batch: int) -> list[str]:
    backoffice = Backoffice()
    for source in order:
        run(backoffice, source, _records(everyone, source), batch=batch)
    return comparable(backoffice)


@given(people, st.lists(st.sampled_from(BOTH), max_size=3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_order_batches_and_repetition_do_not_matter(
    everyone: tuple[Person, ...],
    detour: list[Source],
    batch: int,
    random: Any,  # noqa: ANN401 -- random.Random
) -> None:
    shuffled = tuple(random.sample(everyone, len(everyone)))
    expected = _reached(everyone, BOTH, 1000)
    assert _reached(shuffled, [*detour, Source.PORTAL, Source.ZOHO], batch) == expected
    assert _reached(shuffled, [*detour, Source.ZOHO, Source.PORTAL], batch) == expected


@given(persons(0), st.sampled_from(BOTH))
def test_a_batch_with_a_record_twice_reads_it_once(person: Person, source: Source) -> None:
    record = person.record(source)
    if record is None:
        return
    once, twice = Backoffice(), Backoffice()
    run(once, source, [record])
    counts = run(twice, source, [record, record])
    assert comparable(once) == comparable(twice)
    assert (counts.fetched, counts.inserted, counts.ignored) == (2, 1, 1)


_EMPTY: st.SearchStrategy[Any] = st.sampled_from([None, "", "  ", [], {}])
_NEEDED = {Source.ZOHO: ("id", "First_Name", "Last_Name"), Source.PORTAL: ("id", "name")}


@pytest.mark.parametrize("source", BOTH)
@given(person=persons(0), data=st.data())
def test_what_a_source_empties_stays(source: Source, person: Person, data: st.DataObject) -> None:
    record = person.record(source)
    if record is None:
        return
    backoffice = Backoffice()
    _sync(backoffice, (person,))
    before = comparable(backoffice)
    emptied = {name: value if name in _NEEDED[source] else data.draw(_EMPTY) for name, value in record.items()}
    counts = run(backoffice, source, [emptied])
    assert comparable(backoffice) == before
    assert counts.updated == 0
    noted = len(backoffice.conflicts)
    run(backoffice, source, [emptied])
    assert len(backoffice.conflicts) == noted


_EDITS: dict[str, Any] = {
    "name": "Renamed By Staff",
    "phone": "+35621559999",
    "address": "Staff's address",
    "locality": "Staff's town",
    "total_price": 77777,
    "system_size_kw": 7.77,
    "with_battery": True,
    "grant_type": "none",
    "notes": "staff's note",
    "source": "referral",
    "status": "converted",
    "meter_number": "staff's meter",
    "bill_file_url": "https://files.example/staff.pdf",
    "panel_count": 99,
    "email_opted_out": True,
    "is_gozo": True,
    "source_campaign": "staff's campaign",
}


@given(persons(0), persons(0), st.lists(st.sampled_from(sorted(_EDITS)), min_size=1, unique=True))
def test_what_a_person_changed_is_never_overwritten(before: Person, after: Person, edited: list[str]) -> None:
    backoffice = Backoffice()
    _sync(backoffice, (before,))
    if len(backoffice.leads) != 1:
        return
    row = next(iter(backoffice.leads.values()))
    edits = {column: _EDITS[column] for column in edited if row[column] != _EDITS[column]}
    row.update(edits)
    _sync(backoffice, (after,), [*BOTH, *BOTH])
    assert {column: row[column] for column in edits} == edits


@given(persons(0), st.lists(st.sampled_from(sorted(_EDITS)), min_size=1, unique=True), st.permutations(BOTH))
def test_a_lead_that_was_there_before_only_has_its_gaps_filled(
    person: Person, said: list[str], order: list[Source]
) -> None:
    backoffice = Backoffice()
    stood = {column: _EDITS[column] for column in said}
    lead_id = backoffice.add(email="person0@mail.example", **stood)
    _sync(backoffice, (person,), order)
    row = backoffice.leads[lead_id]
    assert {column: row[column] for column in said} == stood


@given(persons(0), persons(0))
def test_opt_out_stays_true_and_status_never_steps_back(before: Person, after: Person) -> None:
    ranks = {"new": 0, "contacted": 1, "qualified": 2, "lost": 2, "converted": 3}
    backoffice = Backoffice()
    _sync(backoffice, (before,))
    old = {lead_id: dict(row) for lead_id, row in backoffice.leads.items()}
    _sync(backoffice, (after,))
    for lead_id, row in old.items():
        now = backoffice.leads[lead_id]
        assert now["email_opted_out"] or not row["email_opted_out"]
        assert ranks[now["status"]] >= ranks[row["status"]] or row["status"] == "lost"
        for field in FIELDS:
            if field.owner is Owner.IDENTITY and row[field.column]:
                assert now[field.column] == row[field.column]


def _said(row: dict[str, Any]) -> dict[str, Any]:
    parsed = parse(Source.PORTAL, row, COLUMNS)
    assert isinstance(parsed, Lead)
    return parsed.values


@given(persons(0), st.sampled_from([1, 5.5, 4321]))
def test_what_the_portal_changes_is_carried_when_zoho_has_not_moved_on(person: Person, size: float) -> None:
    if person.portal is None:
        return
    zoho = {**person.zoho, "System_Size": 3.3, "Quote_Amount": 4000} if person.zoho else None
    agreed = Person(zoho=zoho, portal={**person.portal, "system_size_kw": 3.3, "total_price": 4000})
    backoffice = Backoffice()
    _sync(backoffice, (agreed,))
    changed = {**agreed.portal, "system_size_kw": size} if agreed.portal else {}
    linked = backoffice.records["portal", str(changed["id"])]["lead_id"]
    plan = planned(backoffice, Source.PORTAL, [changed])
    assert [item.action for item in plan.items] == [Action.UPDATE]
    change, said = plan.items[0].change.values, _said(changed)
    assert change == {column: said.get(column) for column in change}
    assert "system_size_kw" in change.keys() <= QUOTED
    run(backoffice, Source.PORTAL, [changed])
    _sync(backoffice, (Person(zoho=zoho, portal=changed),))
    assert backoffice.leads[linked]["system_size_kw"] == size


@given(persons(0), st.permutations(BOTH))
def test_size_price_and_equipment_come_from_one_source(person: Person, order: list[Source]) -> None:
    backoffice = Backoffice()
    _sync(backoffice, (person,), order)
    words = {source: r["snapshot"] for (source, _), r in backoffice.records.items()}
    quotes = [words[source] for source in BOTH if any(anchor in words.get(source, {}) for anchor in ANCHORS)]
    shared = [anchor for anchor in ANCHORS if all(anchor in word for word in words.values())]
    one = len(words) == 2 and shared and all(len({word[anchor] for word in words.values()}) == 1 for anchor in shared)
    if len(backoffice.leads) == 1 and quotes and not one:
        (row,) = backoffice.leads.values()
        standing = {column for column in QUOTED if not BY_COLUMN[column].is_gap(row[column])}
        assert standing == QUOTED & quotes[0].keys()
        assert all(row[column] == quotes[0][column] for column in standing)
