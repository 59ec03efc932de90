"""`leadsync history`: a lead's story over all systems, values included, on stdout alone."""

import json as json_module
from typing import Annotated

from cyclopts import Parameter

from flows.subject import Subject
from leads.history import Event, Kind, subject
from leads.history import history as events_of
from leads.values import Json
from systems.backoffice import Backoffice
from systems.errors import Refused
from systems.settings import BackofficeSettings, Tunables, load


def history(lead: str, /, *, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Tell what happened to a lead: its records, every change and its reason, conflicts, and what waits.

    Prints what the lead holds and held: names, addresses, numbers.

    Args:
        lead: The lead's id in the backoffice; or one of its source records, as zoho:ID or portal:ID.
        json: Print the events as one JSON object.
    """
    person = Subject.read(lead)
    settings, tunables = load(BackofficeSettings, Tunables)
    with Backoffice(settings, tunables=tunables) as backoffice:
        story = person.story(backoffice)
    told = story.model_dump()
    events = events_of(told)
    if not events and story.lead is None:
        raise Refused("Backoffice", f"nothing is kept on {lead}", "Give a lead's id, zoho:ID or portal:ID.")
    if json:
        print(json_module.dumps({"lead_id": subject(told), "events": [event.as_json() for event in events]}))
    else:
        _tell(subject(told), events)
    return 0


def _tell(lead_id: str | None, events: list[Event]) -> None:
    print(f"Lead {lead_id}" if lead_id else "A record without a lead")
    for event in events:
        print("  ".join(filter(None, [_when(event), event.kind.value, _what(event), _whence(event), event.why])))


def _when(event: Event) -> str:
    if event.kind in (Kind.EDITED, Kind.GONE):
        return f"{_moment(event.since)} to {_moment(event.at)}"
    return _moment(event.at)


def _moment(at: str | None) -> str:
    """To the second; everything that the backoffice tells is in UTC."""
    return f"{at[:19]}Z" if at else "now"


def _what(event: Event) -> str:
    if event.field is None or (event.old is None and event.new is None):
        return event.field or ""
    new = _text(event.new)
    if event.kind in (Kind.INSERTED, Kind.KEPT):
        return f"{event.field}: {new}"
    return f"{event.field}: {_text(event.old)} → {new}"


def _whence(event: Event) -> str:
    """The record, flow and attempt that it comes from."""
    attempt = f"attempt {event.attempt_id}" if event.attempt_id else None
    parts = ", ".join(filter(None, [event.record, event.flow, attempt]))
    return f"({parts})" if parts else ""


def _text(value: Json) -> str:
    """One line, whatever it holds."""
    if value is None:
        return "nothing"
    plain = isinstance(value, str) and value.isprintable() and value.strip() == value != ""
    return str(value) if plain else json_module.dumps(value, ensure_ascii=False)
