"""`leadsync deploy` on a real Prefect server, and what the server then does by itself."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from sandbox.world import World
from tests.integration.telegram_api import TOKEN, TelegramApi
from tests.integration.test_flows.server import ask, deployment, wait_for

HOURLY, DAILY, WEEKLY = "primary-zoho-sync/hourly", "backup-portal-sync/daily", "retention/weekly"
PARAMETERS = {"mode", "since", "dry_run", "maximum", "confirm_first_import"}


@dataclass(frozen=True)
class Deploy:
    """What a deploy said, and the schedule's id after it."""

    said: list[str]
    schedule: str


@pytest.fixture(scope="module")
def deploys(prefect_url: str) -> list[Deploy]:
    """Two deploys in a row."""
    from deployments.bootstrap import bootstrap  # noqa: PLC0415 - imports Prefect

    assert prefect_url
    return [Deploy(list(bootstrap()), deployment(HOURLY)["schedules"][0]["id"]) for _ in range(2)]


def test_a_second_deploy_changes_nothing(deploys: list[Deploy]) -> None:
    first, second = deploys
    assert first.said[0].startswith("work pool leadsync: ")
    assert second.said[0] == "work pool leadsync: unchanged"
    assert "automation leadsync-no-heartbeat: unchanged" in second.said
    assert second.said[-1].startswith("Telegram: the tier admin has no bot or no chat")
    assert second.schedule == first.schedule


def test_each_automation_is_there_once(deploys: list[Deploy]) -> None:
    assert deploys
    names = sorted(automation["name"] for automation in ask("POST", "/automations/filter"))
    assert names == [
        f"leadsync-{name}" for name in ("backup-after-failures", "look-after-a-run", "never-began", "no-heartbeat")
    ]


def test_with_a_bot_the_server_itself_can_write_and_without_one_nothing_of_it_is_left(
    deploys: list[Deploy], telegram: TelegramApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    from deployments import blueprint, bootstrap, telegram_block  # noqa: PLC0415 - imports Prefect

    def settle() -> list[str]:
        with get_client(sync_client=True) as client:
            return list(bootstrap.settle_automations(client, blueprint.planned()))

    assert deploys
    assert "automation leadsync-no-worker: created" in settle()
    assert {line.rpartition(": ")[2] for line in settle()} == {"unchanged"}
    (block,) = ask("POST", "/block_documents/filter")
    assert block["name"] == telegram_block.NAME
    assert TOKEN not in str(block)
    monkeypatch.delenv("TELEGRAM_ADMIN_CHAT_ID")
    assert "automation leadsync-no-worker: removed" in settle()
    assert ask("POST", "/block_documents/filter") == []
    assert telegram.messages == []


def test_automations_of_ours_that_left_the_files_are_removed_and_others_stay(deploys: list[Deploy]) -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    from deployments import automations, blueprint, bootstrap  # noqa: PLC0415 - imports Prefect

    wanted, *_ = automations.wanted({})
    assert deploys
    with get_client(sync_client=True) as client:
        for name in ("leadsync-of-long-ago", "somebody-else"):
            client.create_automation(wanted.model_copy(update={"name": name}))
        said = list(bootstrap.settle_automations(client, blueprint.planned()))
        assert "automation leadsync-of-long-ago: removed" in said
        assert client.read_automations_by_name("leadsync-of-long-ago") == []
        (other,) = client.read_automations_by_name("somebody-else")
        client.delete_automation(other.id)


def test_an_automation_that_was_doubled_or_changed_becomes_one_and_right_again(deploys: list[Deploy]) -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    from deployments import automations  # noqa: PLC0415 - imports Prefect

    wanted, *_ = automations.wanted({})
    assert deploys
    with get_client(sync_client=True) as client:
        client.create_automation(wanted.model_copy(update={"description": "another one"}))
        assert automations.apply(client, wanted) == "updated"
        assert automations.apply(client, wanted) == "unchanged"
        assert len(client.read_automations_by_name(wanted.name)) == 1


def test_an_automation_that_a_person_paused_stays_paused(deploys: list[Deploy]) -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - imports Prefect

    from deployments import automations  # noqa: PLC0415 - imports Prefect

    wanted, *_ = automations.wanted({})
    assert deploys
    with get_client(sync_client=True) as client:
        (found,) = client.read_automations_by_name(wanted.name)
        client.pause_automation(found.id)
        assert automations.apply(client, wanted) == "unchanged"
        assert [one.enabled for one in client.read_automations_by_name(wanted.name)] == [False]
        client.resume_automation(found.id)


@pytest.mark.parametrize(
    ("name", "cron", "zone", "parameters"),
    [
        (HOURLY, "0 * * * *", "UTC", PARAMETERS),
        (DAILY, "0 2 * * *", "Europe/Malta", PARAMETERS),
        (WEEKLY, "30 3 * * 0", "Europe/Malta", set()),
    ],
)
def test_the_server_has_schedule_limit_and_form(
    name: str, cron: str, zone: str, parameters: set[str], deploys: list[Deploy]
) -> None:
    there = deployment(name)
    assert deploys
    (schedule,) = there["schedules"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == (cron, zone)
    assert there["global_concurrency_limit"]["limit"] == 1
    assert there["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    form = there["parameter_openapi_schema"]
    assert set(form["properties"]) == parameters
    assert all(field["description"] and "default" in field for field in form["properties"].values())
    assert form.get("required", []) == []


def test_the_scheduler_makes_runs(deploys: list[Deploy]) -> None:
    there = deployment(HOURLY)
    assert deploys
    wanted = {"deployments": {"id": {"any_": [there["id"]]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    runs = wait_for(lambda: ask("POST", "/flow_runs/filter", **wanted))
    assert all("auto-scheduled" in run["tags"] for run in runs)


def test_three_failures_in_a_row_start_the_backup(deploys: list[Deploy], company: World) -> None:
    primary = deployment(HOURLY)["id"]
    backup = deployment(DAILY)["id"]
    for kind in ("FAILED", "CRASHED", "FAILED"):
        end_a_run(primary, kind)
    wanted = {"deployments": {"id": {"any_": [backup]}}, "flow_runs": {"tags": {"all_": ["leadsync"]}}}

    def started() -> list[Any]:
        return [run for run in ask("POST", "/flow_runs/filter", **wanted) if not run["auto_scheduled"]]

    (run,) = wait_for(started)
    assert deploys
    assert company
    assert run["created_by"]["type"] == "AUTOMATION"
    assert run["parameters"] == {"mode": "incremental"}


def end_a_run(deployment_id: str, kind: str) -> None:
    run = ask("POST", f"/deployments/{deployment_id}/create_flow_run", state={"type": "SCHEDULED"})
    ask("POST", f"/flow_runs/{UUID(run['id'])}/set_state", state={"type": kind}, force=True)
