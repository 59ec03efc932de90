"""Automations of the Prefect server, applied by name: the same file twice changes nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

FILE = Path(__file__).with_name("automations.yaml")

OURS = "leadsync-"
"""How the names of all our automations begin."""

PLACES = {"block": "block_document_id", "deployment": "deployment_id"}
"""Keys of an action that hold a name, and what Prefect calls the id in its place."""

Change = Literal["created", "updated", "unchanged"]
Entry = dict[str, Any]


def names(known: set[str], file: Path = FILE) -> list[str]:
    """The names of those automations of a file whose blocks are among the known ones."""
    return [entry["name"] for entry in _entries(file) if _named(entry, "block") <= known]


def wanted(ids: Mapping[str, UUID], file: Path = FILE) -> list[AutomationCore]:
    """The automations that a file describes, in the form of `prefect automation create --from-file`.

    Args:
        ids: of blocks and deployments by name. What needs another one is left out.
        file: in that form, with names in place of ids (`PLACES`).
    """
    return [
        AutomationCore.model_validate(_with_ids(entry, ids))
        for entry in _entries(file)
        if all(_named(entry, place) <= ids.keys() for place in PLACES)
    ]


def apply(client: SyncPrefectClient, automation: AutomationCore) -> Change:
    """Makes one automation what it should be, and removes others of its name.

    An automation that already is as it should be is left alone: an update would forget what its trigger has counted.
    One that a person has paused stays paused.
    """
    found = client.read_automations_by_name(automation.name)
    if not found:
        client.create_automation(automation)
        return "created"
    kept, *doubles = found
    for double in doubles:
        client.delete_automation(double.id)
    if _content(kept) == _content(automation):
        return "unchanged"
    client.update_automation(kept.id, automation.model_copy(update={"enabled": kept.enabled}))
    return "updated"


def remove_others(client: SyncPrefectClient, kept: set[str]) -> Iterator[str]:
    """Removes automations of ours that are none of these; gives their names."""
    for automation in client.read_automations():
        if automation.name.startswith(OURS) and automation.name not in kept:
            client.delete_automation(automation.id)
            yield automation.name


def _entries(file: Path) -> list[Entry]:
    entries: list[Entry] = yaml.safe_load(file.read_text(encoding="utf-8"))["automations"]
    return entries


def _named(entry: Entry, place: str) -> set[str]:
    return {action[place] for action in entry["actions"] if place in action}


def _with_ids(entry: Entry, ids: Mapping[str, UUID]) -> Entry:
    actions = [
        {PLACES.get(key, key): ids[value] if key in PLACES else value for key, value in action.items()}
        for action in entry["actions"]
    ]
    return {**entry, "actions": actions}


def _content(automation: AutomationCore) -> dict[str, Any]:
    """What an automation says, without its id and without whether a person has paused it; sets as sets, in no order."""
    core = AutomationCore.model_validate(automation.model_dump())
    return core.model_dump(exclude={"enabled", "owner_resource"})
