"""What happened lately: how attempts ended, how fresh the leads are, what waits, and who starts the runs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Severity, Unseen, Verdict, counted, error, fine, warning
from flows.freshness import standings
from flows.request import NAMES
from flows.waiting import PATIENCE, age
from leads.sources import Source
from systems.diagnosis import PastAttempt
from systems.settings import PortalSettings, Settings, ZohoSettings

COMMANDS = {Source.ZOHO: "leadsync run primary", Source.PORTAL: "leadsync run backup"}
SETTINGS: dict[Source, type[Settings]] = {Source.ZOHO: ZohoSettings, Source.PORTAL: PortalSettings}
BAD = frozenset({"failed", "crashed"})
SERIES = 3
"""So many bad ends in a row are no accident."""

CRON = "cron"
"""The trigger of what another scheduler starts by the cron endpoint."""

SCHEDULERS = {"schedule": "Prefect's schedule", CRON: "the cron endpoint's caller"}
"""Triggers by which a run begins without a person."""

CLOSE = timedelta(minutes=50)
"""Runs of an hourly and of a daily flow that are closer than this have two schedulers, and one that changed has not."""

LATELY = timedelta(days=2)


def attempts(case: Case) -> Iterator[Verdict]:
    """How the last attempts of each flow ended."""
    for source, flow in NAMES.items():
        yield _series(flow, _of(flow, case), COMMANDS[source])


def _of(flow: str, case: Case) -> list[PastAttempt]:
    """A flow's attempts, the last one first."""
    return [attempt for attempt in case.diagnosis().attempts if attempt.flow == flow]


def _series(flow: str, attempts: list[PastAttempt], command: str) -> Verdict:
    ended = [attempt for attempt in attempts if attempt.status != "running" or attempt.silent]
    bad = list(takewhile(lambda attempt: attempt.status in BAD or attempt.silent, ended))
    if not bad:
        last = f"the last attempt of {flow} ended as {ended[0].status}" if ended else f"{flow} has ended no attempt yet"
        return fine(last)
    cause, cure = _reason(bad[0], command)
    if len(bad) == 1:
        return warning(f"the last attempt of {flow} failed because {cause}", cure)
    make = error if len(bad) >= SERIES else warning
    return make(f"the last {len(bad)} attempts of {flow} failed, the last one because {cause}", cure)


def _reason(attempt: PastAttempt, command: str) -> tuple[str, str]:
    if attempt.error is not None:
        return f"of {attempt.error.system}: {attempt.error.cause}", attempt.error.cure or f"Try `{command}`."
    cure = f"`{command}` goes on from there. If it happens again, the worker's own log says more."
    return "its process died", cure


def freshness(case: Case) -> Iterator[Verdict]:
    """Whether each flow did all of its work lately; one that has no settings is not asked."""
    for source, standing in zip(NAMES, standings(case.freshness()), strict=True):
        command = COMMANDS[source]
        try:
            case.settings(SETTINGS[source])
        except Unseen as reason:
            yield Verdict(Severity.UNSEEN, f"{standing.flow}: {reason}")
            continue
        if standing.fresh and standing.completed_at is not None:
            yield fine(
                f"{standing.flow} last did all of its work {age(standing.completed_at, case.freshness().now)} ago"
            )
        elif standing.age is None:
            yield warning(standing.complaint, f"Try `{command} --dry-run`, then `{command}`.")
        else:
            yield error(
                standing.complaint, f"`{command}` brings the leads up to date; what stops it is told here, too."
            )


def waiting(case: Case) -> Iterator[Verdict]:
    """Whether people have been let wait."""
    queues = case.context().waiting
    now = case.context().now
    for one, several, queue, command in (
        ("record in review waits", "records in review wait", queues.review, "leadsync review"),
        ("dead letter waits", "dead letters wait", queues.dead_letters, "leadsync rejected"),
        ("disagreement waits", "disagreements wait", queues.conflicts, "leadsync review"),
    ):
        told = f"{counted(queue.count, one, several)} for a person"
        if queue.oldest is not None and now - queue.oldest > PATIENCE:
            yield warning(f"{told}, the oldest for {age(queue.oldest, now)}", f"Decide: `{command}`.")
        else:
            yield fine(told)


def schedulers(case: Case) -> Iterator[Verdict]:
    """Whether only one scheduler starts the runs."""
    twice = [source for source, flow in NAMES.items() if _both_fired(_of(flow, case), case.diagnosis().now)]
    for source in twice:
        cause = f"{NAMES[source]} is started by {' and by '.join(SCHEDULERS.values())} within an hour"
        name = COMMANDS[source].rpartition(" ")[2]
        cure = f"Let one do it: switch the outside scheduler's entry off, or `leadsync pause {name} --schedule-only`."
        yield warning(cause, cure)
    if not twice:
        yield fine("no flow has two schedulers")


def _both_fired(attempts: list[PastAttempt], now: datetime) -> bool:
    begun = [one for one in attempts if one.trigger in SCHEDULERS and now - one.started_at < LATELY]
    return any(one.trigger != two.trigger and one.started_at - two.started_at < CLOSE for one, two in pairwise(begun))


CHECKS = (
    Check("attempts", "Backoffice", attempts),
    Check("freshness", "Backoffice", freshness),
    Check("waiting", "Backoffice", waiting),
    Check("schedulers", "Backoffice", schedulers),
)
