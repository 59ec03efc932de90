"""The cases that the company's data are known for, one test each, whichever flow comes first."""

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from leads.fields import ZOHO_LIMIT, zoho_names
from sandbox.world import World
from tests.integration.test_flows.runs import Which, run
from tests.integration.test_flows.story import Story

ORDERS: list[tuple[Which, Which]] = [("primary", "backup"), ("backup", "primary")]
SESSION = "3f2a9c1e-0b6d-4c57-9a33-1f0e5d7c8b21"
CONTACT = "640000000999999999"
OLD = "2025-06-01T10:00:00+02:00"


def address(surname: str) -> str:
    return f"{surname.lower()}@mail.example"


@pytest.fixture(scope="module", params=ORDERS, ids=lambda order: f"{order[0]} first")
def story(request: pytest.FixtureRequest, clean: Callable[[], World], settled: None) -> Iterator[Story]:  # noqa: ARG001
    """Told once for each order: who is there, and then what changes."""
    told = Story(clean(), request.param)
    try:
        _begin(told)
        told.sync()
    finally:
        told.order_backoffice("alter table leads drop constraint if exists no_cachia")
    _go_on(told)
    told.sync()
    yield told
    clean()


def _begin(s: Story) -> None:
    s.portal("web", name="Anna Abela", email="Anna.ABELA@mail.example", phone="7900 0001")
    s.zoho("web in zoho", First_Name="Anna", Last_Name="Abela", Email="anna.abela@mail.example")
    s.zoho("wife", First_Name="Maria", Last_Name="Bonnici", Email=address("Bonnici"), Phone="79000002")
    s.portal("husband", name="Paul Bonello", email=address("Bonnici"), phone="79000003")
    s.portal("landline 1", name="Rita Calleja", email=address("Calleja"), phone="21550004")
    s.portal("landline 2", name="George Camenzuli", email=address("Camenzuli"), phone="21550004")
    s.zoho("facebook", First_Name="Doris", Last_Name="Darmanin", Phone="79000005", Lead_Source="Facebook")
    s.zoho("wizard", First_Name="Ivan", Last_Name="Ebejer", Email=address("Ebejer"), Lead_Source="Facebook")
    s.zoho("namesake", First_Name="Carmel", Last_Name="Farrugia", Email="carmel@mail.example", Phone="79000006")
    s.portal(
        "wrong claim",
        name="Josette Farrugia",
        email="josette@mail.example",
        phone="79000007",
        zoho_lead_id=s.ids["namesake"],
    )
    s.portal("contact", name="Leli Galea", email=address("Galea"), phone="79000008", zoho_lead_id=CONTACT)
    s.zoho("contact in zoho", First_Name="Leli", Last_Name="Galea", Email=address("Galea"))
    s.zoho(
        "converted",
        First_Name="Nina",
        Last_Name="Hili",
        Email=address("Hili"),
        Converted__s=True,
        Converted_Date_Time="2026-03-01T10:00:00+01:00",
    )
    s.portal("converted too", name="Nina Hili", email=address("Hili"), phone="79000009", status="new")
    s.portal(
        "quote",
        name="Oliver Inguanez",
        email=address("Inguanez"),
        phone="79000010",
        system_size_kw=5,
        total_price=5000,
        panel_brand="Solax",
        with_battery=True,
    )
    chat = {"email": "", "phone": "79000011", "source": "avatar-chat-auto", "notes": f"Avatar session {SESSION}"}
    for number in (1, 2, 3):
        s.portal(f"chat {number}", name="Pia Jones", **chat)
    for number in (1, 2):
        s.portal(f"no address {number}", name=f"Rosa{number} Kenely", email="", phone=f"7900012{number}")
    s.zoho("spellings", First_Name="S.", Last_Name="Lanzon", Email=address("Lanzon"), Phone=" 356 79000013")
    s.portal("spellings too", name="Salvu Lanzon", email=address("Lanzon"), phone="0035679000013")
    s.portal("gozo", name="Toni Mallia", email=address("Mallia"), phone="1", is_gozo=False, coordinates=pin(36.05))
    decomposed = unicodedata.normalize("NFD", "Ħaż-Żebbuġ")
    s.portal("town", name="Ursula Naudi", email=address("Naudi"), phone="79000014", locality=decomposed)
    s.portal("village", name="Vitor Orland", email=address("Orland"), phone="79000015", locality="Għarb")
    s.zoho("deposit", First_Name="Wistin", Last_Name="Pisani", Email=address("Pisani"), Deposit_Paid=True)
    s.zoho("won", First_Name="Xandru", Last_Name="Quattro", Email=address("Quattro"), Lead_Status="Won")
    s.portal("won too", name="Xandru Quattro", email=address("Quattro"), phone="79000016", status="new")
    s.backoffice("gone", name="Ylenia Rapa", email=address("Rapa"), phone="", deleted_at="2026-01-01T00:00:00Z")
    s.zoho("gone before", First_Name="Ylenia", Last_Name="Rapa", Email=address("Rapa"), Created_Time=OLD)
    s.portal("gone after", name="Ylenia Rapa", email=address("Rapa"), phone="", created_at="2026-06-01T00:00:00Z")
    s.portal("opt-out", name="Zeppi Saliba", email=address("Saliba"), phone="79000017")
    s.zoho("dreamer", First_Name="Alda", Last_Name="Tabone", Email=address("Tabone"), Lead_Status="Dreaming")
    more = {f"Custom_{number}": number for number in range(60)}
    s.zoho("rich", First_Name="Bert", Last_Name="Urso", Email=address("Urso"), **more)
    s.zoho("long id", id="9007199254740993001", First_Name="Carla", Last_Name="Vassallo", Email=address("Vassallo"))
    s.portal("forbidden", name="Dun Cachia", email=address("Cachia"), phone="79000018")
    s.order_backoffice("alter table leads add constraint no_cachia check (name <> 'Dun Cachia')")


def _go_on(s: Story) -> None:
    flipped = {"Lead_Source": "Sales Portal", "Portal_Source": "zoho_crm"}
    s.zoho("wizard", First_Name="Ivan", Last_Name="Ebejer", Email=address("Ebejer"), **flipped)
    s.portal("wizard too", name="Ivan Ebejer", email=address("Ebejer"), phone="79000019", source="zoho_crm")
    s.portal("quote again", name="Oliver Inguanez", email=address("Inguanez"), phone="79000010", source="wizard-v2")
    s.zoho("deposit", First_Name="Wistin", Last_Name="Pisani", Email=address("Pisani"), Deposit_Paid=False)
    s.portal("opt-out", email_opted_out=True)


def pin(latitude: float) -> dict[str, float]:
    return {"lat": latitude, "lng": 14.25}


def test_a_new_web_customer_is_one_lead_with_both_ids(story: Story) -> None:
    lead = story.lead("Abela")
    ids = (story.ids["web in zoho"], story.ids["web"])
    assert (lead["zoho_lead_id"], str(lead["portal_lead_id"])) == ids


def test_of_spouses_with_one_address_one_waits_for_a_person(story: Story) -> None:
    places = {name: story.record(name)["place"] for name in ("wife", "husband")}
    second = "husband" if story.order[0] == "primary" else "wife"
    assert sorted(places.values()) == ["linked", "review"]
    assert (places[second], story.record(second)["reason"]) == ("review", "the e-mail is another person's")


def test_a_shared_landline_makes_two_leads_and_a_note(story: Story) -> None:
    assert (len(story.leads("Calleja")), len(story.leads("Camenzuli"))) == (1, 1)
    notes = [note for name in ("landline 1", "landline 2") for note in story.record(name)["notes"] or []]
    assert "possible duplicate" in {note["kind"] for note in notes}


def test_a_facebook_lead_with_a_phone_only_lands(story: Story) -> None:
    lead = story.lead("Darmanin")
    assert (lead["email"], lead["phone"], lead["source"]) == ("", "+35679000005", "Facebook")


def test_a_facebook_lead_that_finishes_the_wizard_stays_facebooks(story: Story) -> None:
    lead = story.lead("Ebejer")
    assert (lead["source"], str(lead["portal_lead_id"])) == ("Facebook", story.ids["wizard too"])


def test_a_zoho_id_found_by_surname_alone_merges_nobody(story: Story) -> None:
    josette, carmel = sorted(story.leads("Farrugia"), key=lambda lead: str(lead["name"]), reverse=True)
    assert (carmel["zoho_lead_id"], josette["zoho_lead_id"]) == (story.ids["namesake"], None)


def test_a_contacts_id_is_no_leads_id(story: Story) -> None:
    assert story.lead("Galea")["zoho_lead_id"] == story.ids["contact in zoho"]


def test_a_converted_lead_is_converted_once_and_stays_so(story: Story) -> None:
    lead = story.lead("Hili")
    assert (lead["status"], lead["converted_at"].isoformat()) == ("converted", "2026-03-01T09:00:00+00:00")


def test_a_partial_lead_after_a_full_quote_leaves_the_quote(story: Story) -> None:
    lead = story.lead("Inguanez")
    assert (lead["system_size_kw"], lead["total_price"], lead["panel_brand"]) == (5, 5000, "Solax")
    assert lead["with_battery"] is True


def test_a_chat_that_is_saved_three_times_is_one_lead(story: Story) -> None:
    lead = story.lead("Jones")
    assert {story.record(f"chat {number}")["lead_id"] for number in (1, 2, 3)} == {lead["id"]}


def test_empty_addresses_are_nobodys_key(story: Story) -> None:
    assert len(story.leads("Kenely")) == 2


def test_a_phone_with_zeros_for_a_plus_is_the_one_that_lost_its_plus(story: Story) -> None:
    lead = story.lead("Lanzon")
    assert (lead["phone"], lead["name"]) == ("+35679000013", "S. Lanzon")
    assert story.ask("select 1 from leadsync.conflicts where lead_id = %s", lead["id"]) == []


def test_a_pin_on_gozo_beats_the_default_that_says_malta(story: Story) -> None:
    assert story.lead("Mallia")["is_gozo"] is True


@pytest.mark.parametrize(("surname", "locality"), [("Naudi", "Ħaż-Żebbuġ"), ("Orland", "Għarb")])
def test_a_towns_name_is_kept_as_one_spells_it_and_moves_nobody_to_gozo(
    story: Story, surname: str, locality: str
) -> None:
    lead = story.lead(surname)
    assert (lead["locality"], lead["is_gozo"]) == (unicodedata.normalize("NFC", locality), False)


def test_a_deposit_flag_that_the_portal_resets_changes_nothing(story: Story) -> None:
    lead = story.lead("Pisani")
    written = story.ask("select count(*) as n from leadsync.journal where lead_id = %s", lead["id"])
    assert written == [{"n": 1}]


def test_new_is_never_written_over_converted(story: Story) -> None:
    assert story.lead("Quattro")["status"] == "converted"


def test_a_deleted_lead_is_left_alone_by_older_records_and_younger_ones_wait(story: Story) -> None:
    assert [lead["deleted_at"] is None for lead in story.leads("Rapa")] == [False]
    assert story.record("gone before")["place"] == "ignored"
    assert (story.record("gone after")["place"], story.record("gone after")["reason"]) == ("review", "was deleted")


def test_an_opt_out_travels_though_nothing_else_changed(story: Story) -> None:
    assert story.lead("Saliba")["email_opted_out"] is True


def test_a_status_that_nobody_knows_costs_only_itself(story: Story) -> None:
    assert story.lead("Tabone")["status"] == "new"
    remarks = {note.get("text") for note in story.record("dreamer")["notes"]}
    assert remarks == {"status is a status without a counterpart"}


def test_more_fields_than_zoho_gives_at_once_are_not_asked_for(story: Story) -> None:
    assert len(zoho_names()) <= ZOHO_LIMIT
    assert story.lead("Urso")["zoho_lead_id"] == story.ids["rich"]


def test_an_id_beyond_what_a_float_holds_is_exact(story: Story) -> None:
    assert story.lead("Vassallo")["zoho_lead_id"] == "9007199254740993001"


def test_a_row_that_the_backoffice_refused_waited_alone_and_landed_when_it_could(story: Story) -> None:
    refused: list[dict[str, Any]] = story.ask(
        "select counts from leadsync.attempts where source = 'portal' and (counts ->> 'rejected')::int > 0"
    )
    assert [attempt["counts"]["rejected"] for attempt in refused][-1:] == [1]
    assert story.record("forbidden")["place"] == "linked"
    assert story.lead("Cachia")["portal_lead_id"] is not None


def test_more_runs_over_the_same_data_write_no_lead(story: Story) -> None:
    before = story.stamps()
    for which in ("primary", "backup", "primary"):
        outcome = run(which, mode="full")
        assert (outcome.counts.inserted, outcome.counts.updated) == (0, 0)
    assert story.stamps() == before
