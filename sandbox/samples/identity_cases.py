"""Cases about whose record it is (facts: domain.md §1.3 to §1.6, §5.6)."""

from collections.abc import Iterator

from sandbox.samples.case import Case, Expect
from sandbox.samples.scribe import Scribe


def identity_cases(scribe: Scribe) -> Iterator[Case]:
    """All of them."""
    yield from _one_person(scribe)
    yield from _shared_contacts(scribe)
    yield from _wrong_ids(scribe)
    yield from _repeated(scribe)


def _one_person(scribe: Scribe) -> Iterator[Case]:
    row = scribe.row(scribe.people.named("Ġorġ", "Vella"))
    yield Case(
        name="web-lead",
        why="A new customer fills the form: a row without Zoho's id, and a lead in Zoho that names no row.",
        portal=(row,),
        zoho=(scribe.forwarded(row),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"portal_lead_id": row["id"]}),
    )
    yield Case(
        name="web-lead-that-zoho-missed",
        why="The form's call to Zoho failed: the portal alone has the customer.",
        portal=(scribe.row(scribe.people.named("Żeża", "Ħili")),),
        expect=Expect(portal=("inserted",), leads=1, values={"name": "Żeża Ħili"}),
    )
    typed = scribe.people.named("Antonella", "Galea")
    row = scribe.row(typed.but(email=f" {typed.email.title()} "))
    yield Case(
        name="letter-case",
        why="The e-mail has capitals and blanks in the portal and none in Zoho.",
        portal=(row,),
        zoho=(scribe.forwarded(row, Email=typed.email),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"email": typed.email}),
    )
    fan = scribe.people.named("Noel", "Attard")
    lead = scribe.crm(fan, Lead_Source="Sales Portal", Portal_Source="facebook", Lead_Status="Hot - Qualified")
    yield Case(
        name="facebook-lead-finishes-the-form",
        why="A Facebook lead came by a link with its Zoho id; the portal overwrote where it had come from.",
        portal=(scribe.row(fan, zoho_lead_id=lead["id"], source="zoho_crm"),),
        zoho=(lead,),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"source": "facebook"}),
    )
    caller = scribe.people.named("Salvu", "Mizzi")
    yield Case(
        name="facebook-lead-with-a-phone-only",
        why="Facebook gave a mobile number and no e-mail.",
        zoho=(scribe.crm(caller, Email=None, Phone=None, Mobile=caller.phone),),
        expect=Expect(zoho=("inserted",), leads=1, values={"email": "", "phone": caller.phone}),
    )
    holder = scribe.people.named("Claire", "Spiteri")
    yield Case(
        name="name-of-the-bill-holder",
        why="The portal took the name from the electricity bill; e-mail and number are the customer's.",
        portal=(scribe.row(holder.but(given="Carmelo", surname="Muscat")),),
        zoho=(scribe.crm(holder),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"name": holder.name}),
    )
    local = scribe.people.named("Wistin", "Rapa")
    digits = local.phone.removeprefix("+")
    yield Case(
        name="number-spelled-differently",
        why="00356… in the portal; in Zoho a link turned the plus into a blank.",
        portal=(scribe.row(local.but(given="W.", phone=f"00{digits}")),),
        zoho=(scribe.crm(local, Phone=f" {digits}"),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"phone": local.phone}),
    )
    turned = scribe.people.named("Ħanna", "Borg Olivier")
    mobile = scribe.people.named("Ħanna", "Borg Olivier").phone
    yield Case(
        name="surname-first",
        why="The portal has the surname first and another number; the e-mail is the same.",
        portal=(scribe.row(turned.but(given="BORG OLIVIER", surname="Hanna", phone=mobile)),),
        zoho=(scribe.crm(turned),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"phone": turned.phone}),
    )


def _shared_contacts(scribe: Scribe) -> Iterator[Case]:
    wife, husband = scribe.people.named("Josette", "Grech"), scribe.people.named("Silvio", "Grech")
    yield Case(
        name="spouses-with-one-e-mail",
        why="Two spouses share an address; name and number differ.",
        portal=(scribe.row(husband.but(email=wife.email)),),
        zoho=(scribe.crm(wife),),
        expect=Expect(zoho=("inserted",), portal=("review",), leads=1, values={"name": wife.name}),
    )
    son, mother = scribe.people.named("Kevin", "Abela"), scribe.people.named("Doris", "Abela")
    yield Case(
        name="spouses-in-the-portal-alone",
        why="Mother and son share an address, and both are in the portal only.",
        portal=(scribe.row(mother), scribe.row(son.but(email=mother.email))),
        expect=Expect(portal=("inserted", "review"), leads=1, values={"name": mother.name}),
    )
    one, other = scribe.people.named("Mario", "Xuereb"), scribe.people.named("Marlene", "Xuereb")
    yield Case(
        name="shared-landline",
        why="Two of a household have one number and an e-mail each: a number alone never merges.",
        zoho=(scribe.crm(one), scribe.crm(other.but(phone=one.phone))),
        expect=Expect(zoho=("inserted", "inserted"), leads=2),
    )
    moved = scribe.people.named("Daniela", "Portelli")
    yield Case(
        name="row-found-by-number",
        why="The portal found its old row by number and kept the old e-mail; Zoho got the new one.",
        portal=(scribe.row(moved.but(email=f"old.{moved.email}")),),
        zoho=(scribe.crm(moved, Lead_Source="Sales Portal"),),
        expect=Expect(zoho=("inserted",), portal=("inserted",), leads=2),
    )
    tagged = scribe.people.named("Lorenza", "Sultana")
    yield Case(
        name="plus-lost-in-a-link",
        why="A link turned the plus of an e-mail into a blank: no address is left, only the number agrees.",
        portal=(scribe.row(tagged.but(email=f"lorenza {tagged.email}")),),
        zoho=(scribe.crm(tagged.but(email=f"lorenza+{tagged.email}")),),
        expect=Expect(zoho=("inserted",), portal=("inserted",), leads=2),
    )


def _wrong_ids(scribe: Scribe) -> Iterator[Case]:
    rita, karl = scribe.people.named("Rita", "Borg"), scribe.people.named("Karl", "Borg")
    lead = scribe.crm(rita)
    yield Case(
        name="id-found-by-surname",
        why="The portal searched Zoho by surname and took a stranger's id.",
        portal=(scribe.row(karl, zoho_lead_id=lead["id"]),),
        zoho=(lead,),
        expect=Expect(zoho=("inserted",), portal=("inserted",), leads=2, values={"name": rita.name}),
    )
    first, second = scribe.people.named("Tereża", "Farrugia"), scribe.people.named("Clint", "Farrugia")
    theirs, row = scribe.row(first), scribe.row(second)
    lead = scribe.forwarded(row)
    claim = {"zoho_lead_id": lead["id"]}
    yield Case(
        name="stranger-overwritten-in-zoho",
        why="The portal wrote the second Farrugia over the first one's lead in Zoho, and both rows claim it.",
        portal=({**theirs, **claim}, {**row, **claim}),
        zoho=(lead,),
        expect=Expect(zoho=("inserted",), portal=("inserted", "updated"), leads=2, values={"name": second.name}),
    )
    buyer = scribe.people.named("Emanuel", "Camilleri")
    yield Case(
        name="id-of-a-contact",
        why="The lead was converted, so the portal found the contact and kept that id.",
        portal=(scribe.row(buyer, zoho_lead_id=scribe.zoho_id(), status="qualified"),),
        zoho=(scribe.crm(buyer, Converted__s=True, Converted_Date_Time=scribe.ago(days=1)),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"status": "converted"}),
    )
    owner, stranger = scribe.people.named("Maria Carmen", "Saliba"), scribe.people.named("Ġiljan", "Zammit Tabona")
    lead = scribe.crm(owner)
    yield Case(
        name="one-id-in-two-rows",
        why="Two rows claim one Zoho id; it is the first one's.",
        portal=(scribe.row(owner, zoho_lead_id=lead["id"]), scribe.row(stranger, zoho_lead_id=lead["id"])),
        zoho=(lead,),
        expect=Expect(zoho=("inserted",), portal=("updated", "inserted"), leads=2, values={"name": owner.name}),
    )
    yield Case(
        name="id-that-is-none",
        why="A mail template was never filled in, and the link carried its placeholder.",
        portal=(scribe.row(scribe.people.named("Xmun", "Debono"), zoho_lead_id="${Leads.Lead Id}", source="zoho_crm"),),
        expect=Expect(portal=("inserted",), leads=1, values={"zoho_lead_id": None}),
    )
    yield Case(
        name="ids-beyond-floats",
        why="Two neighbouring ids of 18 digits are one number in floating point.",
        zoho=(
            scribe.crm(scribe.people.named("Karmnu", "Gatt")),
            scribe.crm(scribe.people.named("Graziella", "Mifsud")),
        ),
        expect=Expect(zoho=("inserted", "inserted"), leads=2),
    )


def _repeated(scribe: Scribe) -> Iterator[Case]:
    twin = scribe.people.named("Twanny", "Caruana")
    one, other = scribe.crm(twin), scribe.crm(twin.but(email=twin.email.upper()))
    yield Case(
        name="twins-in-zoho",
        why="Facebook sent the same person twice: one lead, two links, and the first id stays.",
        zoho=(one, other),
        expect=Expect(zoho=("inserted", "unchanged"), leads=1, values={"zoho_lead_id": one["id"]}),
    )
    chatty = scribe.people.named("Charles", "Azzopardi")
    notes = "Avatar session 5f0c2a: asked for 10 kWp with a battery."
    rows = tuple(scribe.row(chatty, source="avatar-chat-auto", notes=notes) for _ in range(3))
    yield Case(
        name="avatar-saved-again-and-again",
        why="The chat's job inserts the same session at every run.",
        portal=rows,
        expect=Expect(portal=("inserted", "unchanged", "unchanged"), leads=1, values={"portal_lead_id": rows[0]["id"]}),
    )
    yield Case(
        name="no-e-mail-twice",
        why="Two chats ended without an e-mail: emptiness is no key.",
        portal=tuple(
            scribe.row(scribe.people.named(given, "Micallef").but(email=""), source="avatar-chat-auto")
            for given in ("Rożarju", "Marthese")
        ),
        expect=Expect(portal=("inserted", "inserted"), leads=2),
    )
    yield Case(
        name="chat-without-contact",
        why="A chat left a placeholder for a name, and neither e-mail nor number.",
        portal=(
            scribe.row(scribe.people.named("Website", "Visitor").but(email="", phone=""), source="avatar-chat-auto"),
        ),
        expect=Expect(portal=("inserted",), leads=1, values={"email": "", "phone": ""}),
    )
