import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from leads.batch import read
from leads.columns import Columns
from leads.counts import Counts
from leads.items import Action
from leads.plan import plan
from leads.sources import Source
from tests.unit.leads.model import COLUMNS, Backoffice, comparable, planned, run
from tests.unit.leads.people import OTHER_PORTAL_ID, PORTAL_ID, ZOHO_ID, portal_row, zoho_record

if TYPE_CHECKING:
    from leads.values import Json

ZOHO, PORTAL = Source.ZOHO, Source.PORTAL


def only(backoffice: Backoffice) -> dict[str, object]:
    (row,) = backoffice.leads.values()
    return row


def test_every_item_tells_its_number_the_first_one_too() -> None:
    records: list[Json] = [zoho_record(), zoho_record(id="900000000000000002", Email="other@mail.example"), "nonsense"]
    payload = planned(Backoffice(), ZOHO, records).payload()
    assert [item["n"] for item in payload["items"]] == [0, 1, 2]  # type: ignore[union-attr,index,call-overload]


def test_a_new_person_is_inserted_with_what_stands_for_nothing() -> None:
    backoffice = Backoffice()
    assert run(backoffice, ZOHO, [{"id": ZOHO_ID, "Last_Name": "Borg"}]) == Counts(fetched=1, inserted=1)
    row = only(backoffice)
    assert (row["name"], row["email"], row["phone"], row["zoho_lead_id"]) == ("Borg", "", "", ZOHO_ID)
    assert (row["status"], row["grant_type"], row["with_battery"]) == ("new", "pv_only", False)


def test_counts_tell_each_record_once() -> None:
    backoffice = Backoffice()
    run(backoffice, ZOHO, [zoho_record(City="Rabat")])
    spouse = portal_row(id=OTHER_PORTAL_ID, name="Paul Vella", phone="79001234")
    backoffice.leads[next(iter(backoffice.leads))]["phone"] = "21551234"
    counts = run(backoffice, PORTAL, [portal_row(locality="Mosta"), spouse, "nonsense", portal_row(locality="Mosta")])
    assert counts == Counts(fetched=4, updated=1, review=1, rejected=1, ignored=1)
    assert run(backoffice, ZOHO, [zoho_record(City="Rabat")]) == Counts(fetched=1, unchanged=1)


def test_one_person_in_both_sources_is_one_lead_with_both_ids_whichever_comes_first() -> None:
    for order in ((ZOHO, PORTAL), (PORTAL, ZOHO)):
        backoffice = Backoffice()
        for source in order:
            record = (
                zoho_record(Email="Maria@Mail.Example") if source is ZOHO else portal_row(email=" MARIA@mail.example")
            )
            run(backoffice, source, [record])
        assert (only(backoffice)["zoho_lead_id"], only(backoffice)["portal_lead_id"]) == (ZOHO_ID, PORTAL_ID)


def test_twins_of_one_batch_share_the_lead_and_the_first_id_stays() -> None:
    backoffice = Backoffice()
    twin = zoho_record(id="900000000000000002", First_Name="M.")
    assert run(backoffice, ZOHO, [zoho_record(), twin]).inserted == 1
    assert only(backoffice)["zoho_lead_id"] == ZOHO_ID
    assert run(backoffice, ZOHO, [twin, zoho_record()]) == Counts(fetched=2, unchanged=2)


def test_a_lead_that_was_there_is_adopted_and_its_gaps_are_filled() -> None:
    backoffice = Backoffice()
    lead_id = backoffice.add(name="Maria Borg", email="maria@mail.example", total_price=5)
    run(backoffice, ZOHO, [zoho_record(Quote_Amount=9, City="Rabat")])
    assert (only(backoffice)["total_price"], only(backoffice)["locality"]) == (5, "Rabat")
    assert backoffice.bases[lead_id]["total_price"] == {"value": 5, "origin": "backoffice"}


def test_two_empty_addresses_are_two_people() -> None:
    backoffice = Backoffice()
    rows = [portal_row(email="", phone=""), portal_row(id=OTHER_PORTAL_ID, email="", phone="")]
    assert run(backoffice, PORTAL, rows).inserted == 2


def test_two_without_an_address_share_a_landline_and_stay_apart_with_a_note() -> None:
    backoffice = Backoffice()
    rows = [
        portal_row(email="", phone="21551234"),
        portal_row(id=OTHER_PORTAL_ID, name="Paul Vella", email="", phone="00356 2155 1234"),
    ]
    items = planned(backoffice, PORTAL, rows).items
    assert [item.action for item in items] == [Action.INSERT, Action.INSERT]
    assert items[1].notes == (items[0].lead_id,)


def test_a_phone_only_lead_that_comes_back_with_a_claim_is_one_lead() -> None:
    for order in ((ZOHO, PORTAL), (PORTAL, ZOHO)):
        backoffice = Backoffice()
        records = {
            ZOHO: zoho_record(Email=None, Phone="79001234", Lead_Source="Facebook"),
            PORTAL: portal_row(phone=" 35679001234", zoho_lead_id=ZOHO_ID, source="zoho_crm"),
        }
        for source in order:
            run(backoffice, source, [records[source]])
        assert (only(backoffice)["email"], only(backoffice)["source"]) == ("maria@mail.example", "Facebook")


def test_a_partial_row_after_a_full_quote_changes_nothing() -> None:
    backoffice = Backoffice()
    run(
        backoffice,
        PORTAL,
        [portal_row(total_price=9000, system_size_kw=5, with_battery=True, notes="call", status="qualified")],
    )
    before = dict(only(backoffice))
    counts = run(backoffice, PORTAL, [portal_row(status="new", with_battery=False)])
    assert (only(backoffice), counts.updated) == (before, 0)


def test_an_opt_out_alone_is_carried() -> None:
    backoffice = Backoffice()
    run(backoffice, ZOHO, [zoho_record()])
    run(backoffice, PORTAL, [portal_row()])
    assert run(backoffice, PORTAL, [portal_row(email_opted_out=True)]).updated == 1
    assert only(backoffice)["email_opted_out"] is True


def test_a_record_waiting_in_review_brings_its_whole_content_and_changes_nothing() -> None:
    backoffice = Backoffice()
    run(backoffice, PORTAL, [portal_row(phone="79001234")])
    before = dict(only(backoffice))
    stranger = portal_row(name="Paul Vella", email="paul@mail.example", phone="21551234", extra="kept")
    (item,) = planned(backoffice, PORTAL, [stranger]).items
    assert item.action is Action.REVIEW
    assert item.payload()["content"] == stranger
    run(backoffice, PORTAL, [stranger])
    run(backoffice, PORTAL, [stranger])
    assert only(backoffice) == before


def test_a_dead_letter_of_a_linked_record_leaves_its_lead_alone_and_it_comes_back() -> None:
    backoffice = Backoffice()
    run(backoffice, ZOHO, [zoho_record(City="Rabat")])
    assert run(backoffice, ZOHO, [{"id": ZOHO_ID}]).rejected == 1
    assert run(backoffice, ZOHO, [zoho_record(City="Mosta")]).updated == 1
    assert only(backoffice)["locality"] == "Mosta"


def test_what_raced_is_planned_again_and_counted_once() -> None:
    backoffice = Backoffice()
    plan = planned(backoffice, ZOHO, [zoho_record(), zoho_record(id="900000000000000002", Email="o@mail.example")])
    backoffice.add(name="Maria Borg", email="maria@mail.example")
    settled = plan.settle(backoffice.apply(plan.payload()))
    assert settled.raced is not None
    assert [record.source_id for record in settled.raced.records] == [ZOHO_ID]
    assert settled.counts == Counts(fetched=1, inserted=1)


def test_a_dry_run_tells_each_difference_with_old_new_and_why() -> None:
    backoffice = Backoffice()
    run(backoffice, ZOHO, [zoho_record(City="Rabat")])
    (told,) = planned(backoffice, ZOHO, [zoho_record(City="Mosta")]).differences()
    assert (told.action, told.column, told.old, told.new) == (Action.UPDATE, "locality", "Rabat", "Mosta")
    assert told.why


def test_an_old_lead_that_becomes_open_to_mail_is_told_by_its_address() -> None:
    old = "2025-01-01T00:00:00Z"
    records = [zoho_record(Created_Time=old, Email=" Maria@MAIL.example"), zoho_record(id="2", Email=None)]
    assert exposed(Backoffice(), ZOHO, records) == ["maria@mail.example"]
    assert exposed(Backoffice(), ZOHO, [zoho_record(Created_Time="2026-05-31T00:00:00Z")]) == []
    assert exposed(Backoffice(), ZOHO, [zoho_record(Created_Time=old, Email_Opt_Out=True)]) == []


def test_an_old_lead_that_is_there_and_becomes_open_to_mail_is_told_by_its_id() -> None:
    backoffice = Backoffice()
    run(backoffice, PORTAL, [portal_row(created_at="2025-01-01T00:00:00Z")])
    assert exposed(backoffice, ZOHO, [zoho_record(Created_Time="2025-01-01T00:00:00Z")]) == list(backoffice.leads)


def exposed(backoffice: Backoffice, source: Source, records: list[dict[str, Any]]) -> list[str]:
    return list(planned(backoffice, source, records).outreach(datetime(2026, 6, 1, tzinfo=UTC)))


def test_a_payload_is_json_without_empty_parts() -> None:
    (item,) = json.loads(json.dumps(planned(Backoffice(), ZOHO, [zoho_record()]).payload()))["items"]
    assert "conflicts" not in item
    assert "reason" not in item
    assert item["values"]["name"] == "Maria Borg"
    assert item["base"]["name"] == f"zoho:{ZOHO_ID}"


def test_a_decision_for_the_same_does_not_cover_the_next_change_of_identity() -> None:
    backoffice = Backoffice()
    run(backoffice, PORTAL, [portal_row(phone="79001234")])
    record = backoffice.records["portal", PORTAL_ID]
    record.update(decision="same", decision_lead=record["lead_id"])
    stranger = portal_row(name="Paul Vella", email="paul@mail.example", phone="21551234")
    for _ in range(3):
        assert run(backoffice, PORTAL, [stranger]).review == 1


def test_lost_in_zoho_and_signed_in_the_portal_end_the_same_in_either_order() -> None:
    ends = []
    for order in ((ZOHO, PORTAL), (PORTAL, ZOHO)):
        backoffice = Backoffice()
        records = {ZOHO: zoho_record(Lead_Status="Lost Lead"), PORTAL: portal_row(status="signed")}
        for source in order:
            run(backoffice, source, [records[source]])
        ends.append(comparable(backoffice))
    assert ends[0] == ends[1]


def test_a_malta_pin_corrects_an_earlier_gozo() -> None:
    backoffice = Backoffice()
    run(backoffice, PORTAL, [portal_row(is_gozo=True)])
    run(backoffice, PORTAL, [portal_row(is_gozo=True, coordinates={"lat": 35.9, "lng": 14.45})])
    assert [row["is_gozo"] for row in backoffice.leads.values()] == [False]


@pytest.mark.parametrize("order", [(Source.ZOHO, Source.PORTAL), (Source.PORTAL, Source.ZOHO)])
@pytest.mark.parametrize(("in_zoho", "in_portal"), [("Borg", "Maria Borg"), ("Maria Borg", "Borg")])
def test_of_two_names_of_one_person_the_fuller_stands(
    order: tuple[Source, Source], in_zoho: str, in_portal: str
) -> None:
    names = {
        Source.ZOHO: zoho_record(First_Name=None, Last_Name=in_zoho),
        Source.PORTAL: portal_row(name=in_portal),
    }
    backoffice = Backoffice()
    for source in order:
        run(backoffice, source, [names[source]])
    assert [row["name"] for row in backoffice.leads.values()] == ["Maria Borg"]


def test_a_column_that_the_table_gets_later_is_filled_then() -> None:
    lacking = Columns({column: facts for column, facts in COLUMNS.live.items() if column != "roof_area"})
    backoffice = Backoffice()
    run(backoffice, Source.PORTAL, [portal_row(roof_area=40)], columns=lacking)
    assert [row.get("roof_area") for row in backoffice.leads.values()] == [None]
    run(backoffice, Source.PORTAL, [portal_row(roof_area=40)])
    assert [row["roof_area"] for row in backoffice.leads.values()] == [40]


def test_nothing_is_kept_of_a_forgotten_persons_records_but_they_are_counted() -> None:
    backoffice = Backoffice()
    backoffice.tombstones = {f"zoho:{ZOHO_ID}": "2026-11-01T00:00:00Z"}
    other = zoho_record(id="900000000000000002", Email="other@mail.example")
    letters: list[Json] = [zoho_record(), {"id": ZOHO_ID}]
    for record in letters:
        plan = planned(backoffice, ZOHO, [record, other])
        assert [item["source_id"] for item in plan.payload()["items"]] == ["900000000000000002"]  # type: ignore[union-attr,index,call-overload]
        assert plan.counts == Counts(fetched=2, inserted=1, ignored=1)
        settled = plan.settle([{"n": 1, "outcome": "inserted"}])
        assert settled.counts == Counts(fetched=2, inserted=1, ignored=1)


@pytest.mark.parametrize("now", [zoho_record(), {"id": ZOHO_ID}], ids=["a lead", "a dead letter"])
def test_a_row_from_before_its_person_was_forgotten_goes(now: "Json") -> None:
    backoffice = Backoffice()
    run(backoffice, ZOHO, [{"id": ZOHO_ID, "First_Name": ""}])
    backoffice.tombstones = {f"zoho:{ZOHO_ID}": "2026-11-01T00:00:00Z"}
    assert planned(backoffice, ZOHO, [now]).counts == Counts(fetched=1, ignored=1)
    assert run(backoffice, ZOHO, [now]) == Counts(fetched=1, ignored=1)
    assert backoffice.records == {}


def test_a_dead_letter_of_a_record_that_has_become_anothers_since_waits_and_keeps_its_lead() -> None:
    backoffice = Backoffice()
    run(backoffice, ZOHO, [zoho_record()])
    backoffice.tombstones = {f"zoho:{ZOHO_ID}": "2026-11-01T00:00:00Z"}
    assert run(backoffice, ZOHO, [{"id": ZOHO_ID}]) == Counts(fetched=1, rejected=1)
    assert backoffice.records["zoho", ZOHO_ID]["lead_id"] in backoffice.leads


@pytest.mark.parametrize("lead_id", [None, "lead-1"])
def test_a_dead_letter_that_a_person_ignores_is_left_alone(lead_id: str | None) -> None:
    backoffice = Backoffice()
    run(backoffice, ZOHO, [{"id": ZOHO_ID}])
    backoffice.records["zoho", ZOHO_ID] |= {"decision": "ignore", "decision_open": True, "lead_id": lead_id}
    (item,) = planned(backoffice, ZOHO, [{"id": ZOHO_ID}]).items
    assert (item.action, item.reason) == (Action.IGNORED, "a person said to ignore it")
    assert "content" not in item.payload()


def test_an_older_version_than_the_known_one_changes_nothing_but_an_equally_old_one_does() -> None:
    backoffice = Backoffice()
    at = "2026-11-24T10:00:0{}+01:00"
    run(backoffice, ZOHO, [zoho_record(City="Mosta", Modified_Time=at.format(1))])
    assert run(backoffice, ZOHO, [zoho_record(City="Rabat", Modified_Time=at.format(0))]) == Counts(
        fetched=1, unchanged=1
    )
    assert only(backoffice)["locality"] == "Mosta"
    assert run(backoffice, ZOHO, [zoho_record(City="Rabat", Modified_Time=at.format(1))]).updated == 1
    assert run(backoffice, ZOHO, [zoho_record(City="Mosta", Modified_Time=None)]).updated == 1


def test_the_portals_times_do_not_say_which_version_is_the_newer() -> None:
    backoffice = Backoffice()
    run(backoffice, PORTAL, [portal_row(locality="Mosta", updated_at="2026-11-24T10:00:01Z")])
    assert run(backoffice, PORTAL, [portal_row(locality="Rabat", updated_at="2026-11-24T10:00:00Z")]).updated == 1


def test_chats_of_one_session_become_one_lead_though_they_have_no_address() -> None:
    session = "3f2a9c1e-0b6d-4c57-9a33-1f0e5d7c8b21"
    chat = {"email": "", "phone": "", "source": "avatar-chat-auto", "notes": f"session {session}"}
    first, second = portal_row(**chat), portal_row(id=OTHER_PORTAL_ID, **chat)
    for batch in (1, 2):
        backoffice = Backoffice()
        assert run(backoffice, PORTAL, [first, second], batch=batch).inserted == 1
        assert run(backoffice, PORTAL, [second, first], batch=batch) == Counts(fetched=2, unchanged=2)


def test_a_quote_that_is_emptied_shows_in_the_differences() -> None:
    backoffice = Backoffice()
    run(backoffice, PORTAL, [portal_row(total_price=5000, panel_brand="Solax")])
    changes = planned(backoffice, ZOHO, [zoho_record(Quote_Amount=9000)]).differences()
    assert {(c.column, c.old, c.new) for c in changes if c.column in ("total_price", "panel_brand")} == {
        ("total_price", 5000, 9000),
        ("panel_brand", "Solax", None),
    }


def test_a_record_that_is_back_at_its_source_is_not_deleted_there_wherever_it_ends() -> None:
    told: list[tuple[Json, Action]] = [(zoho_record(), Action.UNCHANGED), ({"id": ZOHO_ID}, Action.REJECTED)]
    for record, action in told:
        backoffice = Backoffice()
        run(backoffice, ZOHO, [zoho_record()])
        backoffice.records["zoho", ZOHO_ID]["deleted_at_source"] = "2026-11-01T00:00:00Z"
        batch = read(ZOHO, [record], COLUMNS)
        for sent in (True, False):
            asked = replace(batch, sent=sent)
            (item,) = plan(asked, backoffice.match("zoho", asked.asks()), new_ids=iter(())).items
            assert (item.action, item.restored) == (action, sent)
