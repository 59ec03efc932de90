"""The retention flow: what has been kept long enough goes, every week."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.attempt import TIMEOUT
from systems.backoffice import Backoffice
from systems.backoffice_answers import Tidied
from systems.retention import days_kept, told, until_tidy
from systems.settings import BackofficeSettings, Tunables, load
from tasks.defects import safe_error
from tasks.step import logger
from tasks.tidy import tidy


def _run_name() -> str:
    return f"retention {flow_run.scheduled_start_time:%Y-%m-%d}"


@flow(name="retention", flow_run_name=_run_name, timeout_seconds=TIMEOUT, persist_result=False)
def retention() -> State[Tidied]:
    """Drops from leadsync's own tables what LEADSYNC_KEEP_…_DAYS no longer keeps; leads are not touched."""
    try:
        settings, tunables = load(BackofficeSettings, Tunables)
        with Backoffice(settings, tunables=tunables) as backoffice:
            done = until_tidy(lambda: tidy(backoffice, days_kept(tunables)))
    except Exception as error:  # noqa: BLE001 - what other libraries say may hold personal data, and Prefect logs it
        return Failed(message=str(safe_error(error)))
    logger.info("retention: dropped %s", told(done))
    return Completed(message=f"dropped: {told(done)}", data=done)
