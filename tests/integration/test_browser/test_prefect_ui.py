"""Prefect's own UI as an operator uses it: a dry run started by the form, its log, its artifact."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from sandbox.world import World
from tests.integration.test_browser.conftest import OpenTab
from tests.integration.test_flows.runs import PERSON, ZOHO_LEAD, leads, plant
from tests.integration.test_flows.server import ask, deploy_once, deployment, wait_for

HOURLY = "primary-zoho-sync/hourly"
GOING = ("SCHEDULED", "PENDING", "RUNNING")
DAY, HELP = "Brings the leads that changed in Zoho CRM", "Show what would change, and write nothing."


@pytest.fixture
def ui(company: World, prefect_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of the UI, with leadsync deployed and a worker at work."""
    assert company.zoho_api_domain
    deploy_once(prefect_url)
    with (tmp_path / "worker.log").open("w") as log:
        command = [sys.executable, "-c", "from cli.main import main; main()", "start", "worker"]
        worker = subprocess.Popen(command, stdout=log, stderr=log)
        yield prefect_url.removesuffix("/api")
        worker.terminate()
        worker.wait(60)


def ended(name: str) -> Any:  # noqa: ANN401 - JSON
    """The only run of a deployment that a person started, once it is over."""
    ours = {"deployment_id": {"any_": [deployment(name)["id"]]}}
    found = ask("POST", "/flow_runs/filter", flow_runs=ours)
    return next((run for run in found if not run["auto_scheduled"] and run["state_type"] not in GOING), None)


def custom_run(page: Page) -> None:
    """Goes from the deployment to its form, as people do."""
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").click()


def test_a_dry_run_is_started_by_the_form_and_tells_what_it_would_do(
    ui: str, open_tab: OpenTab, company: World, backoffice_db: psycopg.Connection
) -> None:
    plant(company, ZOHO_LEAD)
    tab = open_tab(f"{ui}/deployments/deployment/{deployment(HOURLY)['id']}")
    page = tab.page
    page.get_by_text("Description", exact=True).click()
    expect(page.get_by_text(re.compile(DAY))).to_be_visible()
    tab.keep("prefect-deployment")

    custom_run(page)
    expect(page.get_by_text(HELP)).to_be_visible()
    form = page.get_by_role("switch")
    form.first.click()
    expect(form.first).to_have_attribute("aria-checked", "true")
    tab.keep("prefect-form")
    page.get_by_role("button", name="Submit", exact=True).click()

    run = wait_for(lambda: ended(HOURLY))
    assert run["parameters"]["dry_run"] is True
    page.goto(f"{ui}/runs/flow-run/{run['id']}")
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"dedupe: batch 1: planned: fetched 1, inserted 1")).first).to_be_visible()
    tab.keep("prefect-run")

    page.get_by_text("Artifacts", exact=True).first.click()
    page.get_by_text("leadsync-primary").last.click()
    expect(page.get_by_role("heading", name=re.compile("primary-zoho-sync"))).to_be_visible()
    expect(page.get_by_text("completed (dry run, nothing was written): fetched 1, inserted 1.").first).to_be_visible()
    expect(page.get_by_role("heading", name="Planned changes")).to_be_visible()
    tab.keep("prefect-artifact")
    assert PERSON not in page.content()
    assert leads(backoffice_db) == []
