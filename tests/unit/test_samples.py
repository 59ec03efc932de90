"""The sample people: the same each time, nobody's, and what the systems would really hold."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest

from leads.contacts import phone_key
from leads.fields import FIELDS
from leads.sources import Source
from leads.values import Record
from sandbox.migrations import COMPANY
from sandbox.samples import cases, expected
from sandbox.samples.case import FLOWS, Case
from sandbox.samples.scribe import forwarding
from sandbox.zoho.catalog import Catalog
from sandbox.zoho.values import accept

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
GUARD = timedelta(days=7)
ASCENDING = {Source.ZOHO: "Modified_Time", Source.PORTAL: "id"}


@pytest.fixture(scope="module")
def sample() -> tuple[Case, ...]:
    return cases(NOW)


def _records(sample: tuple[Case, ...]) -> Iterator[Record]:
    for case in sample:
        yield from (*case.portal, *case.zoho, *case.backoffice)


def _columns(table: str) -> set[str]:
    text = (COMPANY / f"{table}.sql").read_text().split("create table leads (")[1].split("\n);")[0]
    return set(re.findall(r"^    (\w+) ", text, re.MULTILINE))


def test_the_same_moment_gives_the_same_people(sample: tuple[Case, ...]) -> None:
    assert cases(NOW) == sample


def test_there_are_some_three_hundred_of_them(sample: tuple[Case, ...]) -> None:
    assert 250 <= len(sample) <= 400
    assert len({case.name for case in sample}) == len(sample)


def test_zoho_needs_a_second_page(sample: tuple[Case, ...]) -> None:
    assert sum(len(case.zoho) for case in sample) > 200


def test_every_id_is_somebody_s_own(sample: tuple[Case, ...]) -> None:
    for kind in ("portal", "zoho", "backoffice"):
        ids = [record["id"] for case in sample for record in getattr(case, kind)]
        assert len(set(ids)) == len(ids)


def test_the_records_of_a_case_are_read_in_their_order(sample: tuple[Case, ...]) -> None:
    for case in sample:
        for source, name in ASCENDING.items():
            keys = [str(record[name]) for record in case.records(source)]
            assert keys == sorted(set(keys)), case.name


def test_every_record_has_an_expected_outcome(sample: tuple[Case, ...]) -> None:
    for case in sample:
        assert len(case.places()) == len(case.portal) + len(case.zoho), case.name


def test_addresses_belong_to_nobody(sample: tuple[Case, ...]) -> None:
    written = [record.get("email", record.get("Email")) for record in _records(sample)]
    addresses = [text.strip() for text in written if isinstance(text, str) and "@" in text]
    assert len(addresses) > 250
    assert {address.lower().rsplit(".", 1)[1] for address in addresses} == {"example"}


def test_numbers_are_possible_and_belong_to_nobody(sample: tuple[Case, ...]) -> None:
    names = ("phone", "Phone", "Mobile")
    spelled = [str(record[name]) for record in _records(sample) for name in names if record.get(name)]
    numbers = [phonenumbers.parse(key) for key in filter(None, map(phone_key, spelled))]
    assert len(numbers) == len(spelled)
    assert all(phonenumbers.is_possible_number(number) for number in numbers)
    assert not any(phonenumbers.is_valid_number(number) for number in numbers)


def test_strangers_of_the_crowd_share_no_number(sample: tuple[Case, ...]) -> None:
    crowd = [case for case in sample if re.search(r"-\d+$", case.name) and case.portal + case.zoho]
    owners = [
        {phone_key(str(r.get("phone", r.get("Mobile") or r.get("Phone")))) for r in _records((c,))} for c in crowd
    ]
    assert all(len(numbers) == 1 for numbers in owners)
    assert len(set.union(*owners)) == len(crowd)


def test_names_are_maltese_and_foreign_composed_and_decomposed(sample: tuple[Case, ...]) -> None:
    names = [str(row["name"]) for case in sample for row in case.portal]
    assert all(any(letter in name for name in names) for letter in "ĦĠŻĊħġżċłÉéü" if letter != "É")
    assert any(not unicodedata.is_normalized("NFC", name) for name in names)


def test_hardly_anybody_is_older_than_the_outreach_guard_allows(sample: tuple[Case, ...]) -> None:
    created = [record.get("created_at", record.get("Created_Time")) for record in _records(sample)]
    old = [text for text in created if datetime.fromisoformat(str(text)) < NOW - GUARD]
    assert 0 < len(old) < 20


def test_nothing_lies_in_the_future(sample: tuple[Case, ...]) -> None:
    stamps = ("created_at", "Created_Time", "Modified_Time", "deleted_at", "Converted_Date_Time")
    written = [str(record[name]) for record in _records(sample) for name in stamps if record.get(name)]
    assert max(map(datetime.fromisoformat, written)) < NOW


def test_rows_have_columns_that_the_company_s_tables_have(sample: tuple[Case, ...]) -> None:
    for kind in ("portal", "backoffice"):
        used = {column for case in sample for row in getattr(case, kind) for column in row}
        assert used <= _columns(kind)


def test_the_portal_forwards_what_the_field_table_says() -> None:
    forwarded = {zoho for _, zoho in forwarding()}
    assert {"Quote_Amount", "System_Size", "Street", "Google_Maps_URL"} <= forwarded
    assert forwarded <= {name for field in FIELDS for name in field.zoho}


def test_zoho_would_take_what_the_portal_forwards(sample: tuple[Case, ...]) -> None:
    catalog = Catalog()
    written = [lead for case in sample if case.name.startswith(("in-", "converted-", "old-")) for lead in case.zoho]
    assert len(written) > 200
    for lead in written:
        accept(catalog, dict(lead), "data[0]", whole=True)


def test_the_expected_counts_account_for_every_record(sample: tuple[Case, ...]) -> None:
    for source, flow in FLOWS.items():
        told = expected()[flow]
        assert told["fetched"] == sum(len(case.records(source)) for case in sample)
        kinds = ("inserted", "updated", "unchanged", "review", "rejected", "ignored")
        assert told["fetched"] == sum(told[kind] for kind in kinds)
        assert all(told[kind] for kind in kinds)
