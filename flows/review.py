"""The flow behind the deployment `review/decide`: the decisions of `leadsync review` as a form."""

import logging

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.decision import Choice, Decision, carry_out
from systems.backoffice import Backoffice
from systems.settings import BackofficeSettings, Tunables, load
from tasks.defects import safe_error

logger = logging.getLogger("leadsync.flows")


@flow(name="review", flow_run_name="review {decision}", timeout_seconds=300, persist_result=False)
def decide(record: str, decision: Choice, lead: str = "", field: str = "") -> State[str]:
    """Decides what becomes of a record that waits for a person, or of a disagreement on a lead.

    Args:
        record: A record as zoho:ID or portal:ID, from the run's artifact or from `leadsync review`; for keep, take and
            clear the lead's id.
        decision: same: it is the lead's named below. separate: a lead of its own. ignore: leave it alone. retry: look
            at it anew. split: it was linked to the lead named below by mistake. keep, take, clear: the backoffice's
            value stays, the source's is taken, or the field is emptied as at the source.
        lead: The lead's id, for same and split.
        field: The field, for keep, take and clear.
    """
    try:
        settings, tunables = load(BackofficeSettings, Tunables)
        told = Decision(subject=record, decision=decision, lead=lead, field=field)
        with Backoffice(settings, tunables=tunables) as backoffice:
            sentence = carry_out(backoffice, told, by="prefect")
    except Exception as error:  # noqa: BLE001 - what other libraries say may hold personal data
        told_error = safe_error(error)
        logger.error("review: %s", told_error)  # noqa: TRY400 - its text says everything
        return Failed(message=str(told_error))
    logger.info("review: %s", sentence)
    return Completed(message=sentence)
