"""The reconciliation: everything that both sources have, compared with the backoffice, every week."""

from typing import Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows import portal_source, zoho_source
from flows.attempt import TIMEOUT, Attempt, attempt
from flows.comparison import NAMES, Comparison
from flows.first_import import admitted
from flows.reconciled import Reconciled
from leads.sources import Source
from systems.settings import PortalSettings, ZohoSettings
from tasks.dedupe import dedupe
from tasks.extract_portal import extract_portal
from tasks.fetch_zoho import fetch_zoho
from tasks.parcels import each

Only = Literal["both", "zoho", "portal"]


def _run_name() -> str:
    healing = ", healing" if flow_run.parameters.get("heal") else ""
    return f"reconcile {flow_run.scheduled_start_time:%Y-%m-%d}{healing}"


@flow(name="reconcile", flow_run_name=_run_name, timeout_seconds=TIMEOUT, persist_result=False)
def reconcile(
    heal: bool = False,  # noqa: FBT001, FBT002 - a form's field
    only: Only = "both",
) -> State[Reconciled]:
    """Compares all records of Zoho CRM and the sales portal with the backoffice, and lists where they differ and why.

    It finds what no other run is told of: values that change without a time (formulas), records that a source lost long
    ago, leads that share an id or an address.

    Args:
        heal: Bring in what is missing and what differs, and mark what is gone at its source, as every run does.
        only: Compare only one of the sources.
    """
    asked = {"mode": "full", "since": "", "dry_run": not heal, "maximum": 0, "confirm_first_import": False}
    done = Reconciled(heal=heal)
    if only != "portal":
        done.add(compare_zoho(asked, done))
    if only != "zoho":
        done.add(compare_portal(asked, done))
    return done.state()


def compare_zoho(asked: dict[str, Any], done: Reconciled) -> Attempt[ZohoSettings]:
    """Compares what Zoho has."""
    with attempt(Source.ZOHO, ZohoSettings, asked, name=NAMES[Source.ZOHO]) as run:
        run.begin()
        comparison = Comparison(run, done.note)
        with zoho_source.zoho_source(run) as zoho:
            for draft in admitted(run, lambda: (dedupe(run.desk, haul) for haul in each(fetch_zoho, zoho.changed()))):
                comparison.take(draft)
            zoho_source.note_end(run, zoho)
            for deletions in each(fetch_zoho, zoho.deleted):
                comparison.settle_deleted(deletions)
            comparison.settle_gone()
            zoho_source.note_all(run, zoho)
        comparison.note_doubles()
    return run


def compare_portal(asked: dict[str, Any], done: Reconciled) -> Attempt[PortalSettings]:
    """Compares what the portal has."""
    with attempt(Source.PORTAL, PortalSettings, asked, name=NAMES[Source.PORTAL]) as run:
        run.begin()
        comparison = Comparison(run, done.note)
        with portal_source.portal_source(run) as portal:
            portal_source.skip_if_one_database(run, portal)
            for draft in admitted(run, lambda: (dedupe(run.desk, haul) for haul in each(extract_portal, portal.all()))):
                comparison.take(draft)
            portal_source.note_end(run, portal)
            comparison.settle_gone()
    return run
