"""leadsync_forget: nothing of the person is left in our schema, nothing of others is lost."""

from typing import Any

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

PERSON = ("7000000001", "person1@", "Person 1", "9900 0001")
KEYS = {"emails": ["person1@mail.example"], "persons": ["99000001|1 person"]}
WIPED = {"name": "Forgotten", "email": "", "phone": "", "zoho_lead_id": None, "coordinates": None}


def forget(
    session: Session, subject: Json, *, anonymise: Json | None = None, keys: Json = KEYS, erasure: str | None = None
) -> Json:
    wipe = None if anonymise is None else Jsonb(anonymise)
    answer: Json = session.call(
        "leadsync_forget", erasure or new_id(), Jsonb(subject), Jsonb(keys), wipe, "dpo of the company"
    )
    return answer


def mentions(backoffice: Backoffice, *words: str) -> list[str]:
    """The tables of our schema with a row that holds one of the words in any column."""
    tables = backoffice.rows(
        "select relname from pg_class where relnamespace = 'leadsync'::regnamespace and relkind = 'r'"
    )
    return [
        name
        for (name,) in tables
        if backoffice.value(
            f"select exists (select from leadsync.{name} as t, unnest(%s::text[]) as w "  # noqa: S608 - our own tables
            "where position(lower(w) in lower(t::text)) > 0)",
            list(words),
        )
    ]


def buried(backoffice: Backoffice, kind: str, *keys: str) -> list[bool]:
    return [
        backoffice.value(
            "select exists (select from leadsync.tombstones where kind = %s and hash = leadsync.tomb(%s, %s))",
            kind,
            kind,
            key,
        )
        for key in keys
    ]


def portal(number: int, source_id: str, **more: object) -> Json:
    return {
        "source_id": source_id,
        "portal_id": source_id,
        "digest": "first",
        "emails": [f"person{number}@mail.example"],
        "phones": [],
        **more,
    }


def settle_person(session: Session) -> str:
    """A lead with a record of each source, a base, a journal and a conflict."""
    zoho_attempt, portal_attempt = session.open(), session.open(flow="backup-portal-sync", source="portal")
    lead = settle(session, zoho_attempt, 1)
    asked = portal(1, "00000000-0000-4000-8000-000000000001")
    entry = update(
        session.match(asked, source="portal"),
        asked,
        lead,
        {"address": "1 Triq Person 1"},
        snapshot={"name": "Person 1", "email": "person1@mail.example"},
        conflicts=[{"field": "phone", "base": None, "ours": "+356 9900 0001", "theirs": "1"}],
    )
    assert session.apply(portal_attempt, entry, source="portal")[0]["outcome"] == "updated"
    for attempt in (zoho_attempt, portal_attempt):
        session.close(attempt)
    return lead


def place(session: Session, number: int, action: str, **more: Any) -> None:  # noqa: ANN401 - keys of an item
    """Puts a Zoho record into review, among the dead letters or among what is left alone."""
    asked = zoho(number)
    attempt = session.open()
    session.apply(attempt, item(session.match(asked), asked, action, **{"reason": "a reason", **more}))
    session.close(attempt)


SUBJECTS: list[Json] = [
    {"source": "zoho", "source_id": "7000000001"},
    {"source": "portal", "source_id": "00000000-0000-4000-8000-000000000001"},
    {},
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=["by Zoho record", "by portal record", "by lead"])
def test_nothing_of_the_person_stays_in_our_schema_and_nothing_of_others_goes(
    backoffice: Backoffice, subject: Json
) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    other = session.open()
    settle(session, other, 2)
    words = (*PERSON, lead, "00000000-0000-4000-8000-000000000001")
    assert {"records", "journal", "bases", "conflicts"} <= set(mentions(backoffice, *words))

    answer = forget(session, subject or {"lead_id": lead})

    assert answer["records"] == 2
    assert mentions(backoffice, *words) == []
    assert set(mentions(backoffice, "7000000002")) >= {"records", "journal", "bases"}
    assert backoffice.value("select name from public.leads where id = %s", lead) == "Person 1"


def test_what_the_person_is_known_by_is_buried_as_keyed_hashes(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    backoffice.rows("update public.leads set portal_lead_id = '00000000-0000-4000-8000-0000000000AA'")
    backoffice.rows("update leadsync.records set claim = '7000000099' where source = 'portal'")

    forget(session, {"lead_id": lead})

    records = ["zoho:7000000001", "portal:00000000-0000-4000-8000-000000000001", "zoho:7000000099"]
    records.append("portal:00000000-0000-4000-8000-0000000000aa")
    assert all(buried(backoffice, "record", *records))
    assert all(buried(backoffice, "email", "person1@mail.example"))
    assert all(buried(backoffice, "person", "99000001|1 person"))
    assert backoffice.value("select count(*) from leadsync.tombstones") == 6
    assert backoffice.rows("select erased_by, lead_anonymised, records from leadsync.erasures") == [
        ("dpo of the company", False, 2)
    ]


def test_an_id_that_another_persons_record_has_is_not_buried(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    settle(session, session.open(), 2)
    backoffice.rows("update leadsync.records set claim = '7000000002' where source = 'portal'")

    forget(session, {"lead_id": lead})

    assert buried(backoffice, "record", "zoho:7000000002", "zoho:7000000001") == [False, True]
    assert backoffice.value("select count(*) from leadsync.records") == 1


def test_a_record_that_was_left_alone_for_the_persons_sake_goes_too(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    place(session, 3, "ignored", email="person1@mail.example")
    place(session, 4, "ignored", email="person4@mail.example")

    assert forget(session, {"lead_id": lead})["records"] == 3

    assert backoffice.value("select source_id from leadsync.records") == "7000000004"
    assert buried(backoffice, "record", "zoho:7000000003", "zoho:7000000004") == [True, False]


def test_a_record_that_a_person_said_is_the_leads_goes_too(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    place(session, 3, "review")
    backoffice.rows(
        "update leadsync.records set decision = 'same', decision_lead = %s, decided_at = clock_timestamp() "
        "where source_id = '7000000003'",
        lead,
    )

    assert forget(session, {"lead_id": lead})["records"] == 3
    assert mentions(backoffice, lead) == []


@pytest.mark.parametrize("decision", ["separate", "same"])
def test_a_record_that_a_person_parted_from_the_lead_waits_on(backoffice: Backoffice, decision: str) -> None:
    session = backoffice.session()
    lead, other = settle_person(session), new_id()
    backoffice.rows(
        "update leadsync.records set place = 'review', reason = 'split from its lead', content = snapshot, "
        "candidates = array[lead_id], decision = %s, decision_lead = %s, decided_at = clock_timestamp() "
        "where source = 'portal'",
        decision,
        other if decision == "same" else None,
    )

    assert forget(session, {"lead_id": lead})["records"] == 1

    row = backoffice.value("select to_jsonb(r) from leadsync.records as r")
    assert (row["source"], row["decision"], row["lead_id"], row["candidates"]) == ("portal", decision, None, [])
    assert row["content"] is not None
    assert buried(backoffice, "record", f"portal:{row['source_id']}") == [False]


@pytest.mark.parametrize("decision", ["separate", "same"])
def test_forgetting_a_parted_record_leaves_the_lead_alone(backoffice: Backoffice, decision: str) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    backoffice.rows(
        "update leadsync.records set place = 'review', reason = 'split from its lead', content = snapshot, "
        "decision = %s, decision_lead = %s, decided_at = clock_timestamp() where source = 'portal'",
        decision,
        new_id() if decision == "same" else None,
    )

    answer = forget(session, SUBJECTS[1], anonymise=WIPED)

    assert (answer["records"], answer["lead_anonymised"]) == (1, False)
    assert backoffice.value("select lead_id::text from leadsync.records") == lead
    assert backoffice.value("select count(*) from leadsync.bases") == 1


def test_records_that_only_may_be_the_persons_wait_on_and_are_told(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead, other = settle_person(session), new_id()
    place(session, 3, "review", candidates=[other, lead], content={"Email": "else@mail.example"})
    place(session, 4, "rejected", content={"Email": "Person1@mail.example"})
    place(session, 5, "review", candidates=[other], content={"Email": "five@mail.example"})

    answer = forget(session, {"lead_id": lead})

    assert answer["waiting"] == 2
    assert {told["source_id"] for told in answer["look_at"]} == {"7000000003", "7000000004"}
    assert backoffice.value("select candidates::text[] from leadsync.records where source_id = '7000000003'") == [other]
    assert backoffice.value("select count(*) from leadsync.records where content is not null") == 3


def test_other_records_no_longer_note_the_lead_as_a_duplicate(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead, other = settle_person(session), new_id()
    asked = zoho(2)
    notes = [{"kind": "possible duplicate", "lead_id": i} for i in (lead, other)]
    notes.append({"kind": "remark", "text": "phone is no phone number"})
    session.apply(session.open(), insert(session.match(asked), asked, values(2), notes=notes))

    forget(session, {"lead_id": lead})

    assert backoffice.value("select notes from leadsync.records") == notes[1:]


def test_a_record_that_speaks_of_somebody_else_now_waits_on_as_a_strangers(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    asked = zoho(1, digest="second")
    stranger = {"Email": "stranger@mail.example", "Last_Name": "Stranger"}
    changed = item(
        session.match(asked), asked, "review", reason="identity changed", content=stranger, candidates=[lead]
    )
    session.apply(session.open(), changed)

    answer = forget(session, {"lead_id": lead})

    assert (answer["records"], answer["waiting"]) == (1, 1)
    row = backoffice.value("select to_jsonb(r) from leadsync.records as r")
    assert (row["place"], row["content"], row["candidates"]) == ("review", stranger, [])
    assert all(row[column] is None for column in ("lead_id", "snapshot", "email", "claim", "decision"))
    assert buried(backoffice, "record", "zoho:7000000001") == [False]
    assert mentions(backoffice, "Person 1", "person1@", lead) == []


def test_forgetting_the_stranger_in_a_changed_record_leaves_the_lead_alone(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    asked = zoho(1, digest="second")
    changed = item(session.match(asked), asked, "review", reason="identity changed", content={"Last_Name": "Stranger"})
    session.apply(session.open(), changed)

    answer = forget(
        session, {"source": "zoho", "source_id": "7000000001"}, anonymise=WIPED, keys={"emails": [], "persons": []}
    )

    assert (answer["records"], answer["lead_anonymised"]) == (1, False)
    assert backoffice.value("select name from public.leads where id = %s", lead) == "Person 1"
    assert mentions(backoffice, "Stranger") == []
    assert buried(backoffice, "email", "person1@mail.example") == [False]


def test_what_the_person_wrote_on_another_lead_by_mistake_goes_too(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    attempt = session.open()
    other = settle(session, attempt, 2, name="Other")
    asked = zoho(1, digest="second")
    wrong = update(session.match(asked), asked, other, {"phone": "+356 9900 0001", "address": "1 Wrong Street"})
    wrong["base"] = dict.fromkeys(wrong["values"], "zoho:7000000001")
    assert session.apply(attempt, wrong, batch=2)[0]["outcome"] == "updated"
    backoffice.rows("update leadsync.records set lead_id = %s where source_id = '7000000001'", lead)
    asked = zoho(2, digest="third")
    right = update(session.match(asked), asked, other, {"phone": "+356 9900 0002", "locality": "Sliema"})
    assert session.apply(attempt, right, batch=3)[0]["outcome"] == "updated"
    sent = [{"source": "zoho", "source_id": source_id} for source_id in ("7000000001", "7000000002")]
    backoffice.rows("update leadsync.journal set records = %s where before is not null", Jsonb(sent))

    forget(session, {"lead_id": lead})

    assert mentions(backoffice, "9900 0001", "Wrong Street", "7000000001", lead) == []
    assert backoffice.rows("select records from leadsync.journal order by id") == [(None,), (sent[1:],)]
    born, later = [row for (row,) in backoffice.rows("select after from leadsync.journal order by id")]
    assert born["name"] == "Other"
    assert later == {"locality": "Sliema"}
    base = backoffice.value("select columns from leadsync.bases where lead_id = %s", other)
    assert base["address"] == {"value": None, "origin": "backoffice"}
    assert base["phone"]["value"] == "+356 9900 0002"


def test_the_lead_is_overwritten_in_place_with_its_child_rows(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    backoffice.rows("insert into public.quotes (lead_id, total_price) values (%s, 1)", lead)
    backoffice.rows("update public.leads set status = 'qualified', total_price = 9, coordinates = '{}'")

    answer = forget(session, {"lead_id": lead}, anonymise={**WIPED, "no_such_column": "x", "id": new_id()})

    assert answer["lead_anonymised"] is True
    row = backoffice.value("select to_jsonb(l) from public.leads as l where id = %s", lead)
    assert (row["name"], row["email"], row["phone"]) == ("Forgotten", "", "")
    assert (row["zoho_lead_id"], row["coordinates"]) == (None, None)
    assert (row["status"], row["total_price"]) == ("qualified", 9)
    assert row["deleted_at"] is not None
    assert answer["children"] == ["public.quotes"]
    assert backoffice.value("select count(*) from public.quotes") == 1
    assert backoffice.value("select lead_anonymised from leadsync.erasures") is True


def test_a_lead_that_was_deleted_before_keeps_its_time_of_deletion(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    backoffice.rows("update public.leads set deleted_at = '2026-01-02T00:00:00Z'")

    forget(session, {"lead_id": lead}, anonymise=WIPED)

    assert backoffice.value("select deleted_at = '2026-01-02T00:00:00Z' from public.leads") is True


def test_the_text_columns_that_were_not_overwritten_are_told(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    backoffice.rows("update public.leads set assigned_to = 'Carmen', property_type = '', notes = 'rang'")

    answer = forget(session, {"lead_id": lead}, anonymise={**WIPED, "address": None})

    assert {"assigned_to", "notes", "status"} <= set(answer["untouched"])
    assert {"property_type", "name", "address", "id", "created_at"} & set(answer["untouched"]) == set()


def test_a_lead_that_stays_is_not_said_to_be_anonymised(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    before = backoffice.rows("select * from public.leads")

    answer = forget(session, {"lead_id": lead})

    assert (answer["lead_anonymised"], answer["untouched"]) == (False, [])
    assert backoffice.rows("select * from public.leads") == before


def test_a_value_that_the_table_refuses_undoes_all_of_it(own_backoffice: Backoffice) -> None:
    own_backoffice.rows("alter table public.leads add constraint named check (name <> 'Forgotten')")
    session = own_backoffice.session()
    lead = settle_person(session)

    with pytest.raises(Exception, match="named"):
        forget(session, {"lead_id": lead}, anonymise=WIPED)

    assert own_backoffice.value("select count(*) from leadsync.records") == 2
    assert own_backoffice.value("select count(*) from leadsync.erasures") == 0


def test_the_same_erasure_twice_changes_nothing_and_answers_alike(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead, erasure = settle_person(session), new_id()
    first = forget(session, {"lead_id": lead}, anonymise=WIPED, erasure=erasure)
    state = [backoffice.rows(f"select * from {name} order by 1") for name in ("public.leads", "leadsync.tombstones")]  # noqa: S608 - our own tables

    second = forget(session, {"lead_id": lead}, anonymise=WIPED, erasure=erasure)

    del first["look_at"]
    assert second == first
    assert second["records"] == 2
    assert state == [
        backoffice.rows(f"select * from {name} order by 1")  # noqa: S608 - our own tables
        for name in ("public.leads", "leadsync.tombstones")
    ]


def test_a_record_that_nobody_knows_leaves_its_tombstone(backoffice: Backoffice) -> None:
    session = backoffice.session()

    answer = forget(session, {"source": "zoho", "source_id": "123"}, keys={"emails": [], "persons": []})

    assert answer["records"] == 0
    assert buried(backoffice, "record", "zoho:123") == [True]


@pytest.mark.parametrize("before", ["review", "rejected", "ignored"])
def test_a_record_that_turns_out_to_be_the_persons_later_loses_its_row(backoffice: Backoffice, before: str) -> None:
    session = backoffice.session()
    place(session, 3, before, content={"said": "before"})
    place(session, 4, before)

    place(session, 3, "ignored", reason="its person is forgotten")

    assert backoffice.value("select source_id from leadsync.records") == "7000000004"


def test_a_row_that_a_person_decided_on_meanwhile_does_not_go(backoffice: Backoffice) -> None:
    session = backoffice.session()
    place(session, 3, "review", content={"said": "before"})
    asked = zoho(3)
    attempt = session.open()
    planned = item(session.match(asked), asked, "ignored", reason="its person is forgotten")
    record = Jsonb({"source": "zoho", "source_id": asked["source_id"]})
    assert session.call("leadsync_decide", record, "separate", None, None, "a colleague")["decided"]

    assert session.apply(attempt, planned)[0]["outcome"] == "raced"
    assert backoffice.value("select content from leadsync.records") == {"said": "before"}


def test_a_plan_made_before_the_erasure_is_not_carried_out_after_it(backoffice: Backoffice) -> None:
    session = backoffice.session()
    lead = settle_person(session)
    attempt = session.open()
    asked = zoho(1, digest="second")
    planned = update(session.match(asked), asked, lead, {"address": "2 Triq Person 1"})

    forget(session, {"lead_id": lead})

    assert session.apply(attempt, planned)[0]["outcome"] == "raced"
    assert mentions(backoffice, *PERSON) == []
