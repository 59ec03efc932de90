"""What happens to records and leads that are there: in the sources, and in the backoffice."""

from leads.sources import Source
from tests.simulation.actions import zoho_id
from tests.simulation.author import Author, Fields
from tests.simulation.record_scenes import new_record, repair, zoho_contact
from tests.simulation.words import PEOPLE, WORDS, Value, Word

RANKED = tuple(word for word in WORDS if word.rule == "ranked")
"""What a person and both sources may speak of, the latest word counting."""


def edit(author: Author) -> None:
    """A source changes what it says of somebody, not who they are."""
    author.choose((2, zoho_edit), (2, portal_edit), (1, convert))


def interlude(author: Author) -> None:
    """Anything that may happen between two runs, or between two steps of one."""
    author.choose(
        *((5, zoho_edit), (4, portal_edit), (2, convert), (2, burst), (1, address), (1, swap), (1, overwrite)),
        *((1, visit), (2, delete), (2, restore), (1, merge), (1, late_claim), (1, portal_gone), (2, repair)),
        *((2, new_record), (5, staff_edit), (4, dispute), (2, staff_delete), (2, staff_restore), (1, staff_remove)),
    )


def zoho_edit(author: Author) -> None:
    if name := author.any(author.zoho):
        author.then("zoho edits", name, fields=author.words(Source.ZOHO, 0.2))


def portal_edit(author: Author) -> None:
    if name := author.any(author.portal):
        author.then("portal edits", name, fields=author.words(Source.PORTAL, 0.2))


def convert(author: Author) -> None:
    if name := author.any(author.zoho):
        author.then("zoho converts", name)


def burst(author: Author) -> None:
    """Several edits within a second, as a workflow rule or a mass update makes them."""
    for _ in range(author.random.randint(2, 6)):
        if name := author.any(author.zoho):
            author.add("zoho edits", name, label="edits in one second", fields=author.words(Source.ZOHO, 0.2))


def address(author: Author) -> None:
    """A record gets another person's address."""
    person = author.random.choice(PEOPLE)
    if not person.emails:
        return
    if (name := author.any(author.zoho)) and author.chance(0.5):
        fields = {"Email": person.emails[0]}
        author.then("zoho edits", name, label="another's address", whose=person.number, fields=fields)
    elif name := author.any(author.portal):
        fields = {"email": person.emails[0]}
        author.then("portal edits", name, label="another's address", whose=person.number, fields=fields)


def swap(author: Author) -> None:
    one, two = author.any(author.zoho), author.any(author.zoho)
    if one and two:
        author.then("zoho swaps emails", one, other=two)


def overwrite(author: Author) -> None:
    """The portal takes a stranger's Zoho lead for its customer's and writes over it."""
    if name := author.any(author.zoho):
        person = author.random.choice(PEOPLE)
        fields = {**zoho_contact(author, person), **author.words(Source.ZOHO, 0.3)}
        author.then("zoho edits", name, label="written over a stranger", whose=person.number, fields=fields)


def visit(author: Author) -> None:
    """A later visit of the wizard writes nothing over what stood in the row."""
    if name := author.any(author.portal):
        named = [word.portal for word in WORDS if word.portal and author.chance(0.6)]
        author.then("portal edits", name, label="erased by a visit", fields=dict.fromkeys(named))


def delete(author: Author) -> None:
    if name := author.any(author.zoho):
        author.then("zoho deletes", name, for_good=author.chance(0.2))
        author.deleted.append(name)


def restore(author: Author) -> None:
    if name := author.any(author.deleted):
        author.then("zoho restores", name)


def merge(author: Author) -> None:
    one, two = author.any(author.zoho), author.any(author.zoho)
    if one and two:
        author.then("zoho merges", one, into=two)


def late_claim(author: Author) -> None:
    row, lead = author.any(author.portal), author.any(author.zoho)
    if row and lead:
        odd = author.portal[row] != author.zoho[lead]
        author.then("portal edits", row, label="late claim", odd=odd, fields={"zoho_lead_id": zoho_id(lead)})


def portal_gone(author: Author) -> None:
    if name := author.any(author.portal):
        author.then("portal removes", name)


def staff_edit(author: Author) -> None:
    name = author.record()
    if name is None:
        return
    word = author.random.choice(WORDS)
    values: Fields = {word.column: author.random.choice(word.values).canonical}
    if author.chance(0.2):
        values = author.random.choice([{"name": "Renamed Bystaff"}, {"assigned_to": "an agent"}])
    author.then("staff edits", name, label="staff empties" if None in values.values() else "", values=values)


def dispute(author: Author) -> None:
    """A person and a source change the same value, or the person changes what the source empties."""
    if name := author.any({**author.zoho, **author.portal}):
        word = author.random.choice(RANKED)
        oppose(author, name, word, author.random.choice(word.values))


def oppose(author: Author, name: str, word: Word, theirs: Value) -> None:
    """A person writes one value of a record's lead, and its source says another."""
    ours = author.random.choice(word.values)
    if ours.canonical is not None:
        author.then("staff edits", name, values={word.column: ours.canonical})
    say(author, name, word, theirs, label="disputed")


def say(author: Author, name: str, word: Word, value: Value, label: str = "") -> None:
    """The source of a record says something of it."""
    source = Source.ZOHO if name in author.zoho else Source.PORTAL
    fields = {word.name(source): author.random.choice(value.spellings)}
    author.then(f"{source} edits", name, label=label, fields=fields)


def staff_delete(author: Author) -> None:
    if name := author.record():
        author.then("staff deletes", name)
        author.buried.append(name)


def staff_restore(author: Author) -> None:
    if name := author.any(author.buried):
        author.then("staff restores", name)


def staff_remove(author: Author) -> None:
    if name := author.record():
        author.then("staff removes", name)
