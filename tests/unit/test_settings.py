import base64
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from cli.main import app
from systems.errors import Misconfigured, Refused
from systems.portal import same_address
from systems.role_token import role_token
from systems.settings import (
    EVERY,
    BackofficeSettings,
    CronSettings,
    PortalSettings,
    Tunables,
    VerifySettings,
    ZohoSettings,
    load,
)

REF = "abcdefghijklmnopqrst"
HOSTED = f"https://{REF}.supabase.co"
SECRET = "sb_secret_0123456789012345678901_01234567"
ZOHO = {"ZOHO_CLIENT_ID": "1000.A", "ZOHO_CLIENT_SECRET": "b", "ZOHO_REFRESH_TOKEN": "1000.c.d"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for model in EVERY:
        for field in model.model_fields:
            monkeypatch.delenv(model.name_of(field), raising=False)


def backoffice(monkeypatch: pytest.MonkeyPatch, url: str = HOSTED, key: str = SECRET) -> BackofficeSettings:
    monkeypatch.setenv("BACKOFFICE_SUPABASE_URL", url)
    monkeypatch.setenv("BACKOFFICE_SUPABASE_SERVICE_KEY", key)
    (settings,) = load(BackofficeSettings)
    return settings


def legacy_key(**claims: object) -> str:
    payload = {"iss": "supabase", "role": "service_role", "ref": REF, **claims}
    parts = [{"alg": "HS256"}, payload]
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "x"]
    )


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(Misconfigured) as caught:
        load(PortalSettings, BackofficeSettings, ZohoSettings, CronSettings)
    assert caught.value.exit_code == 2
    assert caught.value.cause == (
        "PORTAL_SUPABASE_URL is missing; PORTAL_SUPABASE_SERVICE_KEY is missing; "
        "BACKOFFICE_SUPABASE_URL is missing; BACKOFFICE_SUPABASE_SERVICE_KEY is missing; "
        "ZOHO_CLIENT_ID is missing; ZOHO_CLIENT_SECRET is missing; ZOHO_REFRESH_TOKEN is missing; "
        "CRON_SECRET is missing"
    )


def test_an_empty_value_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRON_SECRET", "")
    with pytest.raises(Misconfigured, match="CRON_SECRET is missing"):
        load(CronSettings)


def test_a_flow_needs_only_its_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ZOHO.items():
        monkeypatch.setenv(name, value)
    (zoho,) = load(ZohoSettings)
    assert zoho.accounts_url == "https://accounts.zoho.eu"
    assert zoho.api_domain == "https://www.zohoapis.eu"


def test_a_file_gives_what_the_environment_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("".join(f"{name}={value}\n" for name, value in ZOHO.items()) + "OTHER=1\n")
    monkeypatch.setenv("ZOHO_CLIENT_ID", "1000.environment")
    (zoho,) = load(ZohoSettings)
    assert zoho.client_id.get_secret_value() == "1000.environment"
    assert zoho.client_secret.get_secret_value() == "b"


def test_no_value_is_ever_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = backoffice(monkeypatch)
    assert SECRET not in f"{settings!r} {settings}"
    monkeypatch.setenv("LEADSYNC_BATCH_SIZE", "treasure")
    with pytest.raises(Misconfigured) as caught:
        backoffice(monkeypatch, url="https://treasure.example/path", key="treasure 'x'")
    with pytest.raises(Misconfigured) as number:
        load(Tunables)
    assert "LEADSYNC_BATCH_SIZE is malformed" in str(number.value)
    for error in (caught.value, number.value):
        assert "treasure" not in str(error)
        assert error.__context__ is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"{HOSTED}/rest/v1", "without path"),
        (f"{HOSTED}?x=1", "without path"),
        ("https://user:pass@host.example", "without path, query or user"),
        ("http://project.example", "http:// only reaches this machine"),
        ("project.example", "must begin with https://"),
        ("ftp://project.example", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://[host", "is no address"),
        ("https://host.example:port", "is no address"),
    ],
)
def test_an_address_is_a_server_and_nothing_more(monkeypatch: pytest.MonkeyPatch, url: str, reason: str) -> None:
    with pytest.raises(Misconfigured, match=f"BACKOFFICE_SUPABASE_URL.*({reason})"):
        backoffice(monkeypatch, url=url)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        (f"{HOSTED}/", HOSTED),
        ("https://Data.Example:443", "https://data.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:54321/", "http://localhost:54321"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_an_address_is_kept_in_one_form(monkeypatch: pytest.MonkeyPatch, url: str, clean: str) -> None:
    assert backoffice(monkeypatch, url=url).url == clean


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("sb_publishable_0123456789012345678901_01234567", "this key cannot write"),
        (legacy_key(role="anon"), "this key cannot write"),
        (legacy_key(ref="tsrqponmlkjihgfedcba"), "belongs to another project"),
        (legacy_key(iss="supabase-demo"), "public key of a local Supabase"),
        (legacy_key(exp=1), "has expired"),
        ("sbp_0123456789", "management token"),
        ("postgres://user:word@host/db", "database address"),
        ("postgresql://user:word@host/db", "database address"),
        (f"Bearer {SECRET}", "begins with 'Bearer '"),
        (f"{SECRET}\n", "white space"),
        (f"'{SECRET}'", "quotes"),
    ],
)
def test_a_key_that_cannot_work_is_told_from_its_form(monkeypatch: pytest.MonkeyPatch, key: str, reason: str) -> None:
    with pytest.raises(Misconfigured, match=f"BACKOFFICE_SUPABASE_SERVICE_KEY.*{reason}"):
        backoffice(monkeypatch, key=key)


def test_a_key_that_may_work_is_left_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    for key in (SECRET, legacy_key(exp=later), "an-opaque-key-of-some-later-year", "a.b.c"):
        assert backoffice(monkeypatch, key=key).service_key.get_secret_value() == key
    assert backoffice(monkeypatch, "http://127.0.0.1:1", legacy_key(ref="sandbox", iss="supabase-demo"))


def test_a_wrong_address_does_not_hide_a_wrong_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Misconfigured, match=r"SUPABASE_URL must.*SUPABASE_SERVICE_KEY is a management token"):
        backoffice(monkeypatch, url="nowhere", key="sbp_x")


def test_the_fingerprint_follows_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    for changed in (None, *ZOHO):
        for name, value in ZOHO.items():
            monkeypatch.setenv(name, f"{value}2" if name == changed else value)
        (zoho,) = load(ZohoSettings)
        assert zoho.fingerprint() == load(ZohoSettings)[0].fingerprint()
        seen.add(zoho.fingerprint())
    assert len(seen) == 4


def test_ten_refusals_fit_into_the_default_patience() -> None:
    (tunables,) = load(Tunables)
    assert tunables.retry_attempts >= 12
    assert tunables.overlap_minutes == 15
    assert tunables.batch_size == 1000


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example", "https://A.example:443/", True),
        ("http://localhost", "http://localhost:80", True),
        ("https://a.example", "https://b.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://localhost:80", "http://localhost:80", False),
    ],
)
def test_addresses_are_compared_by_scheme_host_and_port(*, one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same


def test_the_example_file_lists_every_name_and_every_default() -> None:
    lines = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8").splitlines()
    named = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    assert list(named) == [model.name_of(field) for model in EVERY for field in model.model_fields]
    for model in EVERY:
        for field, info in model.model_fields.items():
            expected = "" if info.is_required() or info.default is None else str(info.default)
            assert named[model.name_of(field)] in {expected, expected.removesuffix(".0")}


VERIFY = {
    "VERIFY_LEAD_API_URL": "https://portal.example/api/leads",
    "VERIFY_EMAIL": "ops@company.example",
    "VERIFY_PHONE": "+356 7912 3456",
}


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("VERIFY_EMAIL", "ops@", "is no e-mail address"),
        ("VERIFY_EMAIL", "noreply@company.example", "is no e-mail address"),
        ("VERIFY_EMAIL", "o" * 50 + "@company.example", "is too long to be marked"),
        ("VERIFY_PHONE", "call me", "is no phone number (write it like +356 7912 3456)"),
        ("VERIFY_LEAD_API_URL", "https://portal.example", "must have a path, and no query"),
        ("VERIFY_LEAD_API_URL", "https://portal.example/", "must have a path, and no query"),
        ("VERIFY_LEAD_API_URL", "https://portal.example/api/leads?x=1", "must have a path, and no query"),
        ("VERIFY_LEAD_API_URL", "http://portal.example/api/leads", "must begin with https://"),
        ("VERIFY_LEAD_API_URL", "portal.example/api/leads", "must have a path, and no query"),
    ],
)
def test_a_verification_with_a_bad_address_or_number_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, what: str
) -> None:
    for each, good in {**VERIFY, name: value}.items():
        monkeypatch.setenv(each, good)
    with pytest.raises(Misconfigured) as caught:
        load(VerifySettings)
    assert caught.value.cause.startswith(f"{name} {what}")
    assert value not in str(caught.value)


def test_a_verification_keeps_address_and_number_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VERIFY.items():
        monkeypatch.setenv(name, value)
    (settings,) = load(VerifySettings)
    assert settings.lead_api_url == VERIFY["VERIFY_LEAD_API_URL"]
    assert VERIFY["VERIFY_EMAIL"] not in repr(settings)
    assert VERIFY["VERIFY_PHONE"] not in repr(settings)


PUBLISHABLE = "sb_publishable_0123456789012345678901_01234567"
ROLE_TOKEN = role_token("s" * 32, now=datetime.now(UTC), valid=timedelta(days=365))


def test_a_token_of_our_role_is_shown_beside_the_publishable_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKOFFICE_SUPABASE_PUBLISHABLE_KEY", PUBLISHABLE)
    assert backoffice(monkeypatch, key=ROLE_TOKEN).credentials() == (PUBLISHABLE, ROLE_TOKEN)
    assert backoffice(monkeypatch).credentials() == (SECRET, None)


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("", "is missing, and a token of the role leadsync needs it"),
        (SECRET, "is no publishable key"),
        (legacy_key(), "is no publishable key"),
        (f"Bearer {PUBLISHABLE}", "begins with 'Bearer '"),
    ],
)
def test_a_token_of_our_role_wants_a_publishable_key(monkeypatch: pytest.MonkeyPatch, key: str, what: str) -> None:
    monkeypatch.setenv("BACKOFFICE_SUPABASE_PUBLISHABLE_KEY", key)
    with pytest.raises(Misconfigured) as caught:
        backoffice(monkeypatch, key=ROLE_TOKEN)
    assert caught.value.cause.startswith(f"BACKOFFICE_SUPABASE_PUBLISHABLE_KEY {what}")
    assert not key or key not in str(caught.value)


def test_an_anon_key_of_the_old_kind_serves_as_the_publishable_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKOFFICE_SUPABASE_PUBLISHABLE_KEY", legacy_key(role="anon"))
    assert backoffice(monkeypatch, key=ROLE_TOKEN).is_role_token


def test_a_token_of_our_role_that_ended_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKOFFICE_SUPABASE_PUBLISHABLE_KEY", PUBLISHABLE)
    ended = role_token("s" * 32, now=datetime.now(UTC) - timedelta(days=2), valid=timedelta(days=1))
    with pytest.raises(Misconfigured, match="BACKOFFICE_SUPABASE_SERVICE_KEY has expired"):
        backoffice(monkeypatch, key=ended)


def test_the_portal_takes_no_token_of_our_role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SUPABASE_URL", HOSTED)
    monkeypatch.setenv("PORTAL_SUPABASE_SERVICE_KEY", ROLE_TOKEN)
    with pytest.raises(Misconfigured, match="PORTAL_SUPABASE_SERVICE_KEY is not the service_role key"):
        load(PortalSettings)


def test_a_role_token_is_one_that_others_read() -> None:
    claims = jwt.decode(ROLE_TOKEN, "s" * 32, algorithms=["HS256"])
    assert claims["role"] == "leadsync"
    assert claims["exp"] - claims["iat"] == 365 * 86_400
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(ROLE_TOKEN, "t" * 32, algorithms=["HS256"])


def test_a_word_that_is_no_jwt_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("too short\n"))
    with pytest.raises(Refused, match="that is no JWT secret") as caught:
        app(["role-token"], exit_on_error=False)
    assert "too short" not in str(caught.value)
