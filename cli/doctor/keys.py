"""What the two Supabase keys say of themselves, beyond what already makes a setting wrong."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cli.doctor.case import Case
from cli.doctor.examination import Check
from cli.doctor.finding import Unseen, Verdict, error, fine, warning
from systems.keys import jwt_payload
from systems.settings import BackofficeSettings, PortalSettings, SupabaseSettings

SHAPE = re.compile(r"sb_secret_[A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{8}")
"""Of secret keys as they were seen; it is not documented."""

SOON = timedelta(days=90)


def portal_key(case: Case) -> Iterator[Verdict]:
    """The portal's key."""
    yield _judge(case.settings(PortalSettings), "PORTAL_SUPABASE_SERVICE_KEY")


def backoffice_key(case: Case) -> Iterator[Verdict]:
    """The backoffice's key, which must not be the portal's."""
    settings = case.settings(BackofficeSettings)
    name = "BACKOFFICE_SUPABASE_SERVICE_KEY"
    yield _role_token(settings, name) if settings.is_role_token else _judge(settings, name)
    try:
        portal = case.settings(PortalSettings)
    except Unseen:
        return
    if portal.url != settings.url and portal.service_key == settings.service_key:
        cause = (
            "PORTAL_SUPABASE_SERVICE_KEY and BACKOFFICE_SUPABASE_SERVICE_KEY are the same, and their projects are not"
        )
        yield error(cause, "Set each to the secret key of its own project.")


def _judge(settings: SupabaseSettings, name: str) -> Verdict:
    key = settings.service_key.get_secret_value()
    payload = jwt_payload(key)
    if payload is not None:
        return _legacy(payload.get("exp"), name)
    if not SHAPE.fullmatch(key):
        cause = f"{name} does not look like a secret key (sb_secret_…)"
        return warning(cause, "Compare it with the project's dashboard: a part of it may be missing.")
    return fine("its key is a secret key")


def _role_token(settings: BackofficeSettings, name: str) -> Verdict:
    expires = (jwt_payload(settings.service_key.get_secret_value()) or {}).get("exp")
    cure = f"Make another one by `leadsync role-token`, and set {name} to it."
    return _ending(expires, cure) or fine("its key may call leadsync's functions and nothing else")


def _ending(expires: object, cure: str) -> Verdict | None:
    if isinstance(expires, int | float) and (left := _left(expires)) < SOON:
        return warning(f"its key expires in {left.days} days", cure)
    return None


def _legacy(expires: object, name: str) -> Verdict:
    cure = f"Make a secret key (sb_secret_…) in the project's dashboard and set {name} to it."
    if ending := _ending(expires, cure):
        return ending
    return warning("its key is of the old kind (service_role), which Supabase ends with the year 2026", cure)


def _left(expires: float) -> timedelta:
    """The time until then; a moment beyond the calendar is far."""
    seconds = expires - datetime.now(UTC).timestamp()
    return timedelta(seconds=min(seconds, timedelta.max.days * 86_400.0 / 2))


CHECKS = (
    Check("portal-key", "Portal", portal_key),
    Check("backoffice-key", "Backoffice", backoffice_key),
)
