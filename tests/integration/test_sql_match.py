"""What leadsync_match finds: by each key, in leads and in linked records, and when it sees nothing new."""

import pytest
from psycopg.types.json import Jsonb

from tests.integration.backoffice_sql import (
    Backoffice,
    Json,
    Session,
    insert,
    item,
    new_id,
    settle,
    update,
    values,
    zoho,
)

PORTAL_ID = "0b6cf0a0-52a4-4c86-9b62-5b0a6d2b6f5a"


def person(backoffice: Backoffice, **row: object) -> str:
    """A lead that the company wrote itself."""
    filled = {"name": "Person", "email": "", "phone": "", **row}
    names, places = ", ".join(filled), ", ".join(["%s"] * len(filled))
    return str(
        backoffice.value(
            f"insert into public.leads ({names}) values ({places}) returning id",  # noqa: S608 - names of columns
            *filled.values(),
        )
    )


def asks(**keys: object) -> Json:
    return {"source_id": "1", "digest": "d", "emails": [], "phones": [], **keys}


def hits(session: Session, asked: Json, source: str = "zoho") -> Json:
    found: Json = session.match(asked, source=source)["records"][0]["hits"]
    return {rung: leads for rung, leads in found.items() if leads}


def portal_link(session: Session, number: int, *, claim: str | None = None) -> str:
    """A lead inserted by a portal row whose e-mail and phone nobody else has."""
    attempt = session.open(flow="backup-portal-sync", source="portal")
    asked = asks(source_id=PORTAL_ID, portal_id=PORTAL_ID)
    entry = insert(session.match(asked, source="portal"), asked, values(number), claim=claim)
    session.apply(attempt, entry, source="portal")
    return str(entry["lead_id"])


def test_a_record_that_nobody_knows_hits_nothing(backoffice: Backoffice) -> None:
    answer = backoffice.session().match(asks(zoho_id="1", emails=["nobody@mail.example"], phones=["99001234"]))

    assert answer["leads"] == {}
    (record,) = answer["records"]
    assert record["record"] is None
    assert set(record["hits"]) == {"link", "zoho_id", "portal_id", "session", "email", "phone"}
    assert not any(record["hits"].values())
    assert record["seen"]


def test_no_records_give_an_empty_answer(backoffice: Backoffice) -> None:
    assert backoffice.session().match() == {"records": [], "leads": {}}


def test_a_zoho_id_hits_by_the_leads_column(backoffice: Backoffice) -> None:
    lead = person(backoffice, zoho_lead_id="700000000000000001")

    assert hits(backoffice.session(), asks(zoho_id="700000000000000001")) == {"zoho_id": [lead]}


def test_a_zoho_id_hits_by_the_linked_zoho_record(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle(session, session.open(), 1, zoho_lead_id=None)
    portal = asks(source_id=PORTAL_ID, zoho_id=zoho(1)["source_id"])

    assert hits(session, portal, "portal") == {"zoho_id": [lead]}


def test_a_zoho_id_hits_by_the_linked_portal_rows_claim(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = portal_link(session, 1, claim="42")

    assert hits(session, asks(zoho_id="42")) == {"zoho_id": [lead]}


def test_a_portal_id_hits_by_column_and_by_linked_row(backoffice: Backoffice) -> None:
    session = backoffice.session()
    by_column = person(backoffice, portal_lead_id=PORTAL_ID)
    by_record = portal_link(session, 1)
    backoffice.rows("update public.leads set created_at = '2020-01-01' where id = %s", by_column)

    assert hits(session, asks(source_id="x", portal_id=PORTAL_ID)) == {"portal_id": [by_column, by_record]}


@pytest.mark.parametrize("stored", ["Ann@Mail.Example", "  ann@mail.example ", "ANN@MAIL.EXAMPLE"])
def test_an_email_hits_whatever_its_letter_case_and_blanks(backoffice: Backoffice, stored: str) -> None:
    lead = person(backoffice, email=stored)

    assert hits(backoffice.session(), asks(emails=["ann@mail.example"])) == {"email": [lead]}


def test_an_email_hits_by_what_a_linked_record_said(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle(session, session.open(), 1)
    backoffice.rows("update public.leads set email = 'corrected@mail.example' where id = %s", lead)

    assert hits(session, asks(emails=["person1@mail.example"])) == {"email": [lead]}
    assert hits(session, asks(emails=["corrected@mail.example"])) == {"email": [lead]}


def test_a_record_in_review_hits_nobody_by_its_email(backoffice: Backoffice) -> None:
    session = backoffice.session()
    asked = zoho(1)
    waiting = item(session.match(asked), asked, "review", reason="contradicted")
    session.apply(session.open(), waiting)

    assert hits(session, asks(source_id="other", emails=asked["emails"])) == {}


@pytest.mark.parametrize("stored", ["+356 9900 1234", "00356-99001234", "99001234", "(+356) 9900/1234"])
def test_a_phone_hits_by_its_last_eight_digits(backoffice: Backoffice, stored: str) -> None:
    lead = person(backoffice, phone=stored)

    assert hits(backoffice.session(), asks(phones=["99001234"])) == {"phone": [lead]}


def test_blank_keys_are_no_keys(backoffice: Backoffice) -> None:
    person(backoffice, zoho_lead_id="")

    assert hits(backoffice.session(), asks(zoho_id="", portal_id="", emails=[""], phones=[""])) == {}


def test_a_soft_deleted_lead_is_a_hit_that_says_so(backoffice: Backoffice) -> None:
    lead = person(backoffice, email="a@mail.example", deleted_at="2026-01-02T03:04:05Z")

    answer = backoffice.session().match(asks(emails=["a@mail.example"]), columns=["name"])

    assert answer["records"][0]["hits"]["email"] == [lead]
    assert answer["leads"][lead]["row"] == {"name": "Person", "deleted_at": "2026-01-02T03:04:05+00:00"}


def test_a_shared_mailbox_is_cut_to_the_oldest_and_says_so(backoffice: Backoffice) -> None:
    leads = [
        person(backoffice, email="shared@mail.example", created_at=f"2026-01-{day:02}T00:00:00Z")
        for day in range(28, 0, -1)
    ]

    answer = backoffice.session().match(asks(emails=["shared@mail.example"]), asks(source_id="2", phones=["1"]))

    first, second = answer["records"]
    assert first["hits"]["email"] == leads[::-1][:25]
    assert first["capped"] is True
    assert "capped" not in second
    assert set(answer["leads"]) == set(leads[::-1][:25])


def test_a_lead_comes_with_row_base_and_records(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle(session, session.open(), 1, total_price="1234.50", coordinates={"lat": 35.9})
    asked = zoho(1, digest="second")

    answer = session.match(asked, columns=["total_price", "coordinates", "no_such_column"])

    (known,) = answer["leads"].items()
    assert known[0] == lead
    assert known[1]["row"] == {"total_price": 1234.5, "coordinates": {"lat": 35.9}, "deleted_at": None}
    assert known[1]["base"]["total_price"] == {"value": 1234.5, "origin": "zoho"}
    assert known[1]["records"] == [
        {
            "source": "zoho",
            "source_id": asked["source_id"],
            "snapshot": {"said": asked["source_id"]},
            "claim": None,
        }
    ]
    assert known[1]["version"] == backoffice.value("select xmin::text from public.leads")
    (record,) = answer["records"]
    assert record["hits"]["link"] == [lead]
    told = record["record"]
    assert told.pop("seen_at") == backoffice.value("select to_jsonb(seen_at)#>>'{}' from leadsync.records")
    assert told == {
        "place": "linked",
        "lead_id": lead,
        "reason": None,
        "digest": "first",
        "snapshot": {"said": asked["source_id"]},
        "decision": None,
        "decision_lead": None,
        "decision_open": False,
        "deleted_at_source": None,
        "modified_at": None,
    }


def test_an_unchanged_record_is_the_same(backoffice: Backoffice) -> None:
    session = backoffice.session()
    settle(session, session.open(), 1)

    assert session.match(zoho(1)) == {"records": [{"n": 0, "same": True}], "leads": {}}


@pytest.mark.parametrize(
    "event",
    [
        "update leadsync.records set deleted_at_source = now() where true",
        "update leadsync.records set decision = 'separate', decided_at = clock_timestamp() where true",
        "update leadsync.records set place = 'review', reason = 'identity changed' where true",
        "update public.leads set deleted_at = now() where true",
        "delete from public.leads where true",
    ],
    ids=["deleted at source", "decided", "in review", "soft-deleted", "lead gone"],
)
def test_a_record_whose_ground_moved_is_not_the_same(backoffice: Backoffice, event: str) -> None:
    session = backoffice.session()
    settle(session, session.open(), 1)
    backoffice.rows(event)

    (record,) = session.match(zoho(1))["records"]

    assert "same" not in record
    assert record["record"]["lead_id"]


def test_a_decision_once_carried_out_is_not_asked_about_again(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    lead = settle(session, attempt, 1)
    decided = (
        "update leadsync.records set decision = 'same', decision_lead = %s, decided_at = clock_timestamp() where true"
    )
    backoffice.rows(decided, lead)
    asked = zoho(1)
    session.apply(attempt, item(session.match(asked), asked, "unchanged", lead_id=lead), batch=2)

    assert session.match(asked)["records"] == [{"n": 0, "same": True}]
    assert backoffice.value("select decision from leadsync.records") == "same"


def test_the_lead_of_a_persons_decision_is_told_though_no_key_hits_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    attempt = session.open()
    asked = zoho(1)
    session.apply(attempt, item(session.match(asked), asked, "review", reason="contradicted"))
    lead = person(backoffice)
    backoffice.rows(
        "update leadsync.records set decision = 'same', decision_lead = %s, decided_at = clock_timestamp() where true",
        lead,
    )

    answer = session.match(asked)
    assert set(answer["leads"]) == {lead}

    change = update(answer, asked, lead, {"phone": "+356 9900 0001"})
    assert session.apply(attempt, change, batch=2) == [{"n": 0, "outcome": "updated"}]
    assert backoffice.rows("select place, lead_id::text from leadsync.records") == [("linked", lead)]


def test_a_link_to_a_lead_that_is_gone_is_no_hit(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle(session, session.open(), 1)
    backoffice.rows("delete from public.leads where true")

    (record,) = session.match(zoho(1))["records"]

    assert record["hits"]["link"] == []
    assert record["record"]["lead_id"] == lead


def test_no_key_of_a_full_batch_costs_a_walk_through_all_leads(own_backoffice: Backoffice) -> None:
    own_backoffice.rows(
        "insert into public.leads (name, email, phone, zoho_lead_id, portal_lead_id) select 'P', 'p' || n || "
        "'@mail.example', '+356 9' || n, n::text, gen_random_uuid() from generate_series(1000001, 1020000) as n"
    )
    own_backoffice.rows("analyze public.leads")
    session = own_backoffice.session()
    asked = [
        {
            "n": n,
            "source_id": str(n),
            "zoho_id": str(1_000_001 + n),
            "portal_id": new_id(),
            "emails": [f"p{1_001_001 + n}@mail.example"],
            "phones": [f"9{1_002_001 + n}"[-8:]],
        }
        for n in range(1000)
    ]
    before = scans(session)

    answer = session.call("leadsync_match", "zoho", ["name"], Jsonb(asked))

    assert len(answer["leads"]) == 3000
    sequential, by_index = (now - then for now, then in zip(scans(session), before, strict=True))
    assert sequential <= 2  # in a table this small the planner may well join the 3,000 hits that way
    assert by_index >= 4000


def scans(session: Session) -> tuple[int, int]:
    """How often this database's leads were read from end to end, and by an index."""
    session.connection.execute("select pg_stat_force_next_flush()")
    row = session.connection.execute(
        "select seq_scan, idx_scan from pg_stat_user_tables where schemaname = 'public' and relname = 'leads'"
    ).fetchone()
    assert row is not None
    return row[0], row[1]
