"""Checks of what a sandbox cannot have: networks, a server that forgets, keys and clocks out of the calendar."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import SecretStr

from cli.doctor import clocks, keys, orchestration
from cli.doctor.case import Case
from cli.doctor.finding import Unseen, Verdict
from cli.doctor.prefect_facts import Access, Reach, Server
from cli.doctor.timed import Timed
from systems.role_token import role_token
from systems.settings import BackofficeSettings, PortalSettings

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MODULE = "prefect.server.concurrency.lease_storage"


def case(**evidence: object) -> Case:
    """A case that has nothing but this evidence."""
    return cast("Case", SimpleNamespace(**{name: lambda value=value: value for name, value in evidence.items()}))


def server(leases: str | None) -> Server:
    return Server(version="3", leases=leases, pool=None, deployments={}, automations={})


@pytest.mark.parametrize(("leases", "severity"), [(f"{MODULE}.memory", "warning"), (f"{MODULE}.filesystem", "ok")])
def test_a_server_that_forgets_slots_is_named(leases: str, severity: str) -> None:
    (verdict,) = orchestration.memory(case(prefect=server(leases)))
    assert verdict.severity == severity
    assert severity == "ok" or f"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE={MODULE}.filesystem" in verdict.cure


def test_a_server_that_does_not_tell_its_settings_is_not_judged() -> None:
    with pytest.raises(Unseen, match="does not tell its settings"):
        list(orchestration.memory(case(prefect=server(None))))


@pytest.mark.parametrize(
    ("reach", "encrypted", "open_to_all", "severity", "words"),
    [
        (Reach.HERE, False, True, "ok", "only this machine"),
        (Reach.PRIVATE, False, True, "ok", "only a private network"),
        (Reach.PRIVATE, False, False, "ok", "it asks for a password"),
        (Reach.PUBLIC, True, False, "ok", "it asks for a password"),
        (Reach.PUBLIC, True, True, "error", "everybody may start runs"),
        (Reach.PUBLIC, False, False, "error", "unencrypted"),
    ],
)
def test_a_public_server_needs_password_and_tls(
    *, reach: Reach, encrypted: bool, open_to_all: bool, severity: str, words: str
) -> None:
    access = Access(host="prefect.example", encrypted=encrypted, reach=reach, open_to_all=open_to_all)
    (verdict,) = orchestration.access(case(prefect_access=access))
    assert verdict.severity == severity
    assert words in verdict.cause


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        ("localhost", Reach.HERE),
        ("127.0.0.1", Reach.HERE),
        ("::1", Reach.HERE),
        ("10.1.2.3", Reach.PRIVATE),
        ("192.168.1.1", Reach.PRIVATE),
        ("fd12:3456::1", Reach.PRIVATE),
        ("8.8.8.8", Reach.PUBLIC),
        ("2001:4860:4860::8888", Reach.PUBLIC),
    ],
)
def test_an_address_tells_from_where_it_is_reached(host: str, reach: Reach) -> None:
    from cli.doctor import prefect_questions  # noqa: PLC0415 - imports Prefect

    assert prefect_questions.reach(host) is reach


@pytest.mark.parametrize(
    ("told", "ahead"),
    [
        (NOON, 0),
        (NOON + timedelta(seconds=4), 0),
        (NOON - timedelta(seconds=9), -9),
        (NOON + timedelta(seconds=50), 45),
    ],
)
def test_a_clock_within_question_and_answer_is_right(told: datetime, ahead: int) -> None:
    answer = Timed("whatever", NOON, NOON + timedelta(seconds=5))
    assert clocks.offset(told, answer) == timedelta(seconds=ahead)


@pytest.mark.parametrize("expires", [1e30, float("inf"), "soon", None])
def test_a_legacy_key_without_a_near_end_is_only_of_the_old_kind(
    expires: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "jwt_payload", lambda _: {"role": "service_role", "exp": expires})
    settings = PortalSettings.model_construct(url="https://a.example", service_key=SecretStr("a.b.c"))
    holder = cast("Case", SimpleNamespace(settings=lambda _: settings))
    verdicts: list[Verdict] = list(keys.portal_key(holder))
    assert [verdict.severity.value for verdict in verdicts] == ["warning"]
    assert "of the old kind" in verdicts[0].cause


@pytest.mark.parametrize(
    ("days", "severity", "words"), [(365, "ok", "and nothing else"), (30, "warning", "expires in 29 days")]
)
def test_a_token_of_our_role_is_renewed_in_time(days: int, severity: str, words: str) -> None:
    token = role_token("s" * 32, now=datetime.now(UTC), valid=timedelta(days=days))
    settings = BackofficeSettings(
        url="https://backoffice.example",
        service_key=SecretStr(token),
        publishable_key=SecretStr("sb_publishable_x"),
    )

    def given(model: type) -> BackofficeSettings:
        if model is BackofficeSettings:
            return settings
        raise Unseen("it is not set")

    (verdict,) = keys.backoffice_key(cast("Case", SimpleNamespace(settings=given)))
    assert (verdict.severity, words in verdict.cause) == (severity, True)
    assert severity == "ok" or "leadsync role-token" in verdict.cure
