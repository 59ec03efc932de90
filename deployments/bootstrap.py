"""Puts leadsync on a Prefect server: work pool, deployments, automations. Run it again after every change.

Environment of `leadsync deploy`:
    PREFECT_API_URL: the server's API. PREFECT_API_AUTH_STRING as well, if the server asks for one.
    LEADSYNC_HOME: the checkout as the worker sees it; by default the one that this file is in.
    TELEGRAM_ADMIN_BOT_TOKEN, TELEGRAM_ADMIN_CHAT_ID: by which the server tells that no worker is at work.

What the processes of an installation get in their environment is in `deployments/prefect.env`; `leadsync start` applies
it. The worker wants the systems' settings as well (.env.example): BACKOFFICE_*, and ZOHO_* or PORTAL_*.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from prefect.workers.process import ProcessWorker

from deployments import automations, blueprint, pausing, telegram_block
from deployments.blueprint import POOL, Planned
from deployments.prefect_server import require_server
from systems.errors import Misconfigured
from systems.settings import TelegramSettings, load


def bootstrap() -> Iterator[str]:
    """Applies everything and says after each step, in one line, what it did.

    Raises:
        Refused: if no Prefect API is set; an ephemeral one would forget all of it.
        Misconfigured: if there is no checkout, or Prefect does not accept prefect.yaml.
    """
    require_server()
    plan = blueprint.planned()
    with get_client(sync_client=True) as client:
        yield f"work pool {POOL}: {_pool(client)}"
        with pausing.kept(client) as paused:
            _deploy(blueprint.FILE.parent)
        yield f"deployments: {', '.join(deployment.name for deployment in plan)} applied"
        yield from (f"deployment {name}: stays paused" for name in paused)
        yield from settle_automations(client, plan)


def settle_automations(client: SyncPrefectClient, plan: list[Planned]) -> Iterator[str]:
    """Makes the automations of both files what they should be, and removes those of ours that are in neither."""
    (settings,) = load(TelegramSettings)
    ids = {one.name: client.read_deployment_by_name(one.name).id for one in plan}
    if block := telegram_block.block_id(client, settings):
        ids[telegram_block.NAME] = block
    wanted = automations.wanted(ids)
    for automation in wanted:
        yield f"automation {automation.name}: {automations.apply(client, automation)}"
    kept = {automation.name for automation in wanted} | {name for one in plan for name in one.automations}
    yield from (f"automation {name}: removed" for name in automations.remove_others(client, kept))
    if not block:
        yield "Telegram: the tier admin has no bot or no chat (TELEGRAM_ADMIN_…), so nobody is told of a dead worker"


def _pool(client: SyncPrefectClient) -> str:
    """Makes the pool, or gives an existing one the interpreter of today; everything else in it stays."""
    try:
        pool = client.read_work_pool(POOL)
    except ObjectNotFound:
        template = _with_command(ProcessWorker.get_default_base_job_template())
        client.create_work_pool(WorkPoolCreate(name=POOL, type=ProcessWorker.type, base_job_template=template))
        return "created"
    template = _with_command(pool.base_job_template)
    if template == pool.base_job_template:
        return "unchanged"
    client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=template))
    return "updated"


def _with_command(template: dict[str, Any]) -> dict[str, Any]:
    """The template with our way to start a run: this interpreter, and no second one before it."""
    changed = deepcopy(template)
    changed["variables"]["properties"]["command"]["default"] = shlex.join([sys.executable, "-m", "prefect.engine"])
    return changed


def _deploy(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=home,
        env={"LEADSYNC_HOME": str(home), **os.environ, **_settings()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Misconfigured("Prefect", "it did not accept prefect.yaml", f"It said: {done.stdout}{done.stderr}".strip())


def _settings() -> dict[str, str]:
    """Prefect's settings as they hold here, wherever they come from."""
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    return {name: value for name, value in settings.items() if value is not None}
