"""What the watch remembers from look to look: a Variable of Prefect's, which is there when the backoffice is not."""

import logging

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import VariableCreate, VariableUpdate
from pydantic import TypeAdapter, ValidationError

from leads.incidents import Memory

NAME = "leadsync_watch"

_FORM = TypeAdapter(Memory)

logger = logging.getLogger("leadsync.flows")


def remembered(client: SyncPrefectClient) -> Memory:
    """What was kept last; an empty memory if nothing was, or if it cannot be read."""
    variable = client.read_variable_by_name(NAME)
    if variable is None:
        return Memory()
    try:
        return _FORM.validate_python(variable.value)
    except ValidationError:
        logger.warning("watch: Prefect's variable %s cannot be read; what is wrong is told again", NAME)
        return Memory()


def keep(client: SyncPrefectClient, memory: Memory) -> None:
    """Keeps it."""
    value = _FORM.dump_python(memory, mode="json")
    if client.read_variable_by_name(NAME) is None:
        client.create_variable(VariableCreate(name=NAME, value=value))
    else:
        client.update_variable(VariableUpdate(name=NAME, value=value))
