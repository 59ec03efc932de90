"""How records come to be: people known to one source or both, twins, wrong claims, poison, leads of other jobs."""

from typing import Any

from leads.sources import Source
from tests.simulation.author import AGES, Author, Fields
from tests.simulation.words import FORBIDDEN, PEOPLE, WORDS, Person


def new_record(author: Author) -> None:
    """Something new in a source, or from another job."""
    if author.calm:
        author.choose((1, zoho_lead), (1, portal_row))
    else:
        author.choose(
            *((5, zoho_lead), (5, portal_row), (2, wizard), (1, chat_twin)),
            *((1, zoho_poison), (1, portal_poison), (2, job_lead)),
        )


def zoho_lead(author: Author) -> None:
    if person := author.person(author.zoho):
        _zoho_lead(author, person)


def portal_row(author: Author) -> None:
    person = author.person(author.portal)
    if person is None:
        return
    claimed = _claim(author, person) if author.chance(0.4) else {}
    _portal_row(author, person, label="wrong claim" if claimed.get("odd") else "", **claimed)


def wizard(author: Author) -> None:
    """Somebody fills in the portal's form; the portal then writes Zoho, soon, late or never."""
    person = author.random.choice(PEOPLE)
    _portal_row(author, person)
    if author.chance(0.8):
        _zoho_lead(author, person)


def chat_twin(author: Author) -> None:
    """The portal's chat avatar saves a session, perhaps for the second time."""
    person = author.random.choice(PEOPLE)
    session = f"5e55105e-0000-4000-8000-00000000000{person.number}"
    words = {"source": "avatar-chat-auto", "notes": f"saved from chat session {session}"}
    _portal_row(author, person, fields=words, odd=True, label="chat twin")


def zoho_poison(author: Author, whose: Person | None = None) -> None:
    person = whose or author.random.choice(PEOPLE)
    name = author.name("Z")
    spoilt: Fields = author.random.choice(
        [
            *({"id": None}, {"id": f"none {name}"}, {"Last_Name": None, "First_Name": ""}),
            *({"Last_Name": "?!", "First_Name": None}, {"Street": FORBIDDEN}, {"Last_Name": "x" * 300}),
        ]
    )
    if "id" not in spoilt:
        author.zoho[name] = person.number
        author.poison.append(name)
    fields = {**zoho_contact(author, person), **spoilt}
    author.then("zoho creates", name, label="zoho poison", person=person.number, odd=True, fields=fields)


def portal_poison(author: Author, whose: Person | None = None) -> None:
    person = whose or author.random.choice(PEOPLE)
    name = author.name("P")
    author.portal[name] = person.number
    author.poison.append(name)
    spoilt: Fields = author.random.choice([{"name": ""}, {"name": None}, {"name": "\x00"}, {"address": FORBIDDEN}])
    fields = {**portal_contact(author, person), **spoilt}
    author.then("portal creates", name, label="portal poison", person=person.number, odd=True, fields=fields)


def repair(author: Author, which: str | None = None) -> None:
    """Somebody puts right what kept a record from being a lead."""
    name = which or author.any(author.poison)
    if name in author.zoho:
        good = {**zoho_contact(author, PEOPLE[author.zoho[name]]), "Street": "Triq il-Kbira 4"}
        author.then("zoho edits", name, label="poison repaired", fields=good)
    elif name is not None:
        good = {**portal_contact(author, PEOPLE[author.portal[name]]), "address": "Triq il-Kbira 4"}
        author.then("portal edits", name, label="poison repaired", fields=good)


def job_lead(author: Author) -> None:
    """Another job of the company inserts somebody, perhaps with a Zoho id that it knows, perhaps a wrong one."""
    person = author.random.choice(PEOPLE)
    name = author.name("J")
    author.jobs[name] = person.number
    contact = {"name": person.names[0], "email": next(iter(person.emails), ""), "phone": person.phones[1]}
    known = {word.column: author.random.choice(word.values).canonical for word in WORDS if author.chance(0.3)}
    values = {**contact, **{column: value for column, value in known.items() if value is not None}}
    own = [lead for lead, number in author.zoho.items() if number == person.number]
    knows = author.any(own or author.zoho) if author.chance(0.4) else None
    author.then("job inserts", name, person=person.number, values=values, knows=knows or "")


def zoho_contact(author: Author, person: Person) -> Fields:
    first, _, last = (author.spelled(person.names) or "").rpartition(" ")
    halved = not author.calm and author.chance(0.1)
    fields: Fields = {"First_Name": None if halved else first, "Last_Name": last}
    if author.chance(0.85):
        fields["Email"] = author.spelled(person.emails)
    if author.chance(0.85):
        fields[author.random.choice(["Phone", "Phone", "Mobile"])] = author.spelled(person.phones)
    return fields


def portal_contact(author: Author, person: Person) -> Fields:
    return {
        "name": author.spelled(person.names),
        "email": author.spelled(person.emails) if author.chance(0.9) else "",
        "phone": author.spelled(person.phones) if author.chance(0.9) else "",
    }


def _zoho_lead(author: Author, person: Person) -> None:
    twin = person.number in author.zoho.values()
    name = author.name("Z")
    author.zoho[name] = person.number
    author.then(
        "zoho creates",
        name,
        label="zoho twin" if twin else "",
        person=person.number,
        fields={**zoho_contact(author, person), **author.words(Source.ZOHO, 0.35)},
        age=author.random.choice(AGES),
        odd=twin,
    )


def _portal_row(
    author: Author,
    person: Person,
    *,
    fields: Fields | None = None,
    label: str = "",
    odd: bool = False,
    claims: str = "",
) -> None:
    twin = person.number in author.portal.values()
    name = author.name("P")
    author.portal[name] = person.number
    author.then(
        "portal creates",
        name,
        label=label or ("portal twin" if twin else ""),
        person=person.number,
        fields={**portal_contact(author, person), **author.words(Source.PORTAL, 0.35), **(fields or {})},
        age=author.random.choice(AGES),
        claims=claims,
        odd=odd or twin,
    )


def _claim(author: Author, person: Person) -> dict[str, Any]:
    """The Zoho id that a row comes with: mostly the person's own, at times a stranger's or a contact's."""
    own = [name for name, number in author.zoho.items() if number == person.number]
    if own and (author.calm or author.chance(0.7)):
        return {"claims": own[0]}
    if author.calm:
        return {}
    other = author.any(author.zoho) if author.chance(0.7) else None
    return {"claims": other or "Z999", "odd": True}
