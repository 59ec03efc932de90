"""`leadsync rejected`: the dead letters, one of them with its content, and trying them again."""

import json as json_module
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from flows.decision import Decision, carry_out
from flows.subject import Subject
from flows.waiting import age
from systems.backoffice import Backoffice
from systems.backoffice_answers import WaitingRecord
from systems.errors import Refused
from systems.settings import BackofficeSettings, Tunables, load


def rejected(
    *words: str,
    every: Annotated[bool, Parameter(name="--all", negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """List the records that cannot become leads, show one with its content, or try them again.

    They are tried again by themselves whenever their source record changes. `leadsync rejected retry RECORD`, or
    `retry --all`, is for what was repaired in the backoffice: the next run takes them up.

    Args:
        words: Nothing, a record as zoho:ID or portal:ID, or retry and a record.
        every: With retry: all of them.
        json: Print the list as JSON.
    """
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice:
        letters = [record for record in backoffice.waiting().records if record.place == "dead_letter"]
        match list(words):
            case []:
                _list(letters, json=json)
            case ["retry"] if every:
                _retry_all(backoffice, letters)
            case ["retry", record]:
                print(carry_out(backoffice, Decision(subject=record, decision="retry"), by="cli"))
            case [record]:
                _show(backoffice, record)
            case _:
                cure = "Say `leadsync rejected`, `… RECORD`, `… retry RECORD` or `… retry --all`."
                raise Refused("Parameters", "those words mean nothing here", cure)
    return 0


def _list(letters: list[WaitingRecord], *, json: bool) -> None:
    if json:
        print(json_module.dumps([letter.model_dump(mode="json") for letter in letters]))
        return
    now = datetime.now(UTC)
    table = Table("record", "reason", "waits for", "to be tried again", title=f"{len(letters)} dead letters")
    for one in letters:
        again = "at the next run" if one.recalled else ""
        table.add_row(f"{one.source}:{one.source_id}", one.reason, age(one.since, now), again)
    Console().print(table)


def _retry_all(backoffice: Backoffice, letters: list[WaitingRecord]) -> None:
    for letter in letters:
        name = f"{letter.source}:{letter.source_id}"
        carry_out(backoffice, Decision(subject=name, decision="retry"), by="cli")
    print(f"Noted: the next runs look at {len(letters)} dead letters anew.")


def _show(backoffice: Backoffice, record: str) -> None:
    source, source_id = Subject.read(record).record or (None, None)
    found = backoffice.story(None, source, source_id).records if source else ()
    letters = [row for row in found if row["place"] == "dead_letter" and row["source_id"] == source_id]
    if not letters:
        raise Refused("Backoffice", "there is no such dead letter", "The list is at `leadsync rejected`.")
    (letter,) = letters
    print(f"{record}: {letter['reason']}")
    print(json_module.dumps(letter["content"], indent=2, ensure_ascii=False))
