"""Cases with leads that were in the backoffice before the first sync, and with leads deleted in Zoho."""

from collections.abc import Iterator

from leads.values import Values
from sandbox.samples.case import Case, Expect
from sandbox.samples.quotes import home
from sandbox.samples.scribe import Scribe

_EDITS: Values = {
    "notes": "Wants a call after five.",
    "assigned_to": "ruth",
    "status": "contacted",
    "total_price": 8_200,
}
"""What the staff wrote into a lead."""


def known_cases(scribe: Scribe) -> Iterator[Case]:
    """All of them."""
    yield from _alive(scribe)
    yield from _ambiguous(scribe)
    yield from _soft_deleted(scribe)
    yield from _deleted_in_zoho(scribe)


def _alive(scribe: Scribe) -> Iterator[Case]:
    loud = scribe.people.named("Maria", "Borg")
    lead, row = scribe.known(loud.but(email=loud.email.upper())), scribe.row(loud)
    record = scribe.forwarded(row)
    yield Case(
        name="known-in-capitals",
        why="The backoffice has the e-mail in capitals.",
        backoffice=(lead,),
        portal=(row,),
        zoho=(record,),
        expect=Expect(zoho=("updated",), portal=("updated",), leads=1, values={"zoho_lead_id": record["id"]}),
    )
    old = scribe.people.named("Rożarju", "Vella")
    lead = scribe.known(old, source="Facebook")
    record = scribe.crm(old)
    yield Case(
        name="known-and-nothing-new",
        why="The old sync had brought the lead, id and all; Zoho's unticked boxes say nothing.",
        backoffice=({**lead, "zoho_lead_id": record["id"]},),
        zoho=(record,),
        expect=Expect(zoho=("unchanged",), leads=1, values={"grant_path": True}),
    )
    kept = scribe.people.named("Antonella", "Tabone")
    lead = scribe.known(kept.but(given="Nella"), **_EDITS, first_contact_at=scribe.ago(days=3))
    row = scribe.row(kept, **home(kept), total_price=9_100, notes="entered during application: hello")
    yield Case(
        name="known-with-edits-of-the-staff",
        why="Name, notes, status and price are the staff's; Zoho and the portal say otherwise and fill only gaps.",
        backoffice=(lead,),
        portal=(row,),
        zoho=(scribe.forwarded(row),),
        expect=Expect(
            zoho=("updated",),
            portal=("updated",),
            leads=1,
            values={**_EDITS, "name": "Nella Tabone", "address": row["address"]},
        ),
    )
    islander = scribe.people.named("Ċensu", "Rapa")
    yield Case(
        name="known-to-live-on-gozo",
        why="The backoffice knows that the roof is on Gozo; the form's default says no.",
        backoffice=(scribe.known(islander, is_gozo=True),),
        portal=(scribe.row(islander, is_gozo=False),),
        expect=Expect(portal=("updated",), leads=1, values={"is_gozo": True}),
    )
    signed = scribe.people.named("Xmun", "Galea")
    yield Case(
        name="known-as-converted",
        why="A second visit to the form set the portal's row back to qualified.",
        backoffice=(scribe.known(signed, status="converted", converted_at=scribe.ago(days=4)),),
        portal=(scribe.row(signed, status="qualified"),),
        expect=Expect(portal=("updated",), leads=1, values={"status": "converted"}),
    )
    quiet = scribe.people.named("Lorenza", "Grech")
    yield Case(
        name="known-to-have-opted-out",
        why="Zoho does not know of the opt-out.",
        backoffice=(scribe.known(quiet, email_opted_out=True, email_opted_out_at=scribe.ago(days=5)),),
        zoho=(scribe.crm(quiet, Email_Opt_Out=False),),
        expect=Expect(zoho=("updated",), leads=1, values={"email_opted_out": True}),
    )


def _ambiguous(scribe: Scribe) -> Iterator[Case]:
    one, other = scribe.people.named("Noel", "Spiteri"), scribe.people.named("Carmelo", "Spiteri")
    lead = scribe.crm(other)
    yield Case(
        name="known-with-the-id-of-a-stranger",
        why="The old sync had put a stranger's Zoho id on the lead.",
        backoffice=({**scribe.known(one), "zoho_lead_id": lead["id"]},),
        zoho=(lead,),
        expect=Expect(zoho=("inserted",), leads=2),
    )
    wife, husband = scribe.people.named("Graziella", "Hili"), scribe.people.named("Emanuel", "Hili")
    husband = husband.but(email=wife.email)
    yield Case(
        name="two-known-and-one-fits",
        why="Two leads of the backoffice have the e-mail; the name fits one of them.",
        backoffice=(scribe.known(wife), scribe.known(husband)),
        zoho=(scribe.crm(husband),),
        expect=Expect(zoho=("updated",), leads=2, values={"name": husband.name}),
    )
    double = scribe.people.named("Żaren", "Attard")
    yield Case(
        name="two-known-and-both-fit",
        why="The backoffice has the same person twice; a person must say which one it is.",
        backoffice=(scribe.known(double), scribe.known(double)),
        zoho=(scribe.crm(double),),
        expect=Expect(zoho=("review",), leads=2),
    )


def _soft_deleted(scribe: Scribe) -> Iterator[Case]:
    gone = scribe.people.named("Claire", "Mifsud")
    lead = scribe.known(gone)
    record, row = scribe.crm(gone), scribe.row(gone)
    yield Case(
        name="soft-deleted",
        why="The staff deleted the lead after the sources had made their records: it is not brought back.",
        backoffice=({**lead, "deleted_at": scribe.ago(hours=1)},),
        portal=(row,),
        zoho=(record,),
        expect=Expect(zoho=("ignored",), portal=("ignored",), leads=1),
    )
    back = scribe.people.named("Kevin", "Camilleri")
    yield Case(
        name="soft-deleted-and-back",
        why="The customer came again after the deletion: a person must say.",
        backoffice=(scribe.known(back, deleted_at=scribe.ago(days=6, hours=20)),),
        zoho=(scribe.crm(back),),
        expect=Expect(zoho=("review",), leads=1),
    )
    twice = scribe.people.named("Daniela", "Cutajar")
    deleted = scribe.known(twice, deleted_at=scribe.ago(hours=2))
    yield Case(
        name="live-beats-deleted",
        why="One lead of the e-mail is deleted, another is alive.",
        backoffice=(deleted, scribe.known(twice)),
        zoho=(scribe.crm(twice),),
        expect=Expect(zoho=("updated",), leads=2, values={"deleted_at": None}),
    )


def _deleted_in_zoho(scribe: Scribe) -> Iterator[Case]:
    lost = scribe.people.named("Ġużè", "Zammit Tabona")
    yield Case(
        name="deleted-in-zoho",
        why="The team deleted the lead in Zoho; the portal still has the customer.",
        portal=(scribe.row(lost),),
        deleted=(scribe.gone(lost),),
        expect=Expect(portal=("inserted",), leads=1, values={"zoho_lead_id": None}),
    )
    yield Case(
        name="deleted-in-zoho-for-good",
        why="Of this one nothing but the id is left.",
        deleted=(scribe.gone(scribe.people.named("Wistin", "Abela"), kind="permanent"),),
        expect=Expect(leads=0),
    )
