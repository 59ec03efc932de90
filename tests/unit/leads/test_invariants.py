"""Invariants 1, 2 and 9 on crowds of records that share addresses, phones, names and ids with one another."""

import copy
import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leads.items import Action
from leads.sources import Source
from tests.unit.leads.model import Backoffice, planned, run
from tests.unit.leads.strategies import hostile_records

Raw = dict[str, Any]
BOTH = [Source.ZOHO, Source.PORTAL]

ZOHO_IDS = [str(900_000_000_000_000_000 + n) for n in range(4)]
PORTAL_IDS = [str(uuid.UUID(int=n + 10**6)) for n in range(4)]
_NAME = st.sampled_from([("Maria", "Borg"), ("M.", "Borg"), ("Paul", "Vella"), ("Ġużè", "Borg"), ("", "Borg")])
_EMAIL = st.sampled_from(["maria@mail.example", "MARIA@mail.example ", "paul@mail.example", "", None])
_PHONE = st.sampled_from(["79001234", "0035679001234", "+35621551234", "", None])
_PRICE = st.sampled_from([None, 0, 5000, 9000])
_CHAT = st.sampled_from([None, "session 3f2a9c1e-0b6d-4c57-9a33-1f0e5d7c8b21"])

_zoho = st.builds(
    lambda number, name, email, phone, price, chat: {
        "id": ZOHO_IDS[number],
        "First_Name": name[0],
        "Last_Name": name[1],
        "Email": email,
        "Phone": phone,
        "Quote_Amount": price,
        "Description": chat,
        "Portal_Source": "avatar-chat-auto" if chat else None,
    },
    *(st.integers(0, 3), _NAME, _EMAIL, _PHONE, _PRICE, _CHAT),
)
_portal = st.builds(
    lambda number, name, email, phone, price, chat, claim: {
        "id": PORTAL_IDS[number],
        "name": " ".join(name),
        "email": email,
        "phone": phone,
        "total_price": price,
        "notes": chat,
        "source": "avatar-chat-auto" if chat else "sales-portal",
        "zoho_lead_id": claim,
    },
    *(st.integers(0, 3), _NAME, _EMAIL, _PHONE, _PRICE, _CHAT, st.none() | st.sampled_from(ZOHO_IDS)),
)
_CROWDS = {Source.ZOHO: _zoho, Source.PORTAL: _portal}
runs = st.lists(
    st.sampled_from(BOTH).flatmap(lambda source: st.tuples(st.just(source), st.lists(_CROWDS[source], max_size=5))),
    min_size=1,
    max_size=5,
)
Runs = list[tuple[Source, list[Raw]]]


@given(st.sampled_from(BOTH), st.data(), st.integers(1, 4))
def test_every_record_that_is_read_ends_in_one_place(source: Source, data: st.DataObject, batch: int) -> None:
    crowd: list[Any] = data.draw(st.lists(_CROWDS[source] | hostile_records(source), max_size=6))
    backoffice = Backoffice()
    counts = run(backoffice, source, crowd, batch=batch)
    placed = [record["place"] for record in backoffice.records.values()]
    assert counts.fetched == len(crowd) == counts.placed
    assert counts.inserted + counts.updated + counts.unchanged >= placed.count("linked")
    ids = {str(r["id"]).lower() for r in crowd if isinstance(r, dict) and r.get("id") in (*ZOHO_IDS, *PORTAL_IDS)}
    assert ids <= {source_id for _, source_id in backoffice.records}


@given(runs, st.integers(1, 3))
def test_no_two_leads_are_one_records_and_no_key_stands_twice(crowds: Runs, batch: int) -> None:
    backoffice = Backoffice()
    for source, records in crowds:
        run(backoffice, source, records, batch=batch)
    for column in ("zoho_lead_id", "portal_lead_id"):
        ids = [row[column] for row in backoffice.leads.values() if row[column]]
        assert len(ids) == len(set(ids))
    linked = {r["lead_id"] for r in backoffice.records.values() if r["lead_id"]}
    assert linked == backoffice.leads.keys()


@given(runs)
def test_every_write_can_be_taken_back_by_what_its_plan_knows(crowds: Runs) -> None:
    backoffice = Backoffice()
    for source, records in crowds:
        before = copy.deepcopy(backoffice.leads)
        plan = planned(backoffice, source, list[Any](records))
        backoffice.apply(plan.payload())
        reversed_leads = copy.deepcopy(backoffice.leads)
        for item in reversed(plan.items):
            if item.action is Action.INSERT:
                del reversed_leads[str(item.lead_id)]
            elif item.action is Action.UPDATE:
                reversed_leads[str(item.lead_id)].update(item.before)
        assert reversed_leads == before
