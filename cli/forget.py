"""`leadsync forget`: removes a person, and says what is left to be done by hand."""

import getpass
import json as json_module
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from cyclopts import Parameter

from flows.subject import Subject
from leads.erasure import Held, anonymised, remaining
from leads.sources import Source
from systems.backoffice import Backoffice
from systems.backoffice_answers import Forgotten
from systems.errors import Refused
from systems.settings import BackofficeSettings, Tunables, load


def forget(
    subject: str,
    /,
    *,
    anonymise_lead: Annotated[bool, Parameter(negative="")] = False,
    yes: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Remove a person from leadsync's own tables, for good; no later run brings them back from any source.

    Only keyed hashes of their ids, addresses and phones stay. Zoho and the portal are not touched.

    Args:
        subject: The lead's id in the backoffice; or one of its source records, as zoho:ID or portal:ID.
        anonymise_lead: Overwrite the person's values in the lead too and delete it softly; its child rows stay.
        yes: Do not ask.
        json: Print the result as one JSON object.
    """
    person = Subject.read(subject)
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice:
        held = person.held(backoffice)
        if held.nothing and person.lead_id:
            cure = "Give a lead's id, zoho:ID or portal:ID; a forgotten person is known no more."
            raise Refused("Backoffice", "it holds nothing on that lead", cure)
        _confirm(_plan(held, anonymise=anonymise_lead), yes=yes)
        erasure = _carry_out(backoffice, person, held, anonymise=anonymise_lead)
    if json:
        print(json_module.dumps(erasure.as_json()))
    else:
        print("\n".join(_result(erasure)))
    return 0


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """A person who was forgotten: what went, and what a person should look at."""

    erasure: str
    forgotten: Forgotten
    lead_id: str | None
    """The lead, where there is a row of it."""
    columns: list[str]
    """Columns of the anonymised lead that may still tell who it was."""
    sources: list[str]
    """Records that the sources still hold."""

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "erasure": self.erasure,
            "records": self.forgotten.records,
            "lead": self.lead_id,
            "lead_anonymised": self.forgotten.lead_anonymised,
            "untouched": self.columns,
            "children": list(self.forgotten.children),
            "waiting": self.forgotten.waiting,
            "look_at": [str(record) for record in self.forgotten.look_at],
            "sources": self.sources,
        }


def _carry_out(backoffice: Backoffice, person: Subject, held: Held, *, anonymise: bool) -> Erasure:
    columns = {name: column.model_dump() for name, column in backoffice.context().columns.items()}
    erasure = str(uuid4())
    forgotten = backoffice.forget(
        erasure,
        person.payload(),
        held.keys().payload(),
        anonymise=anonymised(columns) if anonymise else None,
        by=_operator(),
    )
    return Erasure(
        erasure=erasure,
        forgotten=forgotten,
        lead_id=str(held.lead["id"]) if held.lead else None,
        columns=remaining(forgotten.untouched, columns) if forgotten.lead_anonymised else [],
        sources=sorted(_at_the_sources(person, held)),
    )


def _at_the_sources(person: Subject, held: Held) -> set[str]:
    """Records that the sources hold of the person, as far as is known."""
    asked = {":".join(person.record)} if person.record else set()
    linked = {f"{row['source']}:{row['source_id']}" for row in held.records if not row["deleted_at_source"]}
    lead = held.lead or {}
    named = {f"{source}:{lead[f'{source}_lead_id']}" for source in Source if lead.get(f"{source}_lead_id")}
    return asked | linked | named


def _operator() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _confirm(plan: str, *, yes: bool) -> None:
    """Says what will go, and lets a person at a terminal agree.

    Raises:
        Refused: nobody is there to be asked, or they do not agree.
    """
    print(plan, file=sys.stderr)
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("leadsync", "nobody is there to confirm it", "Run it in a terminal, or with --yes.")
    print("This cannot be undone. Forget them? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("leadsync", "it was not confirmed, and nothing was changed", "Answer y to go on.")


def _plan(held: Held, *, anonymise: bool) -> str:
    if held.nothing:
        return "Nothing is known of that record; should it come, it will be no lead but wait as `was forgotten`."
    lead = "be anonymised" if anonymise else "stay as it is (--anonymise-lead overwrites it)"
    return (
        f"Of our own tables {len(held.records)} records, {len(held.journal)} journal entries and "
        f"{len(held.conflicts)} conflicts will go. "
        + (f"The lead will {lead}." if held.lead else "There is no lead of theirs.")
    )


def _result(erasure: Erasure) -> Iterator[str]:
    done = erasure.forgotten
    yield f"Forgotten: {done.records} records are gone, and no run brings them back."
    if done.lead_anonymised:
        yield f"The lead {erasure.lead_id} is anonymised and deleted softly."
    elif erasure.lead_id:
        yield f"The lead {erasure.lead_id} is as it was; --anonymise-lead overwrites it."
    if erasure.columns:
        yield f"Look at these columns of it, which are not leadsync's: {', '.join(erasure.columns)}."
    if done.children:
        yield f"Look at the rows that refer to it: {', '.join(done.children)}."
    if done.waiting:
        named = ", ".join(map(str, done.look_at))
        yield f"{done.waiting} records that may be theirs wait for a person: {named or 'see leadsync review'}."
    if erasure.sources:
        yield f"The sources still hold them; clear there by hand: {', '.join(erasure.sources)}."
