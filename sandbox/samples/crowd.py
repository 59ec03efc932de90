"""Ordinary people, so that there are pages and batches: in one system, in both, converted, deleted."""

from collections.abc import Iterator
from itertools import islice

from leads.values import Values
from sandbox.samples.case import Case, Expect
from sandbox.samples.people import Person
from sandbox.samples.quotes import home, quote
from sandbox.samples.scribe import Scribe, spelled

IN_BOTH = 110
ZOHO_ONLY = 85
PORTAL_ONLY = 35
CONVERTED = 12
DELETED = 6
OLD = 8
"""People who have waited in Zoho for longer than the outreach guard's seven days; it stops a run at more than 20."""

_ORIGINS = ("Facebook", "Advertisement", "Web Research", "External Referral", "Partner", "Cold Call")
_STATUSES = ("New", "Not Contacted", "Attempted to Contact", "Contacted", "Pre-Qualified", "Hot - Qualified")


def crowd(scribe: Scribe) -> Iterator[Case]:
    """One case for each of them."""
    people = scribe.people.anybody()
    yield from (_in_both(scribe, person) for person in islice(people, IN_BOTH))
    yield from (_in_zoho(scribe, person) for person in islice(people, ZOHO_ONLY))
    yield from (_in_the_portal(scribe, person) for person in islice(people, PORTAL_ONLY))
    yield from (_converted(scribe, person) for person in islice(people, CONVERTED))
    yield from (_deleted(scribe, person) for person in islice(people, DELETED))
    yield from (_old(scribe, person) for person in islice(people, OLD))


def _in_both(scribe: Scribe, person: Person) -> Case:
    row = scribe.row(person, **_typed(person), **quote(person))
    return Case(
        name=f"in-both-{person.number}",
        why="A web customer: the portal wrote the lead into Zoho.",
        portal=(row,),
        zoho=(scribe.forwarded(row),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1),
    )


def _in_zoho(scribe: Scribe, person: Person) -> Case:
    said: Values = {
        "Lead_Source": _ORIGINS[person.number % len(_ORIGINS)],
        "Lead_Status": _STATUSES[person.number % len(_STATUSES)],
        "City": person.locality,
        "Phone": spelled(person, person.number),
    }
    if person.number % 6 == 0:
        said |= {"Email": None, "Phone": None, "Mobile": person.phone}
    return Case(
        name=f"in-zoho-{person.number}",
        why="Came by Facebook, by phone or through a partner, and never filled the form.",
        zoho=(scribe.crm(person, **said),),
        expect=Expect(zoho=("inserted",), leads=1),
    )


def _in_the_portal(scribe: Scribe, person: Person) -> Case:
    bare = person.number % 2 == 0
    said: Values = {"source": "wizard-v2"} if bare else home(person)
    return Case(
        name=f"in-the-portal-{person.number}",
        why="The portal alone has the customer; half of them stopped after the first page.",
        portal=(scribe.row(person, **_typed(person), **said),),
        expect=Expect(portal=("inserted",), leads=1),
    )


def _converted(scribe: Scribe, person: Person) -> Case:
    row = scribe.row(person, **_typed(person), **quote(person), status="signed")
    converted: Values = {"Converted__s": True, "Converted_Date_Time": scribe.ago(hours=person.number % 48)}
    return Case(
        name=f"converted-{person.number}",
        why="A customer with a signed contract.",
        portal=(row,),
        zoho=(scribe.forwarded(row, **converted),),
        expect=Expect(zoho=("inserted",), portal=("updated",), leads=1, values={"status": "converted"}),
    )


def _deleted(scribe: Scribe, person: Person) -> Case:
    return Case(
        name=f"deleted-in-zoho-{person.number}",
        why="Deleted in Zoho before anybody had read it.",
        deleted=(scribe.gone(person),),
        expect=Expect(leads=0),
    )


def _old(scribe: Scribe, person: Person) -> Case:
    written = scribe.ago(days=9 + person.number % 60)
    lead = scribe.crm(person, Created_Time=written, Modified_Time=written, Lead_Status="Contact in Future")
    return Case(
        name=f"old-{person.number}",
        why="Has waited in Zoho for weeks.",
        zoho=(lead,),
        expect=Expect(zoho=("inserted",), leads=1, values={"status": "contacted"}),
    )


def _typed(person: Person) -> Values:
    """E-mail and number as they are typed: in capitals here and there, in every spelling."""
    email = person.email.capitalize() if person.number % 5 == 0 else person.email
    return {"email": email, "phone": spelled(person, person.number)}
