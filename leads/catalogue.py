"""The field table as a page for people: `docs/fields.md` is this module's output (`make docs`)."""

from collections.abc import Iterable

from leads.fields import FIELDS, QUOTED, ZOHO_LIMIT, Field, Owner, zoho_names
from leads.quote import ANCHORS

_HEAD = """# Fields

Made from `leads/fields.py` by `make docs`; change it there.

A blank source says nothing about the column. Values in *says nothing* are the column's defaults: as a source's word
they are silence, in the backoffice they are a gap. Columns of `leads` that are not listed are never written.
"""

_MEANING = {
    Owner.IDENTITY: "written once, where nothing stands",
    Owner.EARLIEST: "the earliest that the sources say when they first meet the lead",
    Owner.ZOHO: "both sources; a source's newer word replaces its own older one, and where they differ Zoho's stands",
    Owner.PORTAL: "as before, but the portal's word stands",
    Owner.MEASURED: "fills a gap and is never replaced",
    Owner.FIRST: "what a source says when it first meets a lead that leadsync made, Zoho before portal; never later",
    Owner.STAFF: "as first touch; from then on it belongs to the staff",
    Owner.STICKY: "only ever turns true",
    Owner.FORWARD: "only advances: new, contacted, qualified, converted; lost stands aside",
}


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


_QUOTES = f"""{_names(sorted(QUOTED))} travel together: they come from one offer. A record
that says {_names(ANCHORS)} brings a quote. Zoho's takes the place of the portal's, a source's newer one that of its
own older one, and the portal's newer one that of a quote that both had said; what the new quote leaves empty is emptied
then, which is journalled and can be undone. Sources that agree on size and price speak of one quote, and each may
complete it. At the first contact with a lead that was there before, its quote stands. A quote in which a person changed
anything is not replaced by another source's: the disagreement is recorded, field by field.

Payment, grant type and savings do not travel: they are chosen apart from the equipment, and to empty them would lose
what a person said.
"""

_FORGETTING = f"""{_names(field.column for field in FIELDS if field.personal)} tell who somebody is, or where
they live; when a lead is anonymised, the name becomes a plain word, the texts that may not be null become empty, and
the rest becomes null. What is left is counted with: equipment, amounts, consumption, the island, status, origin and
times, which single nobody out.
"""


def page() -> str:
    """The page in Markdown."""
    owners = "\n".join(f"| {owner.value} | {meaning} |" for owner, meaning in _MEANING.items())
    rows = "\n".join(map(_row, FIELDS))
    return (
        f"{_HEAD}\n## Owners\n\nIn all of them a value that a person or another job changed is kept, and the "
        f"disagreement recorded.\n\n| owner | who may write, and when |\n|---|---|\n{owners}\n\n"
        f"## Quotes\n\n{_QUOTES}\n"
        f"## Forgetting a person\n\n{_FORGETTING}\n"
        f"## Columns\n\n| column | Zoho | portal | owner | says nothing | note |\n|---|---|---|---|---|---|\n{rows}\n\n"
        f"## What Zoho is asked for\n\n{len(zoho_names())} names of at most {ZOHO_LIMIT} that one request may have, "
        f"`Modified_Time` among them; `id` comes unasked.\n"
    )


def _row(field: Field) -> str:
    silences = ", ".join(f"`{silence}`" for silence in field.silences)
    note = "; ".join(filter(None, [f"at most {field.length} characters" if field.length else "", field.note]))
    cells = [f"`{field.column}`", _names(field.zoho), _names(field.portal), field.owner.value, silences, note]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 -- its purpose
