"""Prefect: whether it answers, whom it lets in, whether it has what prefect.yaml says, and whether anybody works."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Unseen, Verdict, counted, error, fine, listed, warning
from cli.doctor.history import CRON
from cli.doctor.prefect_facts import Deployed, Reach
from deployments.blueprint import Planned
from flows.request import NAMES
from flows.waiting import age
from leads.sources import Source
from systems.errors import LeadsyncError

DEPLOY = "Run `leadsync deploy`."
WORKER = "Start one with the settings of .env: `prefect worker start --pool leadsync`."
BRINGS: dict[str, str] = {NAMES[Source.ZOHO]: "primary", NAMES[Source.PORTAL]: "backup"}
"""What `leadsync resume` calls the flows that bring leads."""

PILE = 3
"""So many late runs are no accident."""


def answers(case: Case) -> Iterator[Verdict]:
    """Whether a server answers, and accepts our credentials."""
    case.prefect_access()
    yield fine(f"it answers, version {case.prefect().version}")


def access(case: Case) -> Iterator[Verdict]:
    """Whether strangers are kept out of a server that they can reach."""
    found = case.prefect_access()
    if found.reach is Reach.PUBLIC and found.open_to_all:
        cure = "Set PREFECT_SERVER_API_AUTH_STRING on the server, and PREFECT_API_AUTH_STRING here and for the worker."
        yield error(f"{found.host} is a public address, and everybody may start runs and see them there", cure)
    elif found.reach is Reach.PUBLIC and not found.encrypted:
        yield error(f"{found.host} is a public address, and credentials go there unencrypted", "Put TLS before it.")
    elif found.open_to_all:
        yield fine(f"it asks for no password, and only {_who(found.reach)} reaches it")
    else:
        yield fine("it asks for a password")


def _who(reach: Reach) -> str:
    return "this machine" if reach is Reach.HERE else "a private network"


def memory(case: Case) -> Iterator[Verdict]:
    """Whether it remembers who holds a deployment's slot."""
    leases = case.prefect().leases
    if leases is None:
        raise Unseen("it does not tell its settings")
    if leases.endswith("lease_storage.memory"):
        cause = "it keeps slots of deployments in memory; a restart during a run may cancel all later ones"
        module = "prefect.server.concurrency.lease_storage.filesystem"
        yield warning(cause, f"Start the server with PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE={module}.")
    else:
        yield fine("it remembers slots of deployments over a restart")


def workers(case: Case) -> Iterator[Verdict]:
    """Whether somebody carries out the runs."""
    pool = case.prefect().pool
    if pool is None:
        yield error("it has no work pool leadsync", DEPLOY)
        return
    if pool.paused:
        yield warning("the work pool leadsync is paused, so no run begins", "`prefect work-pool resume leadsync`.")
    if pool.online:
        yield fine(f"{counted(len(pool.online), 'worker is', 'workers are')} online")
    else:
        yield error("no worker of the work pool leadsync is online, so no run begins", WORKER)


def deployments(case: Case) -> Iterator[Verdict]:
    """Whether it has each deployment as prefect.yaml says."""
    there = case.prefect().deployments
    if not there:
        yield error("it has none of the deployments of prefect.yaml, so nothing runs by itself", DEPLOY)
        return
    for plan in case.plan().deployments:
        deployed = there.get(plan.name)
        if deployed is None:
            yield error(f"the deployment {plan.name} is missing", DEPLOY)
            continue
        switches = list(_switches(plan, deployed, case))
        differences = list(_differences(plan, deployed))
        yield from switches + differences or [fine(f"{plan.name} is as prefect.yaml says")]


def _switches(plan: Planned, there: Deployed, case: Case) -> Iterator[Verdict]:
    """What keeps it from running by itself; a schedule that is off is as it should be where another one calls."""
    command = f"leadsync resume {BRINGS[plan.flow]}" if plan.flow in BRINGS else None
    if there.paused:
        cure = f"`{command}`" if command else "Switch it on in Prefect's UI"
        yield warning(f"{plan.name} is paused, so nothing but a person starts it", f"{cure}, when it may run again.")
    if there.inactive and _is_called(plan.flow, case):
        yield fine(f"the schedule of {plan.name} is off, and the cron endpoint starts it")
    elif there.inactive:
        cure = f"`{command} --schedule-only`" if command else "Switch it on in Prefect's UI"
        cause = f"the schedule of {plan.name} is off, and nothing else has started it lately"
        yield warning(cause, f"{cure}, or let the outside scheduler call the cron endpoint.")


def _is_called(flow: str, case: Case) -> bool:
    with suppress(Unseen, LeadsyncError):
        return any((attempt.flow, attempt.trigger) == (flow, CRON) for attempt in case.diagnosis().attempts)
    return False


def _differences(plan: Planned, there: Deployed) -> Iterator[Verdict]:
    if not there.inactive and there.schedules != plan.schedules:
        cause = f"{plan.name} runs at {_times(there.schedules)}, and prefect.yaml says {_times(plan.schedules)}"
        yield warning(cause, f"{DEPLOY} If it was changed on purpose, change prefect.yaml first.")
    if there.parameters != plan.parameters:
        keys = sorted({*there.parameters, *plan.parameters})
        names = [key for key in keys if there.parameters.get(key) != plan.parameters.get(key)]
        yield warning(f"{plan.name} runs with other parameters than prefect.yaml says ({listed(names)})", DEPLOY)
    if there.pool != plan.pool:
        yield error(f"{plan.name} is not in the work pool {plan.pool}, so our workers do not run it", DEPLOY)


def _times(schedules: frozenset[tuple[str, str]]) -> str:
    return listed(f"`{cron}` {zone}" for cron, zone in sorted(schedules)) or "no time"


def late_runs(case: Case) -> Iterator[Verdict]:
    """Whether runs wait for a worker."""
    late = sorted(moment for deployed in case.prefect().deployments.values() for moment in deployed.late)
    if not late:
        yield fine("no run is late")
        return
    make = error if len(late) >= PILE else warning
    cause = f"{counted(len(late), 'run is', 'runs are')} late, the first by {age(late[0], datetime.now(UTC))}"
    yield make(cause, "A worker that is online takes them up; they do no harm then.")


def automations(case: Case) -> Iterator[Verdict]:
    """Whether it watches as it should; what starts a paused deployment is paused with it."""
    there = case.prefect().automations
    wanted = case.plan().automations
    resting = [name for plan in case.plan().deployments if _is_paused(plan, case) for name in plan.automations]
    missing = [name for name in wanted if name not in there]
    off = [name for name in wanted if there.get(name) is False and name not in resting]
    if missing:
        are = "automation is" if len(missing) == 1 else "automations are"
        yield warning(f"{len(missing)} {are} missing: {listed(missing)}", DEPLOY)
    if off:
        are = "automation is" if len(off) == 1 else "automations are"
        yield warning(f"{len(off)} {are} paused: {listed(off)}", "Switch it on in Prefect's UI.")
    if not missing and not off:
        yield fine(f"{counted(len(wanted), 'automation is', 'automations are')} there")


def _is_paused(plan: Planned, case: Case) -> bool:
    there = case.prefect().deployments.get(plan.name)
    return there is not None and there.paused


CHECKS = (
    Check("prefect-answers", "Prefect", answers),
    Check("prefect-access", "Prefect", access),
    Check("prefect-memory", "Prefect", memory),
    Check("workers", "Prefect", workers),
    Check("deployments", "Prefect", deployments),
    Check("late-runs", "Prefect", late_runs),
    Check("automations", "Prefect", automations),
)
