"""The settings: what is missing or malformed, what may be meant by a name that nobody reads, the cron secret."""

import os
from collections.abc import Iterator
from difflib import get_close_matches

from dotenv import dotenv_values

from cli.doctor.case import MODELS, Case
from cli.doctor.examination import Check
from cli.doctor.finding import Verdict, error, fine, joined, warning
from systems.settings import (
    EVERY,
    MISSING,
    BackofficeSettings,
    CronSettings,
    PortalSettings,
    Settings,
    TelegramSettings,
    Tunables,
    WatchSettings,
    ZohoSettings,
)

FLOWS: dict[type[Settings], str] = {
    PortalSettings: "the backup flow cannot run",
    ZohoSettings: "the primary flow cannot run",
    BackofficeSettings: "nothing can run",
}
"""What cannot be without a model's settings."""

DASHBOARD = "in the dashboard of its Supabase project, Project Settings: the URL under Data API, the key under API Keys"
WHERE: dict[type[Settings], str] = {
    PortalSettings: f"The portal's are {DASHBOARD} (sb_secret_…).",
    ZohoSettings: "They come from a self client at the Zoho API console (README, Real systems).",
    BackofficeSettings: f"The backoffice's are {DASHBOARD} (sb_secret_…).",
    TelegramSettings: "docs/deploying.md tells how to make the bots and the chats.",
    WatchSettings: "Leave it out, and its default holds (.env.example).",
    Tunables: "Leave it out, and its default holds (.env.example).",
}
"""Where a model's settings are to be had."""

ALIKE = 0.85
"""From which likeness on (0 to 1) one name is taken for a slip of another."""

WEAK_BELOW = 32
"""Bytes of CRON_SECRET that are enough; with fewer than half of them the cron endpoint does not start."""

FEWEST_LETTERS = 10
"""Different ones that a secret made by chance surely has."""

RENEW = "Set CRON_SECRET to a new one that nothing else uses: `openssl rand -base64 32`."


def readable(case: Case) -> Iterator[Verdict]:
    """Whether each setting is there and can be meant."""
    verdicts = [verdict for model in MODELS if model is not CronSettings for verdict in _judge(model, case)]
    yield from verdicts or [fine("all that the flows need is set, and nothing is malformed")]


def _judge(model: type[Settings], case: Case) -> Iterator[Verdict]:
    problems = case.problems(model)
    missing = [problem.name for problem in problems if problem.what == MISSING]
    if missing:
        yield _missing(model, missing)
    for problem in problems:
        if problem.what != MISSING:
            yield error(str(problem), f"Set it anew in the environment or in .env. {WHERE[model]}")


def _missing(model: type[Settings], names: list[str]) -> Verdict:
    cause = f"{joined(names)} {'is' if len(names) == 1 else 'are'} missing, so {FLOWS[model]}"
    cure = f"Set {'it' if len(names) == 1 else 'them'} in the environment or in .env. {WHERE[model]}"
    if model is PortalSettings and len(names) == len(model.model_fields):
        return warning(cause, f"{cure} If the backup is out of service on purpose, leave it so.")
    return error(cause, cure)


def unread_names(_case: Case) -> Iterator[Verdict]:
    """Names that look like one of ours and are none: a slip that would otherwise go unnoticed."""
    known = {model.name_of(field) for model in EVERY for field in model.model_fields}
    prefixes = tuple({str(model.model_config["env_prefix"]) for model in EVERY})
    given = {name.upper() for source in (os.environ, dotenv_values(".env")) for name, value in source.items() if value}
    slips = [
        (name, meant)
        for name in sorted(given - known)
        if name.startswith(prefixes)
        for meant in get_close_matches(name, known - given, n=1, cutoff=ALIKE)
    ]
    for name, meant in slips:
        yield warning(f"{name} is set, but nothing reads it", f"Rename it, if {meant} is meant.")
    if not slips:
        yield fine("no name looks like a slip")


def cron_secret(case: Case) -> Iterator[Verdict]:
    """Whether the cron endpoint has a secret that nobody can guess."""
    problems = case.problems(CronSettings)
    if not problems:
        yield _strength(case.settings(CronSettings).secret.get_secret_value())
    for problem in problems:
        if problem.what == MISSING:
            yield warning("CRON_SECRET is not set, so the cron endpoint does not start", RENEW)
        else:
            yield error(str(problem), RENEW)


def _strength(secret: str) -> Verdict:
    size = len(secret.encode())
    if size < WEAK_BELOW:
        return warning(f"CRON_SECRET has only {size} bytes, and {WEAK_BELOW} are safe", RENEW)
    if len(set(secret)) < FEWEST_LETTERS:
        return warning("CRON_SECRET repeats a few characters, so it can be guessed", RENEW)
    return fine("CRON_SECRET is long enough")


CHECKS = (
    Check("settings", "Settings", readable),
    Check("unread-names", "Settings", unread_names),
    Check("cron-secret", "Settings", cron_secret),
)
