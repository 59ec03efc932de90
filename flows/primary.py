"""The primary flow: what changed in Zoho CRM, every hour."""

from prefect import flow
from prefect.client.schemas.objects import State

from flows.attempt import TIMEOUT, attempt
from flows.checkpoint import note_progress
from flows.first_import import admitted, remember_confirmation
from flows.origin import run_name
from flows.outcome import Outcome
from flows.request import NAMES, Mode
from flows.zoho_source import note_all, note_deleted, note_end, zoho_source
from leads.sources import Source
from systems.settings import ZohoSettings
from tasks.dedupe import dedupe
from tasks.fetch_zoho import fetch_zoho
from tasks.load_backoffice import load_backoffice
from tasks.parcels import each


@flow(name=NAMES[Source.ZOHO], flow_run_name=run_name, timeout_seconds=TIMEOUT, persist_result=False)
def zoho_to_backoffice(
    mode: Mode = "incremental",
    since: str = "",
    dry_run: bool = False,  # noqa: FBT001, FBT002 - a form's field
    maximum: int = 0,
    confirm_first_import: bool = False,  # noqa: FBT001, FBT002 - a form's field
) -> State[Outcome]:
    """Brings the leads that changed in Zoho CRM into the backoffice.

    Args:
        mode: "incremental" reads what changed since the last complete run, "full" reads every lead.
        since: Read from this time instead, in ISO 8601 (UTC if it names no offset). Empty: as the mode says.
        dry_run: Show what would change, and write nothing.
        maximum: Stop after this many records; 0 reads to the end.
        confirm_first_import: Confirm that old leads come in, which the company's own mails will then reach.
    """
    asked = {"mode": mode, "since": since, "dry_run": dry_run, "maximum": maximum}
    asked |= {"confirm_first_import": confirm_first_import}
    with attempt(Source.ZOHO, ZohoSettings, asked) as run:
        run.begin()
        remember_confirmation(run)
        with zoho_source(run) as zoho:
            for draft in admitted(run, lambda: (dedupe(run.desk, haul) for haul in each(fetch_zoho, zoho.changed()))):
                if dry_run:
                    run.show(draft)
                else:
                    run.counts += load_backoffice(run.desk, draft)
                    note_progress(run, draft)
            note_end(run, zoho)
            for deletions in each(fetch_zoho, zoho.deleted):
                if dry_run:
                    run.show(deletions)
                else:
                    run.counts += load_backoffice(run.desk, deletions)
            note_deleted(run, zoho)
            note_all(run, zoho)
    return run.outcome.state()
