"""Cases of bad input: each is refused or cleaned, and the rest of its batch goes on."""

from collections.abc import Iterator

from sandbox.samples.case import Case, Expect
from sandbox.samples.scribe import Scribe

_LONG = "Hubert Blaine " * 30
"""420 characters."""


def poison_cases(scribe: Scribe) -> Iterator[Case]:
    """All of them."""
    yield from _refused(scribe)
    yield from _cleaned_in_the_portal(scribe)
    yield from _cleaned_in_zoho(scribe)


def _refused(scribe: Scribe) -> Iterator[Case]:
    nameless = {
        "no-name": None,
        "blank-name": " \t ",
        "name-without-a-letter": "??? 123",
        "endless-name": _LONG,
    }
    for name, text in nameless.items():
        yield Case(
            name=name,
            why="Nobody can be made of this name.",
            portal=(scribe.row(scribe.people.named("No", "Body"), name=text),),
            zoho=(scribe.crm(scribe.people.named("No", "Body"), First_Name=None, Last_Name=text),),
            expect=Expect(zoho=("rejected",), portal=("rejected",), leads=0),
        )
    yield Case(
        name="name-that-is-an-object",
        why="Zoho answers an object where a text belongs.",
        zoho=(scribe.crm(scribe.people.named("No", "Body"), First_Name=[], Last_Name={"display": "Anna"}),),
        expect=Expect(zoho=("rejected",), leads=0),
    )
    yield Case(
        name="id-with-a-letter",
        why="Zoho answers an id that is none.",
        zoho=({**scribe.crm(scribe.people.named("Ġwanna", "Gatt")), "id": "64000000000030o199"},),
        expect=Expect(zoho=("rejected",), leads=0),
    )


def _cleaned_in_the_portal(scribe: Scribe) -> Iterator[Case]:
    yield Case(
        name="address-without-an-at",
        why="The e-mail is none; the number still is one.",
        portal=(scribe.row(scribe.people.named("Paul", "Grech"), email="call me"),),
        expect=Expect(portal=("inserted",), leads=1, values={"email": ""}),
    )
    rung = scribe.people.named("Anna", "Spiteri")
    yield Case(
        name="control-characters",
        why="A bell and an escape stand in the name, a tabulator in the notes.",
        portal=(scribe.row(rung, name="Anna\x07 \x1bSpiteri", notes="first\tline\nsecond"),),
        expect=Expect(portal=("inserted",), leads=1, values={"name": "Anna Spiteri"}),
    )
    yield Case(
        name="over-long-source",
        why="The source has more letters than the backoffice's column.",
        portal=(scribe.row(scribe.people.named("Rita", "Attard"), source="newsletter-" * 9),),
        expect=Expect(portal=("inserted",), leads=1, values={"source": ("newsletter-" * 9)[:50]}),
    )
    yield Case(
        name="no-number-of-euros",
        why="A price that is not a number, and one that no house costs.",
        portal=(scribe.row(scribe.people.named("Karmnu", "Tabone"), total_price="NaN", annual_savings=10**15),),
        expect=Expect(portal=("inserted",), leads=1, values={"total_price": None, "annual_savings": None}),
    )
    yield Case(
        name="link-that-is-a-script",
        why="Anybody can write to the portal's table: the map's link would run a script.",
        portal=(
            scribe.row(scribe.people.named("Eve", "Mallory"), google_maps_link="javascript:alert(document.cookie)"),
        ),
        expect=Expect(portal=("inserted",), leads=1, values={"google_maps_link": None}),
    )


def _cleaned_in_zoho(scribe: Scribe) -> Iterator[Case]:
    yield Case(
        name="wrong-types",
        why="Texts, lists and objects stand where numbers, flags and texts belong.",
        zoho=(
            scribe.crm(
                scribe.people.named("Marthese", "Vella"),
                Email=["not", "one"],
                Quote_Amount="about nine thousand",
                With_Battery="perhaps",
                System_Size={"kw": 5},
                Panel_Count=11.5,
                Description=17,
            ),
        ),
        expect=Expect(
            zoho=("inserted",), leads=1, values={"email": "", "total_price": None, "panel_count": None, "notes": "17"}
        ),
    )
    yield Case(
        name="nul-and-half-a-character",
        why="What PostgreSQL cannot hold: a NUL in the name, half of a surrogate pair in the description.",
        zoho=(
            scribe.crm(
                scribe.people.named("Silvio", "Xuereb"), First_Name="Sil\x00vio", Description="\ud83c sunny roof"
            ),
        ),
        expect=Expect(zoho=("inserted",), leads=1, values={"name": "Silvio Xuereb"}),
    )
    yield Case(
        name="address-with-two-ats",
        why="Zoho let an e-mail pass that is none.",
        zoho=(scribe.crm(scribe.people.named("Doris", "Portelli"), Email="doris@@inbox.example"),),
        expect=Expect(zoho=("inserted",), leads=1, values={"email": ""}),
    )
