"""The backup flow: what the sales portal holds, every night."""

from prefect import flow
from prefect.client.schemas.objects import State

from flows.attempt import TIMEOUT, attempt
from flows.first_import import admitted, remember_confirmation
from flows.origin import run_name
from flows.outcome import Outcome
from flows.portal_source import note_end, portal_source, skip_if_one_database
from flows.request import NAMES, Mode
from leads.sources import Source
from systems.settings import PortalSettings
from tasks.dedupe import dedupe
from tasks.extract_portal import extract_portal
from tasks.load_backoffice import load_backoffice
from tasks.parcels import each


@flow(name=NAMES[Source.PORTAL], flow_run_name=run_name, timeout_seconds=TIMEOUT, persist_result=False)
def portal_to_backoffice(
    mode: Mode = "incremental",
    since: str = "",
    dry_run: bool = False,  # noqa: FBT001, FBT002 - a form's field
    maximum: int = 0,
    confirm_first_import: bool = False,  # noqa: FBT001, FBT002 - a form's field
) -> State[Outcome]:
    """Brings what the sales portal holds into the backoffice.

    The portal does not tell what changed, so every run reads all its rows; what has not changed costs the read only.

    Args:
        mode: "incremental" and "full" read the same here: everything.
        since: Only sets where the run is said to begin; everything is read. Empty: as the mode says.
        dry_run: Show what would change, and write nothing.
        maximum: Stop after this many records; 0 reads to the end.
        confirm_first_import: Confirm that old leads come in, which the company's own mails will then reach.
    """
    asked = {"mode": mode, "since": since, "dry_run": dry_run, "maximum": maximum}
    asked |= {"confirm_first_import": confirm_first_import}
    with attempt(Source.PORTAL, PortalSettings, asked) as run:
        run.begin()
        remember_confirmation(run)
        with portal_source(run) as portal:
            skip_if_one_database(run, portal)
            for draft in admitted(run, lambda: (dedupe(run.desk, haul) for haul in each(extract_portal, portal.all()))):
                if dry_run:
                    run.show(draft)
                else:
                    run.counts += load_backoffice(run.desk, draft)
            note_end(run, portal)
    return run.outcome.state()
