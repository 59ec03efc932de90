from leads.batch import read
from leads.lead import DeadLetter, Lead
from leads.sources import Source
from tests.unit.leads.model import COLUMNS
from tests.unit.leads.people import PORTAL_ID, ZOHO_ID, portal_row, zoho_record


def test_one_bad_record_does_not_stop_the_others() -> None:
    batch = read(Source.ZOHO, [zoho_record(), "nonsense", zoho_record(id="900000000000000002")], COLUMNS)
    assert [type(record) for record in batch.records] == [Lead, DeadLetter, Lead]


def test_the_newest_version_of_a_record_counts_wherever_it_stands() -> None:
    old = zoho_record(City="Old", Modified_Time="2026-01-01T00:00:00Z")
    new = zoho_record(City="New", Modified_Time="2026-01-01T02:00:00+01:00")
    for versions in ([old, new], [new, old]):
        batch = read(Source.ZOHO, versions, COLUMNS)
        assert [r.values["locality"] for r in batch.records if isinstance(r, Lead)] == ["New"]
        assert batch.superseded == 1


def test_of_two_equally_old_versions_the_last_counts() -> None:
    batch = read(Source.ZOHO, [zoho_record(City="First"), zoho_record(City="Last")], COLUMNS)
    assert [r.values["locality"] for r in batch.records if isinstance(r, Lead)] == ["Last"]


def test_the_database_is_asked_by_normalised_keys() -> None:
    row = portal_row(email=" MARIA@Mail.example", phone="00356 7900 1234", zoho_lead_id=ZOHO_ID)
    (ask,) = read(Source.PORTAL, [row], COLUMNS).asks()
    assert ask | {"digest": ""} == {
        "n": 0,
        "source_id": PORTAL_ID,
        "digest": "",
        "zoho_id": ZOHO_ID,
        "portal_id": PORTAL_ID,
        "session": None,
        "emails": ["maria@mail.example"],
        "phones": ["79001234"],
        "persons": ["79001234|borg maria"],
    }


def test_a_dead_letter_is_asked_for_by_its_id_alone() -> None:
    (ask,) = read(Source.ZOHO, [{"id": ZOHO_ID}], COLUMNS).asks()
    assert set(ask) == {"n", "source_id", "digest"}


def test_remarks_are_counted() -> None:
    batch = read(Source.ZOHO, [zoho_record(id=str(n), Email="x") for n in range(1, 4)], COLUMNS)
    assert batch.remarks == {"email is no e-mail address": 3}
