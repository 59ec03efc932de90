"""The field table as a page for people: `docs/fields.md` is this module's output (`make docs`)."""

from leads.fields import FIELDS, ZOHO_LIMIT, Field, Owner, zoho_names

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


def page() -> str:
    """The page in Markdown."""
    owners = "\n".join(f"| {owner.value} | {meaning} |" for owner, meaning in _MEANING.items())
    rows = "\n".join(map(_row, FIELDS))
    return (
        f"{_HEAD}\n## Owners\n\nIn all of them a value that a person or another job changed is kept, and the "
        f"disagreement recorded.\n\n| owner | who may write, and when |\n|---|---|\n{owners}\n\n"
        f"## Columns\n\n| column | Zoho | portal | owner | says nothing | note |\n|---|---|---|---|---|---|\n{rows}\n\n"
        f"## What Zoho is asked for\n\n{len(zoho_names())} names of at most {ZOHO_LIMIT} that one request may have, "
        f"`Modified_Time` among them; `id` comes unasked.\n"
    )


def _row(field: Field) -> str:
    silences = ", ".join(f"`{silence}`" for silence in field.silences)
    note = "; ".join(filter(None, [f"at most {field.length} characters" if field.length else "", field.note]))
    cells = [f"`{field.column}`", _names(field.zoho), _names(field.portal), field.owner.value, silences, note]
    return f"| {' | '.join(cells)} |"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 -- its purpose
