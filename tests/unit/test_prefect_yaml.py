"""prefect.yaml against Prefect's own models, which silently ignore what they do not know."""

import copy
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.cli.deploy._models import (
    ConcurrencyLimitSpec,
    DeploymentConfig,
    PrefectYamlModel,
    RawScheduleConfig,
    WorkPoolConfig,
)
from prefect.deployments.steps.pull import set_working_directory
from prefect.events.actions import ChangeFlowRunState, RunDeployment, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger
from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger
from prefect.flows import load_flow_from_entrypoint
from prefect.workers.process import ProcessWorker
from pydantic import BaseModel

from deployments import automations, telegram_block
from deployments.blueprint import POOL, planned
from flows import state_names

ROOT = Path(__file__).parents[2]
ANCHORS = {"definitions"}
"""Top-level keys that are ours: they hold YAML anchors."""

ACTIONS: dict[str, type[BaseModel]] = {
    "change-flow-run-state": ChangeFlowRunState,
    "run-deployment": RunDeployment,
    "send-notification": SendNotification,
}

Document = dict[str, Any]


def load() -> Document:
    document: Document = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    return document


FORM: dict[str, Document] = {"review/decide": {"record": "zoho:1", "decision": "ignore"}}
"""What a person has to fill in."""

DEPLOYMENTS: dict[str, Document] = {f"{entry['tags'][-1]}/{entry['name']}": entry for entry in load()["deployments"]}
"""By tag and name."""


def names(model: type[BaseModel]) -> set[str]:
    aliases = {field.alias for field in model.model_fields.values() if field.alias}
    return set(model.model_fields) | aliases


def strangers(place: str, data: Document, known: set[str]) -> Iterator[str]:
    yield from (f"{place}.{key}" for key in data if key not in known)


def unknown_keys(document: Document) -> list[str]:
    """Every key that Prefect would not read, with its place."""
    found = list(strangers("", document, names(PrefectYamlModel) | ANCHORS))
    found += [key for step in document["pull"] for key in unknown_in_pull(step)]
    return found + [key for entry in document["deployments"] for key in unknown_in_deployment(entry)]


def unknown_in_pull(step: Document) -> Iterator[str]:
    for name, arguments in step.items():
        assert name == "prefect.deployments.steps.set_working_directory"
        yield from strangers(name, arguments, set(inspect.signature(set_working_directory).parameters))


def unknown_in_deployment(entry: Document) -> Iterator[str]:
    name = entry["name"]
    variables = set(ProcessWorker.get_default_base_job_template()["variables"]["properties"])
    yield from strangers(name, entry, names(DeploymentConfig))
    yield from strangers(f"{name}.concurrency_limit", entry.get("concurrency_limit", {}), names(ConcurrencyLimitSpec))
    yield from strangers(f"{name}.work_pool", entry["work_pool"], names(WorkPoolConfig))
    yield from strangers(f"{name}.job_variables", entry["work_pool"]["job_variables"], variables)
    for schedule in entry["schedules"]:
        yield from strangers(f"{name}.schedules", schedule, names(RawScheduleConfig))
    for trigger in entry.get("triggers", []):
        yield from strangers(f"{name}.triggers", trigger, names(DeploymentEventTrigger))


def test_prefect_reads_every_key() -> None:
    assert unknown_keys(load()) == []


@pytest.mark.parametrize(
    "path",
    [
        ("schedule_s",),
        ("deployments", 0, "scheduls"),
        ("deployments", 0, "schedules", 0, "time_zone"),
        ("deployments", 1, "concurrency_limit", "colision_strategy"),
        ("deployments", 1, "work_pool", "queue"),
        ("deployments", 0, "work_pool", "job_variables", "comand"),
        ("deployments", 1, "triggers", 0, "treshold"),
        ("pull", 0, "prefect.deployments.steps.set_working_directory", "dir"),
    ],
)
def test_a_misspelt_key_is_found_at_every_depth(path: tuple[str | int, ...]) -> None:
    document = copy.deepcopy(load())
    place: Any = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = {}
    # An anchored mapping is found wherever it is used.
    assert {key.rpartition(".")[2] for key in unknown_keys(document)} == {path[-1]}


def test_prefect_reads_every_key_of_the_automations() -> None:
    document = yaml.safe_load(automations.FILE.read_text(encoding="utf-8"))
    for entry in document["automations"]:
        assert list(strangers("automation", entry, names(AutomationCore))) == []
        assert list(strangers("trigger", entry["trigger"], names(EventTrigger))) == []
        for action in entry["actions"]:
            assert list(strangers("action", action, names(ACTIONS[action["type"]]) | set(automations.PLACES))) == []


def test_an_automation_names_blocks_and_deployments_that_exist() -> None:
    document = yaml.safe_load(automations.FILE.read_text(encoding="utf-8"))
    actions = [action for entry in document["automations"] for action in entry["actions"]]
    assert {action["block"] for action in actions if "block" in action} == {telegram_block.NAME}
    assert {action["deployment"] for action in actions if "deployment" in action} <= {one.name for one in planned()}
    assert all(entry["name"].startswith(automations.OURS) for entry in document["automations"])


@pytest.mark.parametrize(
    ("name", "flow"),
    [
        ("primary/hourly", "primary-zoho-sync"),
        ("backup/daily", "backup-portal-sync"),
        ("retention/weekly", "retention"),
        ("reconcile/weekly", "reconcile"),
        ("review/decide", "review"),
        ("verify/manual", "verify-sync"),
        ("watch/often", "watch"),
        ("watch/by-server", "watch-worker-back"),
    ],
)
def test_each_entrypoint_is_a_flow_that_takes_the_parameters(name: str, flow: str) -> None:
    entry = DEPLOYMENTS[name]
    loaded: Any = load_flow_from_entrypoint(str(ROOT / entry["entrypoint"]), use_placeholder_flow=False)
    assert loaded.name == flow
    asked = entry["parameters"] | FORM.get(name, {})
    assert loaded.validate_parameters(asked).items() >= asked.items()
    assert set(entry["parameters"]) <= set(loaded.parameters.properties)


@pytest.mark.parametrize(
    ("name", "cron", "zone"),
    [
        ("primary/hourly", "0 * * * *", "UTC"),
        ("backup/daily", "0 2 * * *", "Europe/Malta"),
        ("retention/weekly", "30 3 * * 0", "Europe/Malta"),
        ("reconcile/weekly", "30 4 * * 0", "Europe/Malta"),
        ("watch/often", "5-59/10 * * * *", "UTC"),
    ],
)
def test_each_deployment_has_one_schedule_that_survives_a_redeploy(name: str, cron: str, zone: str) -> None:
    slug = name.partition("/")[2]
    assert DEPLOYMENTS[name]["schedules"] == [{"cron": cron, "timezone": zone, "slug": slug}]


def test_decisions_wait_for_no_schedule_and_for_nobody() -> None:
    assert DEPLOYMENTS["review/decide"]["schedules"] == []
    assert "concurrency_limit" not in DEPLOYMENTS["review/decide"]


def test_a_test_lead_is_sent_only_when_a_person_asks_and_confirms() -> None:
    assert DEPLOYMENTS["verify/manual"]["schedules"] == []
    assert DEPLOYMENTS["verify/manual"]["parameters"] == {"confirm_side_effects": False}


def test_the_run_that_tells_that_a_worker_is_back_is_never_cancelled() -> None:
    assert DEPLOYMENTS["watch/by-server"]["schedules"] == []
    assert "concurrency_limit" not in DEPLOYMENTS["watch/by-server"]


SINGLE = ["primary/hourly", "backup/daily", "retention/weekly", "reconcile/weekly", "verify/manual", "watch/often"]


@pytest.mark.parametrize("name", SINGLE)
def test_a_run_that_meets_another_one_is_cancelled(name: str) -> None:
    assert DEPLOYMENTS[name]["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_run_starts_as_one_process_of_our_pool(name: str) -> None:
    pool = DEPLOYMENTS[name]["work_pool"]
    assert pool["name"] == POOL
    assert "command" not in pool["job_variables"], "the pool's default knows the interpreter"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_has_a_description_and_our_tag(name: str) -> None:
    assert DEPLOYMENTS[name]["description"]
    assert "leadsync" in DEPLOYMENTS[name]["tags"]


def test_three_failures_of_the_primary_start_the_backup() -> None:
    (spec,) = DEPLOYMENTS["backup/daily"]["triggers"]
    trigger = DeploymentEventTrigger.model_validate(spec)
    assert trigger.threshold == 3
    assert trigger.expect == {f"prefect.flow-run.{name}" for name in state_names.BROKEN}
    assert {"prefect.resource.role": "flow", "prefect.resource.name": "primary-zoho-sync"} in spec["match_related"]


def test_whatever_end_of_a_run_a_person_may_be_told_of_starts_a_look_but_no_end_of_a_look_does() -> None:
    (spec,) = DEPLOYMENTS["watch/often"]["triggers"]
    trigger = DeploymentEventTrigger.model_validate(spec)
    ends = state_names.BROKEN | state_names.DONE - {state_names.SKIPPED}
    assert trigger.expect == {f"prefect.flow-run.{name}" for name in ends}
    assert trigger.threshold == 1
    assert {"prefect.resource.role": "flow", "prefect.resource.name": "!watch*"} in spec["match_related"]
    assert {one.flow.startswith("watch") for one in planned() if one.name.startswith("watch")} == {True}


def test_a_healthy_run_beats_several_times_before_it_counts_as_dead() -> None:
    judges = automations.wanted({})
    assert {judge.name for judge in judges} == {"leadsync-no-heartbeat", "leadsync-never-began"}
    beats = [
        int(entry["work_pool"]["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
        for entry in DEPLOYMENTS.values()
    ]
    for judge in judges:
        assert isinstance(judge.trigger, EventTrigger)
        assert judge.trigger.within.total_seconds() >= 3 * max(beats)


def test_the_blueprint_is_the_file() -> None:
    plan = {one.name: one for one in planned()}
    names = ["primary-zoho-sync/hourly", "backup-portal-sync/daily", "retention/weekly"]
    assert list(plan) == [
        *names,
        *("reconcile/weekly", "review/decide", "verify-sync/manual", "watch/often", "watch-worker-back/by-server"),
    ]
    assert plan["backup-portal-sync/daily"].schedules == {("0 2 * * *", "Europe/Malta")}
    assert plan["backup-portal-sync/daily"].automations == ("leadsync-backup-after-failures",)
    assert plan["review/decide"].schedules == frozenset()
    assert plan["review/decide"].flow == "review"
    assert {one.pool for one in plan.values()} == {POOL}
    assert plan["primary-zoho-sync/hourly"].parameters == {"mode": "incremental"}
