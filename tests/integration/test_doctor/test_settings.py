"""Wrong settings and keys: each is set for real, and the finding names it."""

import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from sandbox.keys import ALGORITHM, BACKOFFICE, PORTAL, Keys
from tests.integration.test_doctor.doctor import Wrong, found, look

HOSTED = "https://abcdefghijklmnopqrst.supabase.co"
PORTAL_NAMES = ("PORTAL_SUPABASE_URL", "PORTAL_SUPABASE_SERVICE_KEY")
ZOHO_NAMES = ("ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN")
PORTAL_KEY, BACKOFFICE_KEY = "PORTAL_SUPABASE_SERVICE_KEY", "BACKOFFICE_SUPABASE_SERVICE_KEY"


def legacy(keys: Keys, *, days: int, ref: str | None = None) -> str:
    claims = {"iss": "supabase", "role": "service_role", "ref": ref or keys.ref}
    return jwt.encode({**claims, "exp": datetime.now(UTC) + timedelta(days=days)}, keys.jwt_secret, ALGORITHM)


SETTINGS = [
    Wrong({BACKOFFICE_KEY: ""}, "settings", "error", f"{BACKOFFICE_KEY} is missing, so nothing can run", "API Keys"),
    Wrong(
        dict.fromkeys(ZOHO_NAMES, ""), "settings", "error", "are missing, so the primary flow cannot run", "self client"
    ),
    Wrong(
        dict.fromkeys(PORTAL_NAMES, ""),
        "settings",
        "warning",
        "missing, so the backup flow cannot run",
        "out of service",
    ),
    Wrong({PORTAL_KEY: ""}, "settings", "error", f"{PORTAL_KEY} is missing", "The portal's are in the dashboard"),
    Wrong({"LEADSYNC_BATCH_SIZE": "9"}, "settings", "error", "LEADSYNC_BATCH_SIZE is malformed", "its default holds"),
    Wrong(
        {"PORTAL_SUPABASE_URL": f"{HOSTED}/rest/v1"}, "settings", "error", "without path, query or user", "Set it anew"
    ),
    Wrong({"ZOHO_CLIENT_ID": "'1000.A'"}, "settings", "error", "ZOHO_CLIENT_ID contains quotes", "Set it anew"),
    Wrong(
        {PORTAL_KEY: PORTAL.publishable_key},
        "settings",
        "error",
        f"{PORTAL_KEY} is a publishable key",
        "secret key|sb_secret",
    ),
    Wrong(
        {BACKOFFICE_KEY: BACKOFFICE.legacy_anon_key}, "settings", "error", "is not the service_role key", "sb_secret"
    ),
    Wrong({PORTAL_KEY: legacy(PORTAL, days=-1)}, "settings", "error", f"{PORTAL_KEY} has expired", "sb_secret"),
    Wrong(
        {"BACKOFFICE_SUPABASE_URL": HOSTED, BACKOFFICE_KEY: legacy(BACKOFFICE, days=900)},
        "settings",
        "error",
        "belongs to another project than the URL",
        "The backoffice's are in the dashboard",
    ),
    Wrong(
        {BACKOFFICE_KEY: PORTAL.secret_key},
        "backoffice-key",
        "error",
        "are the same, and their projects are not",
        "Set each",
    ),
    Wrong({PORTAL_KEY: legacy(PORTAL, days=900)}, "portal-key", "warning", "of the old kind", "Make a secret key"),
    Wrong(
        {PORTAL_KEY: legacy(PORTAL, days=40)},
        "portal-key",
        "warning",
        "its key expires in 39 days",
        "Make a secret key",
    ),
    Wrong(
        {PORTAL_KEY: "sb_secret_Sandbox"}, "portal-key", "warning", "does not look like a secret key", "may be missing"
    ),
    Wrong(
        {"ZOHO_REFRESHTOKEN": "x", "ZOHO_REFRESH_TOKEN": ""},
        "unread-names",
        "warning",
        "ZOHO_REFRESHTOKEN",
        "ZOHO_REFRESH_TOKEN",
    ),
    Wrong(
        {"VERIFY_PHONES": "x", "VERIFY_PHONE": ""}, "unread-names", "warning", "VERIFY_PHONES is set", "VERIFY_PHONE"
    ),
    Wrong({"LEADSYNC_OVERLAP_MINUTE": "5"}, "unread-names", "warning", "nothing reads it", "LEADSYNC_OVERLAP_MINUTES"),
    Wrong({"CRON_SECRET": ""}, "cron-secret", "warning", "CRON_SECRET is not set", "openssl rand"),
    Wrong({"CRON_SECRET": "fifteen-bytes-x"}, "cron-secret", "error", "CRON_SECRET has .*16", "openssl rand"),
    Wrong(
        {"CRON_SECRET": "a-secret-of-thirty-one-bytes-ok"},
        "cron-secret",
        "warning",
        "only 31 bytes, and 32 are safe",
        "openssl",
    ),
    Wrong({"CRON_SECRET": "abc" * 20}, "cron-secret", "warning", "repeats a few characters", "openssl rand"),
    Wrong(
        {"CRON_SECRET": "with white space in it, and it is long"}, "cron-secret", "error", "white space", "openssl rand"
    ),
]


@pytest.mark.parametrize("wrong", SETTINGS, ids=str)
@pytest.mark.usefixtures("environment")
def test_each_wrong_setting_is_named_with_its_cure(wrong: Wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in wrong.environment.items():
        monkeypatch.setenv(name, value)
    ((severity, _, what, remedy),) = found(wrong.check)
    assert severity == wrong.severity
    assert re.search(wrong.cause, what), what
    assert re.search(wrong.cure, remedy), remedy
    assert not [value for value in wrong.environment.values() if len(value) > 5 and value in what + remedy]


@pytest.mark.usefixtures("environment")
def test_the_sandbox_settings_are_in_order() -> None:
    names = ("settings", "unread-names", "cron-secret", "portal-key", "backoffice-key")
    assert {finding.severity.value for finding in look(*names)} == {"ok"}


@pytest.mark.usefixtures("settled_world")
def test_what_a_wrong_setting_touches_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BACKOFFICE_KEY, "")
    names = ("backoffice-answers", "migrations", "leads-checks", "attempts", "portal-answers")
    severities = {finding.check: finding.severity.value for finding in look(*names)}
    assert severities.pop("portal-answers") == "ok"
    assert set(severities.values()) == {"not looked at"}
