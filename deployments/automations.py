"""Automations of the Prefect server, applied by name: the same file twice changes nothing."""

from pathlib import Path
from typing import Any, Literal

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

FILE = Path(__file__).with_name("automations.yaml")

Change = Literal["created", "updated", "unchanged"]


def wanted(file: Path = FILE) -> list[AutomationCore]:
    """The automations that a file describes, in the form of `prefect automation create --from-file`."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [AutomationCore.model_validate(entry) for entry in document["automations"]]


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


def _content(automation: AutomationCore) -> dict[str, Any]:
    """What an automation says, without its id and without whether a person has paused it."""
    core = AutomationCore.model_validate(automation.model_dump())
    return core.model_dump(mode="json", exclude={"enabled", "owner_resource"})
